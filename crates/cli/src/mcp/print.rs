//! What came over MCP, for people.

use std::io::Write;

use serde::Serialize;
use serde_json::Value;

use super::{McpError, Output};
use crate::{error::Error, table, terminal::Terminal};

/// Tools, each as one would call it.
pub(super) fn tools(tools: &[Value], output: Output, terminal: &mut Terminal<'_>) -> Result<(), Error> {
    if output == Output::Json {
        return json(&tools, terminal);
    }
    for tool in tools {
        let mut line = text(&tool["name"]).to_owned();
        for argument in signature(&tool["inputSchema"]) {
            line.push(' ');
            line.push_str(&argument);
        }
        if tool["annotations"]["readOnlyHint"] == true {
            line.push_str("  (read-only)");
        }
        writeln!(terminal.out, "{line}")?;
        let description = text(&tool["description"]).lines().next().unwrap_or_default();
        if !description.is_empty() {
            writeln!(terminal.out, "    {description}")?;
        }
    }
    if tools.is_empty() {
        writeln!(terminal.err, "There are no tools.")?;
    }
    Ok(())
}

/// `owner= repo= [page=]`: required arguments first.
fn signature(schema: &Value) -> Vec<String> {
    let names: Vec<&String> =
        schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name).collect();
    let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_required = |name: &&&String| required.iter().any(|it| it == name.as_str());
    let first = names.iter().filter(is_required).map(|name| format!("{name}="));
    let others = names.iter().filter(|name| !is_required(name)).map(|name| format!("[{name}=]"));
    first.chain(others).collect()
}

/// The result of a call. What a tool says of its failure goes to standard error.
pub(crate) fn call(
    result: &Value,
    tool: &str,
    output: Output,
    terminal: &mut Terminal<'_>,
) -> Result<(), Error> {
    let has_failed = result["isError"] == true;
    if output == Output::Json {
        json(result, terminal)?;
    } else {
        let out: &mut dyn Write = if has_failed { terminal.err } else { terminal.out };
        let blocks = result["content"].as_array().map(Vec::as_slice).unwrap_or_default();
        for content in blocks {
            writeln!(out, "{}", block(content))?;
        }
        if blocks.is_empty() && !result["structuredContent"].is_null() {
            writeln!(out, "{}", pretty(&result["structuredContent"])?)?;
        }
    }
    if has_failed { Err(McpError::Tool(tool.to_owned()).into()) } else { Ok(()) }
}

/// A content block as text.
fn block(content: &Value) -> String {
    match text(&content["type"]) {
        "text" => text(&content["text"]).to_owned(),
        "resource" => contents_of(&content["resource"]),
        "resource_link" => format!("{}: {}", text(&content["name"]), text(&content["uri"])),
        other => binary(other, &content["mimeType"], &content["data"]),
    }
}

fn contents_of(resource: &Value) -> String {
    match resource["text"].as_str() {
        Some(text) => text.to_owned(),
        None => binary("resource", &resource["mimeType"], &resource["blob"]),
    }
}

fn binary(what: &str, media_type: &Value, base64: &Value) -> String {
    let bytes = text(base64).len() / 4 * 3;
    format!("[{what} {}, about {bytes} bytes; -o json shows it]", text(media_type))
}

/// Resources, then templates of them.
pub(super) fn resources(
    (resources, templates): &(Vec<Value>, Vec<Value>),
    output: Output,
    terminal: &mut Terminal<'_>,
) -> Result<(), Error> {
    if output == Output::Json {
        return json(&serde_json::json!({"resources": resources, "resourceTemplates": templates}), terminal);
    }
    let row = |uri: &Value, it: &Value| {
        [uri, &it["name"], &it["mimeType"]].into_iter().map(|cell| text(cell).to_owned()).collect()
    };
    let mut lines: Vec<Vec<String>> = vec![["URI", "NAME", "TYPE"].map(str::to_owned).to_vec()];
    lines.extend(resources.iter().map(|it| row(&it["uri"], it)));
    lines.extend(templates.iter().map(|it| row(&it["uriTemplate"], it)));
    if lines.len() == 1 {
        writeln!(terminal.err, "There are no resources.")?;
        return Ok(());
    }
    write!(terminal.out, "{}", table::align(&lines, &mut Vec::new()))?;
    Ok(())
}

/// The contents of a resource.
pub(super) fn contents(result: &Value, output: Output, terminal: &mut Terminal<'_>) -> Result<(), Error> {
    if output == Output::Json {
        return json(result, terminal);
    }
    for part in result["contents"].as_array().into_iter().flatten() {
        writeln!(terminal.out, "{}", contents_of(part))?;
    }
    Ok(())
}

/// What serves an endpoint.
pub(super) fn info(info: &Value, output: Output, terminal: &mut Terminal<'_>) -> Result<(), Error> {
    if output == Output::Json {
        return json(info, terminal);
    }
    let server = &info["serverInfo"];
    let capabilities: Vec<&str> =
        info["capabilities"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    let fields = [
        ("Endpoint:", text(&info["endpoint"]).to_owned()),
        ("MCP:", format!("{} ({})", text(&info["protocolVersion"]), text(&info["era"]))),
        ("Server:", format!("{} {}", text(&server["name"]), text(&server["version"])).trim().to_owned()),
        ("Capabilities:", capabilities.join(", ")),
        ("Instructions:", text(&info["instructions"]).to_owned()),
    ];
    let lines: Vec<Vec<String>> = fields
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| vec![name.to_owned(), value])
        .collect();
    write!(terminal.out, "{}", table::align(&lines, &mut Vec::new()))?;
    Ok(())
}

fn json(value: &impl Serialize, terminal: &mut Terminal<'_>) -> Result<(), Error> {
    writeln!(terminal.out, "{}", pretty(value)?)?;
    Ok(())
}

fn pretty(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string_pretty(value)
        .map_err(|error| Error::Format { format: "json", reason: error.to_string() })
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
