//! Who may speak to the API: a token for each identity, and a kubeconfig file with it.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Who a client is. All but [`Identity::Admin`] start with no rights: a test binds roles to [`Identity::user`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// May do everything.
    Admin,
    /// The operator, once its roles are bound.
    Operator,
    /// A team with rights in its namespace.
    TeamA,
    /// Another team.
    TeamB,
    /// The cluster's own controllers.
    ControllerManager,
}

impl Identity {
    const ALL: [Self; 5] = [Self::Admin, Self::Operator, Self::TeamA, Self::TeamB, Self::ControllerManager];

    /// The user's name as role bindings write it.
    #[must_use]
    pub fn user(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Operator => "operator",
            Self::TeamA => "team-a",
            Self::TeamB => "team-b",
            Self::ControllerManager => "system:kube-controller-manager",
        }
    }

    /// The last column of the file of tokens.
    fn groups(self) -> &'static str {
        if self == Self::Admin { ",system:masters" } else { "" }
    }

    /// Known to everybody: the server listens on loopback and lives as long as a test.
    fn token(self) -> String {
        format!("token-of-{}", self.file_stem())
    }

    fn file_stem(self) -> &'static str {
        self.user().trim_start_matches("system:")
    }
}

/// The file of tokens that the API server reads.
pub(super) fn tokens(folder: &Path) -> PathBuf {
    folder.join("tokens.csv")
}

/// The kubeconfig file of an identity.
pub(super) fn kubeconfig(folder: &Path, identity: Identity) -> PathBuf {
    folder.join(format!("{}.kubeconfig", identity.file_stem()))
}

/// Writes the tokens, and a kubeconfig for each identity.
pub(super) fn write(folder: &Path, url: &str) -> anyhow::Result<()> {
    let line =
        |identity: Identity| format!("{},{1},{1}{2}\n", identity.token(), identity.user(), identity.groups());
    fs::write(tokens(folder), Identity::ALL.map(line).concat())?;
    for identity in Identity::ALL {
        let config = serde_json::json!({
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "clusters": [{ "name": "test", "cluster": { "server": url, "certificate-authority": folder.join("ca.crt") } }],
            "users": [{ "name": identity.user(), "user": { "token": identity.token() } }],
            "contexts": [{ "name": "test", "context": { "cluster": "test", "user": identity.user() } }],
        });
        // JSON is YAML.
        fs::write(kubeconfig(folder, identity), serde_json::to_vec_pretty(&config)?)?;
    }
    Ok(())
}
