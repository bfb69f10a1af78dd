//! The tools of one connector, by the name that callers use.

use std::sync::Arc;

use domain::config::ConnectorConfig;

use super::{RawTool, corrected};

/// A tool that is offered.
#[derive(Debug)]
pub struct Listed {
    raw: Arc<RawTool>,
    /// The name callers use, where it is not the server's.
    exposed: Option<Box<str>>,
    /// The entry, where it is not the server's.
    json: Option<Box<str>>,
    /// Whether a read-only key may call it.
    pub read_only: bool,
}

impl Listed {
    /// The name callers use.
    #[must_use]
    pub fn exposed(&self) -> &str {
        self.exposed.as_deref().unwrap_or(&self.raw.name)
    }

    /// The tool as its server lists it.
    #[must_use]
    pub fn raw(&self) -> &RawTool {
        &self.raw
    }

    /// The entry to list.
    #[must_use]
    pub fn json(&self) -> &str {
        self.json.as_deref().unwrap_or(&self.raw.json)
    }
}

/// The tools that a connector offers, in its server's order. Entries that nothing changed are shared with every other
/// connector of the same server.
#[derive(Debug, Default)]
pub struct ToolIndex {
    tools: Vec<Listed>,
    /// Positions in `tools`, ordered by exposed name.
    by_name: Vec<u32>,
    /// What else the server's list held: `"name":json` members, comma-separated, without the tools and the cursor.
    extra: String,
}

impl ToolIndex {
    /// Applies a connector's rules to its server's tools.
    #[must_use]
    pub fn new(config: &ConnectorConfig, native: bool, tools: &[Arc<RawTool>], extra: String) -> Self {
        let prefix = config.tool_prefix.as_deref().filter(|_| !native);
        let listed = tools
            .iter()
            .filter(|tool| config.tools.offers(&tool.name))
            .map(|tool| list(config, native, prefix, tool))
            .collect();
        Self::of(listed, extra)
    }

    fn of(mut tools: Vec<Listed>, extra: String) -> Self {
        let mut by_name: Vec<u32> = (0..u32::try_from(tools.len()).unwrap_or(u32::MAX)).collect();
        by_name.sort_by(|a, b| tools[*a as usize].exposed().cmp(tools[*b as usize].exposed()));
        // Of two tools with one name the server can mean only one; the first listed is kept.
        let doubles: Vec<u32> = by_name
            .windows(2)
            .filter(|pair| tools[pair[0] as usize].exposed() == tools[pair[1] as usize].exposed())
            .map(|pair| pair[1])
            .collect();
        if doubles.is_empty() {
            return Self { tools, by_name, extra };
        }
        let mut position = 0;
        tools.retain(|_| {
            position += 1;
            !doubles.contains(&(position - 1))
        });
        Self::of(tools, extra)
    }

    /// The tools, in order.
    #[must_use]
    pub fn tools(&self) -> &[Listed] {
        &self.tools
    }

    /// The tool of a name that callers use.
    #[must_use]
    pub fn get(&self, exposed: &str) -> Option<&Listed> {
        let found = self.by_name.binary_search_by(|index| self.tools[*index as usize].exposed().cmp(exposed));
        found.ok().map(|position| &self.tools[self.by_name[position] as usize])
    }

    /// Other members of the server's list.
    #[must_use]
    pub fn extra(&self) -> &str {
        &self.extra
    }
}

fn list(config: &ConnectorConfig, native: bool, prefix: Option<&str>, raw: &Arc<RawTool>) -> Listed {
    let correction = config.tools.correction(&raw.name);
    let said = correction.and_then(|correction| correction.read_only);
    // Our engine proves the hint, so a tenant may only narrow it; other servers' hints are worth nothing by themselves.
    let read_only = if native { raw.read_only_hint && said != Some(false) } else { said == Some(true) };
    let exposed = prefix.map(|prefix| format!("{prefix}__{}", raw.name));
    let description = correction.and_then(|correction| correction.description.as_deref());
    let hint = said.map(|_| read_only);
    let json = (exposed.is_some() || description.is_some() || hint.is_some())
        .then(|| corrected(&raw.json, exposed.as_deref(), description, hint).into_boxed_str());
    Listed { raw: raw.clone(), exposed: exposed.map(String::into_boxed_str), json, read_only }
}

#[cfg(test)]
mod tests;
