//! The secret values of a connector, as one sealed value.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::seal::{OpenError, TenantCipher};

/// The table and column that a connector's secrets are sealed for.
const PLACE: (&str, &str) = ("connectors", "sealed");

/// The secret values of a connector: what its Secrets held when the operator last read them.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct ConnectorSecrets {
    /// The tenant's upstream credential.
    #[serde(default)]
    pub credential: Option<SecretString>,
    /// Secret environment variables of a hosted server.
    #[serde(default)]
    pub env: BTreeMap<String, SecretString>,
    /// Secret headers of a native connector's requests or of a remote server.
    #[serde(default)]
    pub headers: BTreeMap<String, SecretString>,
}

/// The serialised form, borrowed so that nothing secret is copied but into the buffer that is wiped.
#[derive(Serialize)]
struct Exposed<'a> {
    credential: Option<&'a str>,
    env: BTreeMap<&'a str, &'a str>,
    headers: BTreeMap<&'a str, &'a str>,
}

impl ConnectorSecrets {
    /// Whether there is nothing to seal.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.credential.is_none() && self.env.is_empty() && self.headers.is_empty()
    }

    /// Seals them for the row of a connector.
    #[must_use]
    pub fn seal(&self, cipher: &TenantCipher, connector_id: &str) -> String {
        let exposed = Exposed {
            credential: self.credential.as_ref().map(ExposeSecret::expose_secret),
            env: expose(&self.env),
            headers: expose(&self.headers),
        };
        let bytes = Zeroizing::new(serde_json::to_vec(&exposed).expect("maps of texts serialise"));
        cipher.seal(PLACE.0, PLACE.1, connector_id, &bytes)
    }

    /// Opens what [`ConnectorSecrets::seal`] made for the same connector.
    ///
    /// # Errors
    /// [`OpenError`], none of which shows a value.
    pub fn open(cipher: &TenantCipher, connector_id: &str, sealed: &str) -> Result<Self, OpenError> {
        let bytes = cipher.open(PLACE.0, PLACE.1, connector_id, sealed)?;
        serde_json::from_slice(&bytes).map_err(|_| OpenError::Format)
    }
}

fn expose(values: &BTreeMap<String, SecretString>) -> BTreeMap<&str, &str> {
    values.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ring::KeyRing;

    #[test]
    fn secrets_come_back_for_the_same_connector_only() {
        let ring = KeyRing::generate();
        let cipher = ring.tenant_cipher("t", &ring.new_tenant_key("t")).unwrap();
        let secrets = ConnectorSecrets {
            credential: Some("token".into()),
            env: BTreeMap::from([("A".to_owned(), "1".into())]),
            headers: BTreeMap::new(),
        };
        let sealed = secrets.seal(&cipher, "c1");
        let opened = ConnectorSecrets::open(&cipher, "c1", &sealed).unwrap();
        assert_eq!(opened.credential.unwrap().expose_secret(), "token");
        assert_eq!(opened.env["A"].expose_secret(), "1");
        assert_eq!(ConnectorSecrets::open(&cipher, "c2", &sealed).unwrap_err(), OpenError::WrongContext);
    }
}
