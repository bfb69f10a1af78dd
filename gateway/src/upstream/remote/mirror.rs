//! Arguments that a modern server wants repeated in headers: properties with `x-mcp-header` in a tool's input schema.
//!
//! Schemas are learnt from the tool lists that pass by. A server refuses a call whose headers are missing or wrong
//! (−32020) before it does anything; then the list is read and the call sent again.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::{HeaderMap, HeaderName};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::headers::encode;
use crate::upstream::entries::Entries;

const ANNOTATION: &str = "x-mcp-header";
/// Tools remembered, and headers of one tool; more are not mirrored.
const MAX_TOOLS: usize = 5_000;
const MAX_HEADERS: usize = 32;
/// How deep a schema is searched.
const MAX_DEPTH: usize = 8;

/// A property, as a path of names, and its header.
type Mirrored = (Vec<String>, HeaderName);

/// What is known of one server's tools.
#[derive(Debug, Default)]
pub(super) struct Mirror(Mutex<HashMap<String, Vec<Mirrored>>>);

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    tools: Vec<Tool>,
}

#[derive(Deserialize)]
struct Tool {
    name: String,
    #[serde(default, rename = "inputSchema")]
    input_schema: Value,
}

impl Mirror {
    fn tools(&self) -> MutexGuard<'_, HashMap<String, Vec<Mirrored>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets all.
    pub(super) fn clear(&self) {
        self.tools().clear();
    }

    /// Takes a page of `tools/list`.
    pub(super) fn learn(&self, page: &RawValue) {
        // Most servers have no such property; their lists need not be parsed.
        if !page.get().contains(ANNOTATION) {
            return;
        }
        let Ok(page) = serde_json::from_str::<Page>(page.get()) else { return };
        let mut tools = self.tools();
        for tool in page.tools {
            let mut mirrored = Vec::new();
            collect(&tool.input_schema, &mut Vec::new(), &mut mirrored);
            if mirrored.is_empty() {
                tools.remove(&tool.name);
            } else if tools.len() < MAX_TOOLS || tools.contains_key(&tool.name) {
                tools.insert(tool.name, mirrored);
            }
        }
    }

    /// Adds the headers of a `tools/call`.
    pub(super) fn reflect(&self, params: &Entries, headers: &mut HeaderMap) {
        let tools = self.tools();
        let Some(mirrored) = params.text("name").and_then(|name| tools.get(&name)) else { return };
        let arguments = params.get("arguments").and_then(|raw| serde_json::from_str::<Value>(raw.get()).ok());
        let arguments = arguments.unwrap_or_default();
        for (path, header) in mirrored {
            let value = path.iter().try_fold(&arguments, |value, name| value.get(name));
            let text = match value {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Bool(flag)) => flag.to_string(),
                Some(Value::Number(number)) => number.to_string(),
                _ => continue,
            };
            headers.insert(header.clone(), encode(&text));
        }
    }
}

/// Only chains of `properties` count; anything else may or may not apply to a call.
fn collect(schema: &Value, path: &mut Vec<String>, found: &mut Vec<Mirrored>) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
    for (name, property) in properties {
        path.push(name.clone());
        if let Some(header) = property.get(ANNOTATION).and_then(Value::as_str)
            && let Ok(header) = HeaderName::from_bytes(format!("mcp-param-{header}").as_bytes())
            && found.len() < MAX_HEADERS
        {
            found.push((path.clone(), header));
        }
        if path.len() < MAX_DEPTH {
            collect(property, path, found);
        }
        path.pop();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::upstream::entries::raw;

    #[test]
    fn annotated_arguments_are_repeated_and_absent_ones_are_not() {
        let mirror = Mirror::default();
        mirror.learn(&raw(&json!({"tools": [{"name": "t", "inputSchema": {"type": "object", "properties": {
            "region": {"type": "string", "x-mcp-header": "Region"},
            "deep": {"type": "object", "properties": {"n": {"type": "integer", "x-mcp-header": "N"}}},
            "absent": {"type": "boolean", "x-mcp-header": "Absent"},
            "plain": {"type": "string"}
        }}}]})));
        let params = json!({"name": "t", "arguments": {"region": "köln", "deep": {"n": 7}, "plain": "p"}});
        let mut headers = HeaderMap::new();
        mirror.reflect(&Entries::parse(&raw(&params)).unwrap(), &mut headers);
        assert_eq!(headers.len(), 2);
        assert_eq!(headers["mcp-param-region"], "=?base64?a8O2bG4=?=");
        assert_eq!(headers["mcp-param-n"], "7");
    }
}
