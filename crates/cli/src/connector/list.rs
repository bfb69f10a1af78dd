//! `sagemcp connector list`.

use connectors::{Catalog, Connector, ToolListing};
use serde_json::json;

use super::{Output, cost};
use crate::{error::Error, table, terminal::Terminal};

/// The built-in connectors.
pub(super) fn connectors(output: Output, terminal: &mut Terminal<'_>) -> Result<(), Error> {
    let catalog = Catalog::new();
    let heading = ["TYPE", "TITLE", "CREDENTIAL", "TOOLS", "READ-ONLY", "CHARACTERS", "TOKENS", "LISTED"];
    let mut lines = vec![heading.map(str::to_owned).to_vec()];
    let mut values = Vec::new();
    let (mut all_tools, mut all_read_only, mut all_characters, mut all_listed) = (0, 0, 0, 0);
    for service in catalog.services() {
        let connector = built_in(&catalog, service)?;
        let (tools, read_only) = (connector.tools().len(), read_only(&connector));
        let characters = cost::characters(connector.tools())?;
        (all_tools, all_read_only) = (all_tools + tools, all_read_only + read_only);
        let listed = cost::listed(connector.tools())?;
        (all_characters, all_listed) = (all_characters + characters, all_listed + listed);
        let credential = connector.auth().provider.as_deref().unwrap_or("key");
        lines.push(vec![
            service.to_owned(),
            connector.title().to_owned(),
            credential.to_owned(),
            tools.to_string(),
            read_only.to_string(),
            characters.to_string(),
            cost::tokens(characters).to_string(),
            listed.to_string(),
        ]);
        values.push(json!({
            "type": service, "title": connector.title(), "credential": credential, "tools": tools,
            "readOnly": read_only, "characters": characters, "tokens": cost::tokens(characters),
            "listed": listed,
        }));
    }
    if output == Output::Json {
        return print_json(&values, terminal);
    }
    let sum = [
        "all".to_owned(),
        String::new(),
        String::new(),
        all_tools.to_string(),
        all_read_only.to_string(),
        all_characters.to_string(),
        cost::tokens(all_characters).to_string(),
        all_listed.to_string(),
    ];
    lines.push(sum.to_vec());
    Ok(write!(terminal.out, "{}", table::align(&lines, &mut Vec::new()))?)
}

/// The tools of a connector.
pub(super) fn tools(connector: &Connector, output: Output, terminal: &mut Terminal<'_>) -> Result<(), Error> {
    if output == Output::Json {
        return print_json(&connector.tools(), terminal);
    }
    let mut lines = vec![["TOOL", "DOES", "CHARACTERS", "WHAT"].map(str::to_owned).to_vec()];
    for tool in connector.tools() {
        let characters = cost::characters(std::slice::from_ref(tool))?;
        let what = tool.title.clone().unwrap_or_default();
        lines.push(vec![tool.name.clone(), effect(tool).to_owned(), characters.to_string(), what]);
    }
    write!(terminal.out, "{}", table::align(&lines, &mut Vec::new()))?;
    let characters = cost::characters(connector.tools())?;
    let tokens = cost::tokens(characters);
    writeln!(
        terminal.out,
        "\n{} tools; a model reads {characters} characters of them, about {tokens} tokens",
        lines.len() - 1
    )?;
    Ok(())
}

/// What a tool may do, in a word.
pub(super) fn effect(tool: &ToolListing) -> &'static str {
    match (tool.annotations.read_only_hint, tool.annotations.destructive_hint) {
        (true, _) => "reads",
        (false, false) => "writes",
        (false, true) => "may delete",
    }
}

/// How many tools change nothing.
pub(super) fn read_only(connector: &Connector) -> usize {
    connector.tools().iter().filter(|tool| tool.annotations.read_only_hint).count()
}

/// A built-in connector, compiled.
pub(super) fn built_in(catalog: &Catalog, service: &str) -> Result<std::sync::Arc<Connector>, Error> {
    let compiled = catalog.connector(service).unwrap_or_else(|| Err(Vec::new()));
    compiled.map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(|problem| format!("{service}: {problem}")).collect();
        Error::Usage(lines.join("\n"))
    })
}

fn print_json(value: &impl serde::Serialize, terminal: &mut Terminal<'_>) -> Result<(), Error> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Error::Format { format: "json", reason: error.to_string() })?;
    Ok(writeln!(terminal.out, "{text}")?)
}
