//! GraphQL documents: checked when compiled, sent with variables that no value can leave.

use apollo_parser::Parser;
use apollo_parser::cst::{Definition, OperationDefinition};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::problem::Fault;

/// How deep a document may nest.
const MAX_DEPTH: usize = 100;
/// The most tokens of a document.
const MAX_TOKENS: usize = 10_000;

/// A document with one operation.
#[derive(Debug)]
pub(super) struct Operation {
    text: String,
    name: Option<String>,
    is_query: bool,
}

impl Operation {
    /// Checks a document.
    pub(super) fn compile(text: &str) -> Result<Self, Fault> {
        let tree = Parser::new(text).recursion_limit(MAX_DEPTH).token_limit(MAX_TOKENS).parse();
        if let Some(error) = tree.errors().next() {
            let before = text.get(..error.index()).unwrap_or(text);
            let line = before.matches('\n').count() + 1;
            return Err(Fault::new(
                format!("not a GraphQL document, at line {line}: {}", error.message()),
                "correct it",
            ));
        }
        let mut operations: Vec<OperationDefinition> = Vec::new();
        for definition in tree.document().definitions() {
            match definition {
                Definition::OperationDefinition(operation) => operations.push(operation),
                Definition::FragmentDefinition(_) => {}
                _ => {
                    return Err(Fault::new("the document defines types", "keep its operation and fragments"));
                }
            }
        }
        let [operation] = operations.as_slice() else {
            return Err(Fault::new(
                format!("the document has {} operations", operations.len()),
                "keep exactly one, and write a tool for each",
            ));
        };
        // A document that begins with `{` is a query.
        let kind = operation.operation_type();
        let is_query = kind.as_ref().is_none_or(|kind| kind.query_token().is_some());
        if kind.is_some_and(|kind| kind.subscription_token().is_some()) {
            return Err(Fault::new("the operation is a subscription", "use a query"));
        }
        let name = operation.name().map(|name| name.text().to_string());
        Ok(Self { text: text.trim().to_owned(), name, is_query })
    }

    /// Whether it changes nothing.
    pub(super) fn is_query(&self) -> bool {
        self.is_query
    }

    /// The body that asks for it with these variables.
    pub(super) fn body(&self, variables: Option<Value>) -> Result<Value, Failure> {
        let mut body = json!({"query": self.text});
        match variables {
            None => {}
            Some(variables @ Value::Object(_)) => body["variables"] = variables,
            Some(_) => {
                return Err(Failure::new(
                    "the connector's `body` program gives no object, which `graphql` needs",
                ));
            }
        }
        if let Some(name) = &self.name {
            body["operationName"] = json!(name);
        }
        Ok(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        Operation::compile(text).unwrap_err().message
    }

    #[test]
    fn only_a_query_changes_nothing() {
        let fragment = "fragment F on Issue { id }";
        for (text, is_query, name) in [
            ("{ viewer { id } }".to_owned(), true, None),
            ("query { viewer { id } }".to_owned(), true, None),
            (format!("query Q($a: Int! = 3) {{ issues(first: $a) {{ ...F }} }} {fragment}"), true, Some("Q")),
            (format!("{fragment} mutation M {{ a {{ ...F }} }}"), false, Some("M")),
            ("# query\nmutation { query: delete(text: \"query { a }\") }".to_owned(), false, None),
        ] {
            let operation = Operation::compile(&text).unwrap();
            assert_eq!((operation.is_query(), operation.name.as_deref()), (is_query, name), "{text}");
        }
    }

    #[test]
    fn documents_with_anything_else_are_refused() {
        assert!(refusal("query A { a } mutation B { b }").contains("2 operations"));
        assert!(refusal("fragment F on T { a }").contains("0 operations"));
        assert!(refusal("subscription { a }").contains("subscription"));
        assert!(refusal("type T { a: Int }").contains("types"));
        assert!(refusal("query {\n  a(\n}").contains("at line 3"), "{}", refusal("query {\n  a(\n}"));
        assert!(refusal("").contains("not a GraphQL document"), "{}", refusal(""));
        let deep = format!("{}a{}", "{ a ".repeat(200), "}".repeat(200));
        assert!(!refusal(&deep).is_empty());
    }

    #[test]
    fn values_go_into_variables() {
        let operation = Operation::compile("query Q($id: ID!) { a(id: $id) { b } }").unwrap();
        let hostile = "x\") { secret } #";
        let body = operation.body(Some(json!({"id": hostile}))).unwrap();
        assert_eq!(body["query"], "query Q($id: ID!) { a(id: $id) { b } }");
        assert_eq!((&body["variables"]["id"], &body["operationName"]), (&json!(hostile), &json!("Q")));
        assert_eq!(Operation::compile("{ a }").unwrap().body(None).unwrap(), json!({"query": "{ a }"}));
        assert!(operation.body(Some(json!([1]))).is_err());
    }
}
