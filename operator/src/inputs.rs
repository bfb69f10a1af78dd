//! The digest of everything that a row is made from: equal digests, nothing to write.

use domain::ids::ObjectKey;
use kube::Resource;
use secrets::KeyRing;
use serde::Serialize;
use store::model::Provenance;
use zeroize::Zeroizing;

use crate::error::Error;

/// Where a row comes from: the object's incarnation and the digest of its inputs.
///
/// The inputs may hold secret values: the digest is keyed by the ring, so it tells a reader of the database nothing, and
/// the buffer is wiped. It changes with the ring's sealing key, so that rows are sealed anew under a new key.
pub(crate) fn provenance<K: Resource>(
    ring: &KeyRing,
    key: &ObjectKey,
    object: &K,
    inputs: &impl Serialize,
) -> Result<Provenance, Error> {
    let bytes =
        serde_json::to_vec(inputs).map_err(|error| Error::Bug(format!("inputs of {key}: {error}")))?;
    let meta = object.meta();
    Ok(Provenance {
        key: key.clone(),
        uid: meta.uid.clone().unwrap_or_default(),
        generation: meta.generation.unwrap_or_default(),
        inputs_hash: ring.digest(&Zeroizing::new(bytes)),
    })
}
