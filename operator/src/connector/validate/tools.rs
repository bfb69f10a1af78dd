//! Tool rules: a name that no tool has is a slip, and in a deny list a dangerous one.

use std::collections::HashSet;

use domain::tools::ToolRules;

use super::refused;
use crate::error::Error;

/// Checks the rules; names only where the tools are known, which is so for native connectors.
pub(super) fn validate(rules: &ToolRules, document: Option<&::connectors::Connector>) -> Result<(), Error> {
    let mut seen = HashSet::new();
    for correction in &rules.overrides {
        if !seen.insert(correction.name.as_str()) {
            let message =
                format!("spec.tools.overrides: \"{}\" is there twice; merge the two", correction.name);
            return Err(refused("InvalidTools", message));
        }
    }
    let Some(document) = document else { return Ok(()) };
    let lists = [
        ("allow", &rules.allow.iter().map(String::as_str).collect::<Vec<_>>()),
        ("deny", &rules.deny.iter().map(String::as_str).collect()),
        ("overrides", &rules.overrides.iter().map(|correction| correction.name.as_str()).collect()),
    ];
    for (list, names) in lists {
        // A list may outlive a tool that the vendor took away.
        let known = |name: &str| {
            document.tools().iter().any(|tool| tool.name == name) || document.removed(name).is_some()
        };
        if let Some(unknown) = names.iter().find(|name| !name.contains('*') && !known(name)) {
            let message = format!(
                "spec.tools.{list}: {} has no tool \"{unknown}\"; its tools are called {}_…",
                document.title(),
                document.service()
            );
            return Err(refused("UnknownTool", message));
        }
    }
    Ok(())
}
