//! GraphQL: operations against a vendor's schema, and replies made from what they select.

use apollo_compiler::ast::Type;
use apollo_compiler::executable::{Operation, Selection, SelectionSet};
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::response::JsonMap;
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use serde_json::{Map, Value, json};

use crate::reply::Replies;

/// A vendor's schema.
pub(crate) type GraphQl = Valid<Schema>;

/// Reads a schema in its own language.
pub(crate) fn schema(sdl: &str) -> GraphQl {
    Schema::parse_and_validate(sdl, "schema.graphql").unwrap_or_else(|wrong| panic!("{}", wrong.errors))
}

/// What is wrong with a request's operation and variables.
pub(crate) fn violations(schema: &GraphQl, body: &[u8]) -> Vec<String> {
    let (query, variables) = match read(body) {
        Ok(read) => read,
        Err(wrong) => return vec![wrong],
    };
    let document = match ExecutableDocument::parse_and_validate(schema, query, "operation.graphql") {
        Ok(document) => document,
        Err(wrong) => return wrong.errors.iter().map(|one| one.error.to_string()).collect(),
    };
    let Ok(operation) = document.operations.get(None) else {
        return vec!["there is not exactly one operation".to_owned()];
    };
    let mut wrong = Vec::new();
    for name in variables.keys() {
        if !operation.variables.iter().any(|one| one.name == name.as_str()) {
            wrong.push(format!("the variable ${name} is not declared"));
        }
    }
    let values: JsonMap = serde_json::from_value(Value::Object(variables)).unwrap();
    if let Err(error) = coerce_variable_values(schema, operation, &values) {
        wrong.push(error.message().to_string());
    }
    deprecated(&document, &operation.selection_set, &mut wrong);
    wrong
}

fn read(body: &[u8]) -> Result<(String, Map<String, Value>), String> {
    let body: Value =
        serde_json::from_slice(body).map_err(|error| format!("the body is no JSON: {error}"))?;
    let query = body["query"].as_str().ok_or("the body has no `query`")?;
    Ok((query.to_owned(), body["variables"].as_object().cloned().unwrap_or_default()))
}

fn deprecated(document: &ExecutableDocument, set: &SelectionSet, wrong: &mut Vec<String>) {
    for selection in &set.selections {
        match selection {
            Selection::Field(field) => {
                if field.definition.directives.has("deprecated") {
                    wrong.push(format!("the field {}.{} is deprecated", set.ty, field.name));
                }
                deprecated(document, &field.selection_set, wrong);
            }
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = spread.fragment_def(document) {
                    deprecated(document, &fragment.selection_set, wrong);
                }
            }
            Selection::InlineFragment(inline) => deprecated(document, &inline.selection_set, wrong),
        }
    }
}

/// A reply to a request: each selected field with a value of its type.
pub(crate) fn reply(schema: &GraphQl, body: &[u8], replies: Replies) -> Value {
    let Ok((query, _)) = read(body) else { return json!({}) };
    let Ok(document) = ExecutableDocument::parse_and_validate(schema, query, "operation.graphql") else {
        return json!({});
    };
    let sampler = Sampler {
        schema,
        document: &document,
        all: replies == Replies::Full,
        empty: replies == Replies::Empty,
    };
    let operation: Option<&Operation> = document.operations.iter().next().map(|operation| &**operation);
    let data = operation.map(|operation| sampler.object(&operation.selection_set));
    json!({"data": data})
}

struct Sampler<'a> {
    schema: &'a Schema,
    document: &'a ExecutableDocument,
    all: bool,
    empty: bool,
}

impl Sampler<'_> {
    fn object(&self, set: &SelectionSet) -> Map<String, Value> {
        let mut fields = Map::new();
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => {
                    let value = self.value(field.ty(), &field.selection_set);
                    fields.insert(field.response_key().to_string(), value);
                }
                Selection::FragmentSpread(spread) => {
                    let fragment = spread.fragment_def(self.document);
                    fields.extend(fragment.map(|it| self.object(&it.selection_set)).unwrap_or_default());
                }
                Selection::InlineFragment(inline) => fields.extend(self.object(&inline.selection_set)),
            }
        }
        fields
    }

    fn value(&self, kind: &Type, set: &SelectionSet) -> Value {
        if !self.all && !kind.is_non_null() {
            return Value::Null;
        }
        if kind.is_list() {
            return if self.empty { json!([]) } else { json!([self.value(kind.item_type(), set)]) };
        }
        match self.schema.types.get(kind.inner_named_type()) {
            Some(ExtendedType::Enum(described)) => {
                json!(described.values.keys().next().map(ToString::to_string))
            }
            Some(ExtendedType::Scalar(scalar)) => match scalar.name.as_str() {
                "Int" => json!(7),
                "Float" => json!(1.5),
                "Boolean" => json!(true),
                "JSON" | "JSONObject" => json!({}),
                _ => json!("2026-01-02T03:04:05Z"),
            },
            _ => Value::Object(self.object(set)),
        }
    }
}
