//! `docs/connectors/`: a page on each built-in connector, made from its document, and the table of all.

use std::{fmt::Write as _, fs, path::Path};

use connectors::{Catalog, Connector};
use domain::document::{AuthScheme, ConnectorDocument};
use serde_json::Value;

use super::{cost, list};
use crate::{error::Error, terminal::Terminal};

const GENERATED: &str = "Generated from the connector's document by `make generate`.";

/// Writes all pages.
pub(super) fn write(dir: &Path, terminal: &mut Terminal<'_>) -> Result<(), Error> {
    for (name, text) in pages()? {
        let path = dir.join(name);
        fs::write(&path, text).map_err(|source| Error::File {
            action: "write",
            path: path.clone(),
            source,
        })?;
        writeln!(terminal.err, "{}", path.display())?;
    }
    Ok(())
}

/// Every page, by its file name.
fn pages() -> Result<Vec<(String, String)>, Error> {
    let catalog = Catalog::new();
    let mut pages = Vec::new();
    let mut table = format!(
        "# Built-in connectors\n\n{GENERATED} What a model reads of a connector's tools (names, descriptions, input \
         schemas) is given in characters and in tokens of four characters.\n\n| connector | type | credential | tools | read-only | characters | tokens |\n\
         |---|---|---|--:|--:|--:|--:|\n"
    );
    for service in catalog.services() {
        let connector = list::built_in(&catalog, service)?;
        let document = catalog.document(service).unwrap_or_else(|| connectors::parse(""));
        let document = document.map_err(|problem| Error::Usage(format!("{service}: {problem}")))?;
        row(&connector, &mut table)?;
        pages.push((format!("{service}.md"), page(&document, &connector)?));
    }
    pages.push(("README.md".to_owned(), table));
    Ok(pages)
}

fn row(connector: &Connector, table: &mut String) -> Result<(), Error> {
    let characters = cost::characters(connector.tools())?;
    let service = connector.service();
    line(
        table,
        format_args!(
            "| [{}]({service}.md) | `{service}` | {} | {} | {} | {characters} | {} |",
            connector.title(),
            connector
                .auth()
                .provider
                .as_deref()
                .map_or_else(|| "key".to_owned(), |name| format!("token, {name}")),
            connector.tools().len(),
            list::read_only(connector),
            cost::tokens(characters),
        ),
    );
    Ok(())
}

fn page(document: &ConnectorDocument, connector: &Connector) -> Result<String, Error> {
    let mut text = format!("# {}\n\n{}\n\n", document.title, document.description.trim());
    let characters = cost::characters(connector.tools())?;
    line(
        &mut text,
        format_args!(
            "{} tools, {} of them read-only. A model reads {characters} characters of them, about {} tokens. {GENERATED}\n",
            connector.tools().len(),
            list::read_only(connector),
            cost::tokens(characters),
        ),
    );
    manifest(document, &mut text);
    credential(document, &mut text);
    settings(document, &mut text);
    tools(document, connector, &mut text);
    resources(document, &mut text);
    removed(document, &mut text);
    Ok(text)
}

fn manifest(document: &ConnectorDocument, text: &mut String) {
    let name = document.service.replace('_', "-");
    line(
        text,
        format_args!(
            "```yaml\napiVersion: sagemcp.io/v1alpha1\nkind: Connector\nmetadata: {{name: {name}}}\nspec:\n  \
             tenantRef: {{name: acme}}\n  native: {{type: {}}}",
            document.service
        ),
    );
    if document.auth.scheme != AuthScheme::None {
        line(text, format_args!("  credentials:\n    secretRef: {{name: {name}-credential}}"));
    }
    text.push_str("```\n\n");
}

fn credential(document: &ConnectorDocument, text: &mut String) {
    let auth = &document.auth;
    let form = match auth.scheme {
        AuthScheme::Bearer => "a token".to_owned(),
        AuthScheme::Basic => "`user:password`, or a key alone".to_owned(),
        AuthScheme::BearerOrBasic => "a token, or `user:password`".to_owned(),
        AuthScheme::Bot => "a bot's token".to_owned(),
        AuthScheme::Header => format!("a key, sent as `{}`", auth.header.as_deref().unwrap_or_default()),
        AuthScheme::Body => {
            format!("a key, sent as the field `{}`", auth.field.as_deref().unwrap_or_default())
        }
        AuthScheme::None => return,
    };
    let optional = if auth.optional { " It may be left out: public data is read without." } else { "" };
    line(text, format_args!("## Credential\n\nThe Secret holds {form}.{optional}\n"));
    if !document.setup.is_empty() {
        line(text, format_args!("{}\n", document.setup.trim()));
    }
    if !auth.scopes.is_empty() {
        let scopes: Vec<String> = auth.scopes.iter().map(|scope| format!("`{scope}`")).collect();
        line(text, format_args!("Scopes that all tools together need: {}\n", scopes.join(", ")));
    }
}

fn settings(document: &ConnectorDocument, text: &mut String) {
    let Some(Value::Object(properties)) = document.config.as_ref().and_then(|it| it.get("properties")) else {
        return;
    };
    text.push_str("## Settings\n\nUnder `native.config`:\n\n| setting | what it says |\n|---|---|\n");
    for (name, schema) in properties {
        line(
            text,
            format_args!("| `{name}` | {} |", cell(schema["description"].as_str().unwrap_or_default())),
        );
    }
    text.push('\n');
}

fn tools(document: &ConnectorDocument, connector: &Connector, text: &mut String) {
    text.push_str("## Tools\n\n| tool | | what for | scopes |\n|---|---|---|---|\n");
    for (tool, listing) in document.tools.iter().zip(connector.tools()) {
        let aliases: Vec<String> =
            tool.aliases.iter().map(|alias| format!("`{}_{alias}`", document.service)).collect();
        let aliases =
            if aliases.is_empty() { String::new() } else { format!(" Also called {}.", aliases.join(", ")) };
        line(
            text,
            format_args!(
                "| `{}` | {} | {}{aliases} | {} |",
                listing.name,
                list::effect(listing),
                cell(&listing.description),
                tool.scopes.join(", "),
            ),
        );
    }
    text.push('\n');
}

fn resources(document: &ConnectorDocument, text: &mut String) {
    if document.resources.is_empty() {
        return;
    }
    text.push_str("## Resources\n\n| URI | what it holds |\n|---|---|\n");
    for resource in &document.resources {
        let what = if resource.description.is_empty() { &resource.name } else { &resource.description };
        line(text, format_args!("| `{}` | {} |", resource.uri, cell(what)));
    }
    text.push('\n');
}

fn removed(document: &ConnectorDocument, text: &mut String) {
    if document.removed.is_empty() {
        return;
    }
    text.push_str("## No longer there\n\n| name | why |\n|---|---|\n");
    for tool in &document.removed {
        line(text, format_args!("| `{}_{}` | {} |", document.service, tool.name, cell(&tool.reason)));
    }
    text.push('\n');
}

/// A text in a cell of a table.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("writing to a string cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_in_the_repository_are_what_the_documents_say() {
        let dir = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/connectors"));
        let pages = pages().unwrap();
        for (name, text) in &pages {
            let stored = fs::read_to_string(dir.join(name)).unwrap_or_default();
            assert!(
                stored == *text,
                "docs/connectors/{name} is stale; run `make generate` and commit the result"
            );
        }
        assert_eq!(
            fs::read_dir(dir).unwrap().count(),
            pages.len(),
            "a page in {} stands for no connector",
            dir.display()
        );
    }
}
