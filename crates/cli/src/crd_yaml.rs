//! `sagemcp crds`: the CustomResourceDefinitions, to install them or to read them.

use crate::{error::Error, terminal::Terminal};

/// Prints them as one YAML stream, in the order in which to apply them.
pub(crate) fn run(terminal: &mut Terminal<'_>) -> Result<(), Error> {
    for crd in crds::all() {
        let yaml = crds::to_yaml(&crd)
            .map_err(|error| Error::Format { format: "yaml", reason: error.to_string() })?;
        write!(terminal.out, "---\n{yaml}")?;
    }
    Ok(())
}
