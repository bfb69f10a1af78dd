//! Step 2: the row. Pure.

use crds::v1alpha1::ConnectorDefinition;
use secrets::KeyRing;
use store::model::DefinitionWrite;

use super::validate::ValidatedDefinition;
use crate::{error::Error, inputs::provenance, kind::Pass};

/// A row that is not written yet.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) row: DefinitionWrite,
    pub(super) tools: usize,
}

pub(super) fn build(
    ring: &KeyRing,
    pass: &Pass<ConnectorDefinition>,
    validated: &ValidatedDefinition,
) -> Result<Prepared, Error> {
    let ValidatedDefinition { document, tools } = validated;
    let provenance = provenance(ring, &pass.key, pass.object.as_ref(), document)?;
    Ok(Prepared { row: DefinitionWrite { provenance, document: document.clone() }, tools: *tools })
}
