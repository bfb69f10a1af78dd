//! `sagemcp connector lint`: everything that is wrong with documents, at once.

use connectors::{
    Catalog, ToolListing,
    portable::{self, ListedTool},
};

use super::source::Source;
use crate::{error::Error, terminal::Terminal};

/// Checks connectors; without a name, all built-in ones.
pub(super) fn run(names: &[String], terminal: &mut Terminal<'_>) -> Result<(), Error> {
    let built_in: Vec<String> = Catalog::new().services().map(str::to_owned).collect();
    let names = if names.is_empty() { &built_in } else { names };
    let mut failed = 0;
    for name in names {
        let faults = match Source::open(name) {
            Ok(source) => {
                let faults = faults(&source);
                if faults.is_empty() {
                    writeln!(terminal.out, "{name}: fine, tools: {}", source.document.tools.len())?;
                }
                faults.into_iter().map(|fault| format!("{name}: {fault}")).collect()
            }
            Err(error) => vec![error.to_string()],
        };
        failed += usize::from(!faults.is_empty());
        for fault in faults {
            writeln!(terminal.err, "{fault}")?;
        }
    }
    if failed == 0 {
        return Ok(());
    }
    Err(Error::Usage(format!("{failed} of {} connectors have faults", names.len())))
}

/// What does not compile; of what compiles, what some client or model cannot use.
fn faults(source: &Source) -> Vec<String> {
    let connector = match connectors::compile(&source.document) {
        Err(problems) => return problems.iter().map(ToString::to_string).collect(),
        Ok(connector) => connector,
    };
    let check = |tool: &ToolListing| {
        let ToolListing { name, description, input_schema, .. } = tool;
        portable::check(connector.service(), ListedTool { name, description, input_schema })
    };
    connector.tools().iter().flat_map(check).map(|finding| finding.to_string()).collect()
}
