//! Descriptions that lie outside of this repository, where `SAGEMCP_VENDOR_APIS` names a folder of them: a second opinion
//! besides the oracles. Their format is close to ours, their types are loose, and they say nothing about replies.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::oracle::Oracle;

/// The scalars that GraphQL itself defines.
const BUILT_IN: [&str; 5] = ["String", "Int", "Float", "Boolean", "ID"];

/// The folder, if there is one.
pub(crate) fn folder() -> Option<PathBuf> {
    std::env::var_os("SAGEMCP_VENDOR_APIS").map(PathBuf::from).filter(|folder| folder.is_dir())
}

/// Reads descriptions by name; those that do not exist are left out.
pub(crate) fn load(names: &[&str]) -> Vec<Oracle> {
    let Some(folder) = folder() else { return Vec::new() };
    let texts = names.iter().filter_map(|name| {
        let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).ok()?;
        Some(adapt(name, &serde_json::from_str(&text).unwrap()))
    });
    texts.collect()
}

fn adapt(name: &str, given: &Value) -> Oracle {
    let base = given["base_urls"][0].as_str().unwrap();
    let operations: Vec<Value> = list(&given["operations"]).map(|one| operation(name, one)).collect();
    let mut oracle = json!({
        "source": given["source"],
        "base": base,
        "operations": operations,
        "schemas": given.get("schemas").cloned().unwrap_or_else(|| json!({})),
        "caseless": given["case_insensitive_body"] == true,
    });
    if given["kind"] == "graphql" {
        oracle["operations"] = json!([]);
        oracle["sdl"] = json!(sdl(given["types"].as_object().unwrap()));
    }
    Oracle::from_json(name, oracle)
}

fn operation(vendor: &str, given: &Value) -> Value {
    let (method, path) = (given["method"].as_str().unwrap(), given["path"].as_str().unwrap());
    let path =
        path.strip_suffix("/{path}").map_or_else(|| path.to_owned(), |front| format!("{front}/{{+path}}"));
    // Where fields may come in the query or in the body, they are required in neither.
    let in_body: Vec<&Value> = list(&given["body"]["fields"]).map(|field| &field["name"]).collect();
    let parameters = list(&given["query"]).flat_map(|parameter| {
        let other = parameter.get("also").map(|name| field(parameter, name));
        let mut described = field(parameter, &parameter["name"]);
        if in_body.contains(&&parameter["name"]) {
            described["required"] = json!(false);
        }
        std::iter::once(described).chain(other)
    });
    let mut adapted = json!({
        "id": format!("{method} {path}"),
        "method": method,
        "path": path,
        "deprecated": given["deprecated"],
        "scopes": scopes(vendor, given),
        "parameters": parameters.chain(leads_on(vendor)).collect::<Vec<Value>>(),
    });
    if let Some(removed) = given.get("removed") {
        adapted["removed"] = removed.clone();
    }
    if let Some(described) = given["body"].as_object() {
        adapted["body"] = body(&Value::Object(described.clone()));
    }
    adapted
}

/// What Graph puts into the links to next pages, and its description leaves out.
fn leads_on(vendor: &str) -> Option<Value> {
    (vendor == "microsoft_graph").then(|| json!({"name": "$skiptoken", "in": "query"}))
}

fn body(given: &Value) -> Value {
    let others =
        ["other_content_types", "disputed_content_types"].into_iter().flat_map(|key| list(&given[key]));
    let types: Vec<&Value> = std::iter::once(&given["content_type"]).chain(others).collect();
    if let Some(schema) = given.get("schema") {
        return json!({"contentType": types, "schema": schema});
    }
    let fields = || list(&given["fields"]);
    let name = |field: &Value| field["name"].as_str().unwrap().to_owned();
    let described: Map<String, Value> = fields()
        .map(|one| {
            let mut schema = one.as_object().unwrap().clone();
            schema.retain(|key, _| matches!(key.as_str(), "enum" | "deprecated" | "readOnly"));
            schema.insert("type".to_owned(), json!(types_of(&one["type"])));
            (name(one), Value::Object(schema))
        })
        .collect();
    let required: Vec<String> = fields().filter(|one| one["required"] == true).map(name).collect();
    json!({"contentType": types, "fields": described, "required": required})
}

fn field(given: &Value, name: &Value) -> Value {
    let mut parameter = json!({
        "name": name,
        "in": "query",
        "required": given["required"] == true && given.get("also").is_none(),
        "deprecated": given["deprecated"] == true,
        "types": types_of(&given["type"]),
    });
    if let Some(values) = given.get("enum") {
        parameter["enum"] = values.clone();
    }
    for key in ["minimum", "maximum"] {
        if let Some(bound) = given.get(key).and_then(number) {
            parameter[key] = json!(bound);
        }
    }
    parameter
}

/// A number, which discovery documents write as a text.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

/// The types of `string|array`, `array<string>`, `["string", "null"]`; none for `any`. A query's `object` is a type that
/// the description does not resolve.
fn types_of(given: &Value) -> Vec<String> {
    let names: Vec<&str> = match given {
        Value::String(names) => names.split('|').collect(),
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if names.contains(&"any") {
        return Vec::new();
    }
    names.into_iter().map(|name| name.split('<').next().unwrap_or(name).to_owned()).collect()
}

/// Sets of scopes: listed as such, or each scope by itself. Slack's are described by names that an earlier time added
/// `:bot` and `:user` to.
fn scopes(vendor: &str, given: &Value) -> Vec<Vec<String>> {
    let names = |list: &Value| -> Vec<String> {
        let names = list.as_array().into_iter().flatten().filter_map(Value::as_str);
        names.map(|name| name.trim_end_matches(":bot").trim_end_matches(":user").to_owned()).collect()
    };
    let mut sets: Vec<Vec<String>> = list(&given["scope_sets"]).map(names).collect();
    if sets.is_empty() || vendor == "bitbucket" {
        sets.extend(names(&given["scopes"]).into_iter().map(|scope| vec![scope]));
    }
    sets
}

/// A GraphQL schema in its own language. Types that are used and not described are made scalars.
fn sdl(types: &Map<String, Value>) -> String {
    let fields = types.values().filter_map(|one| one["fields"].as_object()).flatten().map(|(_, field)| field);
    let arguments =
        fields.clone().filter_map(|field| field["args"].as_object()).flatten().map(|(_, one)| one);
    let used = fields.chain(arguments).filter_map(|one| one["type"].as_str());
    let used = used.map(|name| name.trim_matches(['[', ']', '!']));
    let known = |name: &str| types.contains_key(name) || BUILT_IN.contains(&name) || name == "?";
    let missing: BTreeSet<&str> = used.filter(|name| !known(name)).chain(["Unknown"]).collect();
    let mut text: String = missing.iter().map(|name| format!("scalar {name}\n")).collect();
    for (name, described) in types {
        let entries = |key: &str| described[key].as_object().cloned().unwrap_or_default();
        let kind = described["kind"].as_str().unwrap_or("SCALAR");
        let written = match kind {
            "OBJECT" | "INPUT_OBJECT" => {
                let fields = entries("fields").into_iter();
                let fields: String = fields.map(|(name, field)| graphql_field(&name, &field)).collect();
                let keyword = if kind == "OBJECT" { "type" } else { "input" };
                format!("{keyword} {name} {{\n{fields}}}\n")
            }
            "ENUM" => {
                let values: Vec<&str> = list(&described["values"]).filter_map(Value::as_str).collect();
                format!("enum {name} {{ {} }}\n", values.join(" "))
            }
            _ if BUILT_IN.contains(&name.as_str()) => String::new(),
            _ => format!("scalar {name}\n"),
        };
        text.push_str(&written);
    }
    text
}

fn graphql_field(name: &str, field: &Value) -> String {
    let arguments = field["args"].as_object().into_iter().flatten();
    let arguments: Vec<String> = arguments.map(|(name, one)| format!("{name}: {}", type_name(one))).collect();
    let arguments = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
    let deprecated = if field.get("deprecated").is_some_and(|it| *it != false) { " @deprecated" } else { "" };
    format!("  {name}{arguments}: {}{deprecated}\n", type_name(field))
}

/// A field's type; `?` where the description does not know it.
fn type_name(field: &Value) -> String {
    field["type"].as_str().unwrap().replace('?', "Unknown")
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
