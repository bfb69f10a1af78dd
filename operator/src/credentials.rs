//! Reading Secrets: only labelled ones, never the key ring.

use std::{collections::BTreeMap, fmt};

use crds::v1alpha1::{
    SecretKeyRef,
    names::{LABEL_USE, USE_CREDENTIALS},
};
use domain::ids::ObjectKey;
use k8s_openapi::api::core::v1::Secret;
use kube::{Api, Resource, ResourceExt};
use secrecy::SecretString;
use zeroize::Zeroize;

use crate::{
    context::Context,
    error::{Error, Finding},
    kind::beside,
};

/// What came of reading a Secret.
#[derive(Clone)]
pub(crate) enum ReadSecret {
    /// There is none of that name.
    Missing,
    /// It does not carry the label, so it was not read.
    NotLabelled,
    /// It holds the installation's key ring, which no object may name.
    KeyRing,
    /// Its entries. One that is no UTF-8 text is `None`.
    Entries(BTreeMap<String, Option<SecretString>>),
}

impl fmt::Debug for ReadSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("Missing"),
            Self::NotLabelled => f.write_str("NotLabelled"),
            Self::KeyRing => f.write_str("KeyRing"),
            Self::Entries(entries) => f.debug_set().entries(entries.keys()).finish(),
        }
    }
}

/// Reads a Secret beside an object.
pub(crate) async fn read(ctx: &Context, owner: &ObjectKey, name: &str) -> Result<ReadSecret, Error> {
    let key = beside(owner, name);
    if ctx.options.is_key_ring(&key) {
        return Ok(ReadSecret::KeyRing);
    }
    let api: Api<Secret> = Api::namespaced(ctx.client.clone(), &key.namespace);
    // The watch knows the labelled ones. Of any other only the metadata is asked for, so that what is not meant for us
    // never reaches us.
    if ctx.secrets.get(&key).is_none() {
        match api.get_metadata_opt(name).await.map_err(Error::kube("read the metadata of a Secret"))? {
            None => return Ok(ReadSecret::Missing),
            Some(found) if !is_for_credentials(&found) => return Ok(ReadSecret::NotLabelled),
            Some(_) => {}
        }
    }
    match api.get_opt(name).await.map_err(Error::kube("read a Secret"))? {
        None => Ok(ReadSecret::Missing),
        Some(found) if !is_for_credentials(&found) => Ok(ReadSecret::NotLabelled),
        Some(found) => Ok(ReadSecret::Entries(entries(found))),
    }
}

fn is_for_credentials(secret: &impl Resource) -> bool {
    secret.labels().get(LABEL_USE).is_some_and(|value| value == USE_CREDENTIALS)
}

fn entries(secret: Secret) -> BTreeMap<String, Option<SecretString>> {
    let text = |bytes: Vec<u8>| match String::from_utf8(bytes) {
        Ok(text) => Some(SecretString::from(text)),
        Err(error) => {
            error.into_bytes().zeroize();
            None
        }
    };
    secret.data.unwrap_or_default().into_iter().map(|(name, value)| (name, text(value.0))).collect()
}

/// One entry of what was read, or the finding that says how to mend it. `field` is where the object names it.
pub(crate) fn entry(
    read: &ReadSecret,
    reference: &SecretKeyRef,
    namespace: &str,
    field: &str,
) -> Result<Option<SecretString>, Error> {
    let unresolved = |reason, message| Err(Error::Unresolved(Finding::new(reason, message)));
    let SecretKeyRef { name, key, optional } = reference;
    match read {
        ReadSecret::Missing if *optional => Ok(None),
        ReadSecret::Missing => unresolved(
            "SecretNotFound",
            format!(
                "{field}: there is no Secret \"{name}\" in namespace {namespace}; create it with an entry \"{key}\""
            ),
        ),
        ReadSecret::NotLabelled => unresolved(
            "SecretNotLabelled",
            format!(
                "{field}: Secret \"{name}\" is not marked for use; if its owner agrees: kubectl label secret --namespace \
                 {namespace} {name} {LABEL_USE}={USE_CREDENTIALS}"
            ),
        ),
        ReadSecret::KeyRing => Err(Error::Refused(Finding::new(
            "SecretForbidden",
            format!(
                "{field}: Secret \"{name}\" holds the installation's key ring and can never be used; name another"
            ),
        ))),
        ReadSecret::Entries(entries) => match entries.get(key) {
            Some(Some(value)) => Ok(Some(value.clone())),
            Some(None) => unresolved(
                "SecretNotText",
                format!(
                    "{field}: entry \"{key}\" of Secret \"{name}\" is no UTF-8 text; store the credential as text"
                ),
            ),
            None if *optional => Ok(None),
            None => unresolved(
                "SecretKeyMissing",
                format!(
                    "{field}: Secret \"{name}\" has no entry \"{key}\"; add it, or name another entry in {field}.key"
                ),
            ),
        },
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::fixtures::finding;

    fn reference(optional: bool) -> SecretKeyRef {
        SecretKeyRef { name: "github".into(), key: "token".into(), optional }
    }

    fn read_one(read: &ReadSecret, optional: bool) -> Result<Option<SecretString>, Error> {
        entry(read, &reference(optional), "team-a", "spec.credentials.secretRef")
    }

    #[test]
    fn an_entry_is_found_and_a_missing_one_is_named() {
        let entries = |name: &str| {
            ReadSecret::Entries(BTreeMap::from([(name.to_owned(), Some(SecretString::from("s3cret")))]))
        };
        assert_eq!(read_one(&entries("token"), false).unwrap().unwrap().expose_secret(), "s3cret");
        let (reason, message) = finding(read_one(&entries("other"), false));
        assert_eq!(reason, "SecretKeyMissing");
        assert!(message.contains("\"token\"") && !message.contains("s3cret"), "{message}");
        assert!(read_one(&entries("other"), true).unwrap().is_none());
    }

    #[test]
    fn the_label_command_can_be_pasted() {
        let (reason, message) = finding(read_one(&ReadSecret::NotLabelled, true));
        assert_eq!(reason, "SecretNotLabelled");
        let command = "kubectl label secret --namespace team-a github sagemcp.io/use=credentials";
        assert!(message.ends_with(command), "{message}");
    }

    #[test]
    fn absence_is_tolerated_only_where_it_is_optional_and_the_key_ring_never() {
        assert!(read_one(&ReadSecret::Missing, true).unwrap().is_none());
        assert_eq!(finding(read_one(&ReadSecret::Missing, false)).0, "SecretNotFound");
        assert_eq!(finding(read_one(&ReadSecret::KeyRing, true)).0, "SecretForbidden");
    }

    #[test]
    fn debug_shows_names_and_no_values() {
        let read =
            ReadSecret::Entries(BTreeMap::from([("token".to_owned(), Some(SecretString::from("s3cret")))]));
        assert_eq!(format!("{read:?}"), "{\"token\"}");
    }
}
