//! The environment of a hosted server: a short list of the gateway's own variables, the connector's, and the contract that
//! servers written for the platform rely on. Nothing else: the gateway's keys and database address are in its environment.

use std::collections::BTreeMap;
use std::ffi::OsString;

use secrecy::{ExposeSecret, SecretString};

use super::spec::StdioSpec;
use crate::upstream::failure::Failure;

/// What any program needs.
const BASIC: [&str; 6] = ["PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ"];

/// What `npx` and `uvx` need to download a server behind a proxy, a private registry or a private certificate authority.
/// Compared without case, as npm and curl do. Passwords have names of their own (`npm_config__auth`, `UV_INDEX_…_PASSWORD`)
/// that are not here.
const DOWNLOADS: [&str; 19] = [
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NODE_EXTRA_CA_CERTS",
    "REQUESTS_CA_BUNDLE",
    "NPM_CONFIG_REGISTRY",
    "NPM_CONFIG_CACHE",
    "NPM_CONFIG_CAFILE",
    "NPM_CONFIG_PROXY",
    "NPM_CONFIG_HTTPS_PROXY",
    "NPM_CONFIG_NOPROXY",
    "UV_CACHE_DIR",
    "UV_DEFAULT_INDEX",
    "UV_INDEX_URL",
    "UV_NATIVE_TLS",
    "PIP_INDEX_URL",
];

/// Composes the environment. Later sources win: the gateway's list, the connector's variables, its secrets, the contract.
///
/// # Errors
/// `InvalidEnvironment` naming the variable that no process can be given.
pub(super) fn compose(
    inherited: impl IntoIterator<Item = (OsString, OsString)>,
    spec: &StdioSpec,
    credential: Option<&SecretString>,
) -> Result<BTreeMap<OsString, OsString>, Failure> {
    let mut env: BTreeMap<OsString, OsString> =
        inherited.into_iter().filter(|(name, value)| passes(name.to_str(), value.to_str())).collect();
    let mut set = |name: &str, value: &str| {
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            let message =
                format!("the environment variable {name:?} has a name or value that no process can get");
            return Err(Failure::new("InvalidEnvironment", message));
        }
        env.insert(name.into(), value.into());
        Ok(())
    };
    for (name, value) in &spec.env {
        set(name, value)?;
    }
    for (name, value) in &spec.secret_env {
        set(name, value.expose_secret())?;
    }
    if let Some(credential) = credential {
        set("OAUTH_TOKEN", credential.expose_secret())?;
        set("ACCESS_TOKEN", credential.expose_secret())?;
    }
    set("TENANT_ID", &spec.tenant)?;
    set("CONNECTOR_ID", &spec.connector)?;
    set("SAGEMCP_MODE", "hosted")?;
    Ok(env)
}

/// Whether a variable of the gateway goes to the child. An address with a password in it (`http://user:pass@proxy`) is the
/// gateway's secret and stays.
fn passes(name: Option<&str>, value: Option<&str>) -> bool {
    let (Some(name), Some(value)) = (name, value) else { return false };
    if BASIC.contains(&name) {
        return true;
    }
    if !DOWNLOADS.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        return false;
    }
    let host = value.split_once("://").map_or(value, |(_, rest)| rest).split('/').next();
    let harmless = !host.is_some_and(|host| host.contains('@'));
    if !harmless {
        tracing::warn!(variable = name, "not given to hosted servers: it holds a password");
    }
    harmless
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> StdioSpec {
        StdioSpec {
            tenant: "acme".to_owned(),
            connector: "files".to_owned(),
            command: "true".to_owned(),
            args: Vec::new(),
            env: BTreeMap::from([("CONFIG_ROOT".to_owned(), "/data".to_owned())]),
            secret_env: BTreeMap::new(),
            credential: None,
            user_level: false,
        }
    }

    fn inherited() -> Vec<(OsString, OsString)> {
        [
            ("PATH", "/bin"),
            ("SECRET_KEY", "k"),
            ("DATABASE_URL", "postgres://u:p@h/d"),
            ("https_proxy", "http://proxy:3128"),
            ("HTTP_PROXY", "http://me:pass@proxy:3128"),
            ("npm_config_registry", "https://registry.example"),
            ("npm_config__auth", "c2VjcmV0"),
            ("OAUTH_TOKEN", "the gateway's own"),
        ]
        .map(|(name, value)| (name.into(), value.into()))
        .to_vec()
    }

    fn names(env: &BTreeMap<OsString, OsString>) -> Vec<&str> {
        env.keys().map(|name| name.to_str().unwrap()).collect()
    }

    #[test]
    fn a_child_gets_the_list_the_connectors_variables_and_the_contract_only() {
        let env = compose(inherited(), &spec(), None).unwrap();
        let expected = [
            "CONFIG_ROOT",
            "CONNECTOR_ID",
            "PATH",
            "SAGEMCP_MODE",
            "TENANT_ID",
            "https_proxy",
            "npm_config_registry",
        ];
        assert_eq!(names(&env), expected);
    }

    #[test]
    fn a_credential_has_both_names_of_the_contract() {
        let env = compose([], &spec(), Some(&SecretString::from("tok"))).unwrap();
        assert_eq!(env[&OsString::from("OAUTH_TOKEN")], "tok");
        assert_eq!(env[&OsString::from("ACCESS_TOKEN")], "tok");
    }

    #[test]
    fn the_contract_wins_over_the_connectors_own_variables() {
        let mut spec = spec();
        spec.env.insert("TENANT_ID".to_owned(), "somebody-else".to_owned());
        assert_eq!(compose([], &spec, None).unwrap()[&OsString::from("TENANT_ID")], "acme");
    }

    #[test]
    fn a_variable_that_cannot_be_set_is_named_without_its_value() {
        let mut spec = spec();
        spec.secret_env.insert("TOKEN".to_owned(), SecretString::from("se\0cret"));
        let failure = compose([], &spec, None).unwrap_err();
        assert_eq!(failure.reason, "InvalidEnvironment");
        assert!(failure.message.contains("TOKEN") && !failure.message.contains("cret"));
    }
}
