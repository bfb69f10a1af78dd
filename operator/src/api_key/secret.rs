//! The Secret that holds a key: which one is ours, what is in it, and what it should look like.

use std::{collections::BTreeMap, fmt};

use crds::v1alpha1::{
    ApiKey,
    names::{
        ANNOTATION_MINTED_AT, ANNOTATION_PREVIOUS_KEY, LABEL_MANAGED_BY, LABEL_USE, OPERATOR, SECRET_API_KEY,
        SECRET_ENDPOINT, SECRET_KEY_ID, USE_API_KEY, USE_CREDENTIALS,
    },
};
use domain::ids::KeyId;
use k8s_openapi::{
    ByteString, api::core::v1::Secret, apimachinery::pkg::apis::meta::v1::ObjectMeta, jiff::Timestamp,
};
use kube::{Resource, ResourceExt};
use secrecy::{ExposeSecret, SecretString};

/// A key as it is, or is to be, in a Secret.
#[derive(Clone)]
pub(super) struct KeyInSecret {
    pub(super) text: SecretString,
    /// When the key was minted; for an adopted one, when its Secret was created.
    pub(super) since: Timestamp,
    /// The key before it.
    pub(super) previous: Option<KeyId>,
}

impl KeyInSecret {
    /// The key's public id.
    pub(super) fn id(&self) -> KeyId {
        let parts = secrets::api_key::parse(self.text.expose_secret());
        parts.map(|parts| parts.key_id()).expect("the text was parsed when it was read, or minted")
    }
}

impl fmt::Debug for KeyInSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyInSecret").field("since", &self.since).finish_non_exhaustive()
    }
}

/// What was found under the Secret's name.
#[derive(Debug)]
pub(super) enum FoundSecret {
    /// Nothing.
    Absent,
    /// The key ring, which no object may name.
    KeyRing,
    /// A Secret that is not ours and not marked for us. It was not read.
    NotLabelled,
    /// A Secret that we minted a key into.
    Minted {
        /// The key; `None` if people have overwritten it with something else.
        key: Option<KeyInSecret>,
        /// The endpoint that it tells.
        endpoint: Option<String>,
        /// Whether everything else in it is as we wrote it.
        intact: bool,
        /// Its version, so that a write cannot undo one that it has not seen.
        version: Option<String>,
    },
    /// A Secret of somebody else, marked for us. It is never written.
    Foreign {
        /// The key; `None` if there is none in our format.
        key: Option<KeyInSecret>,
    },
}

/// Whether an object minted into a Secret, by its metadata.
pub(super) fn is_ours(secret: &impl Resource, owner: &ApiKey) -> bool {
    let owned =
        |uid: &str| secret.owner_references().iter().any(|it| it.controller == Some(true) && it.uid == uid);
    owner.metadata.uid.as_deref().is_some_and(owned)
        && secret.labels().get(LABEL_MANAGED_BY).is_some_and(|by| by == OPERATOR)
}

/// Whether a Secret's owner has marked it for us.
pub(super) fn is_labelled(secret: &impl Resource) -> bool {
    secret.labels().get(LABEL_USE).is_some_and(|it| it == USE_API_KEY || it == USE_CREDENTIALS)
}

/// Reads a Secret that may be read.
pub(super) fn read(secret: &Secret, owner: &ApiKey) -> FoundSecret {
    let ours = is_ours(secret, owner);
    if !ours && !is_labelled(secret) {
        return FoundSecret::NotLabelled;
    }
    let text = |name: &str| {
        let bytes = secret.data.as_ref().and_then(|data| data.get(name))?;
        std::str::from_utf8(&bytes.0).ok()
    };
    // A file's last line break is no part of a key.
    let key = text(SECRET_API_KEY).map(str::trim_end).filter(|it| secrets::api_key::parse(it).is_some());
    let created = secret.creation_timestamp().map_or(Timestamp::UNIX_EPOCH, |time| time.0);
    let annotation = |name: &str| secret.annotations().get(name).filter(|_| ours);
    let key = key.map(|text| KeyInSecret {
        text: SecretString::from(text),
        since: annotation(ANNOTATION_MINTED_AT).and_then(|it| it.parse().ok()).unwrap_or(created),
        previous: annotation(ANNOTATION_PREVIOUS_KEY).map(KeyId::new),
    });
    if !ours {
        return FoundSecret::Foreign { key };
    }
    let intact =
        is_labelled(secret) && key.as_ref().is_some_and(|key| text(SECRET_KEY_ID) == Some(key.id().as_str()));
    FoundSecret::Minted {
        key,
        intact,
        endpoint: text(SECRET_ENDPOINT).map(str::to_owned),
        version: secret.resource_version(),
    }
}

/// The Secret that holds a minted key. With a version it replaces only that one.
pub(super) fn write(
    owner: &ApiKey,
    name: &str,
    key: &KeyInSecret,
    endpoint: Option<&str>,
    version: Option<String>,
) -> Secret {
    let mut annotations = BTreeMap::from([(ANNOTATION_MINTED_AT.to_owned(), key.since.to_string())]);
    if let Some(previous) = &key.previous {
        annotations.insert(ANNOTATION_PREVIOUS_KEY.to_owned(), previous.to_string());
    }
    let labels = [(LABEL_USE, USE_API_KEY), (LABEL_MANAGED_BY, OPERATOR)];
    let entry = |name: &str, value: &str| (name.to_owned(), ByteString(value.as_bytes().to_vec()));
    let mut data = BTreeMap::from([
        entry(SECRET_API_KEY, key.text.expose_secret()),
        entry(SECRET_KEY_ID, key.id().as_str()),
    ]);
    data.extend(endpoint.map(|endpoint| entry(SECRET_ENDPOINT, endpoint)));
    Secret {
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            namespace: owner.metadata.namespace.clone(),
            labels: Some(labels.map(|(name, value)| (name.to_owned(), value.to_owned())).into()),
            annotations: Some(annotations),
            owner_references: owner.controller_owner_ref(&()).map(|owner| vec![owner]),
            resource_version: version,
            ..ObjectMeta::default()
        },
        data: Some(data),
        type_: Some("Opaque".to_owned()),
        ..Secret::default()
    }
}

#[cfg(test)]
mod tests {
    use domain::principal::Scope;

    use super::*;
    use crate::fixtures::api_key;

    fn owner() -> ApiKey {
        api_key("{scope: tenant_user, tenantRef: {name: acme}}")
    }

    fn minted() -> KeyInSecret {
        let text = secrets::api_key::mint(Scope::TenantUser).text;
        KeyInSecret {
            text,
            since: "2026-01-02T03:04:05Z".parse().unwrap(),
            previous: Some(KeyId::new("old")),
        }
    }

    #[test]
    fn what_was_written_is_read_back_as_ours() {
        let key = minted();
        let secret = write(&owner(), "agent", &key, Some("https://e"), None);
        let FoundSecret::Minted { key: Some(read), endpoint, intact: true, .. } = read(&secret, &owner())
        else {
            panic!("not ours")
        };
        assert_eq!((read.id(), read.since, &read.previous), (key.id(), key.since, &key.previous));
        assert_eq!(endpoint.as_deref(), Some("https://e"));
        assert!(!format!("{read:?}").contains("smcp_"));
    }

    #[test]
    fn a_secret_of_another_incarnation_is_foreign_and_its_annotations_mean_nothing() {
        let secret = write(&owner(), "agent", &minted(), None, None);
        let mut reborn = owner();
        reborn.metadata.uid = Some("another".into());
        let FoundSecret::Foreign { key: Some(key) } = read(&secret, &reborn) else { panic!("not foreign") };
        assert_eq!(key.previous, None);
    }

    #[test]
    fn a_secret_without_label_is_not_read() {
        let mut secret = write(&owner(), "agent", &minted(), None, None);
        secret.metadata.owner_references = None;
        secret.metadata.labels = None;
        assert!(matches!(read(&secret, &owner()), FoundSecret::NotLabelled));
    }

    #[test]
    fn something_else_than_a_key_is_no_key() {
        let mut secret = write(&owner(), "agent", &minted(), None, None);
        let text = ByteString(b"smcp_tu_not_a_key".to_vec());
        secret.data.as_mut().unwrap().insert(SECRET_API_KEY.to_owned(), text);
        assert!(matches!(read(&secret, &owner()), FoundSecret::Minted { key: None, .. }));
    }
}
