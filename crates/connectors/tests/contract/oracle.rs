//! An oracle: what a vendor says that its API accepts and answers.
//!
//! Oracles come from published packages (`build/`), from small files of facts (`facts/`), or from descriptions that lie
//! elsewhere (`reference.rs`). README.md beside this file describes the format.

#[path = "oracle/path.rs"]
mod path;

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use self::path::PathTemplate;
use crate::check::Seen;
use crate::graphql::{self, GraphQl};

/// A vendor's description, as far as tools use it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Oracle {
    #[serde(default)]
    pub(crate) name: String,
    #[serde(rename = "source")]
    _source: String,
    base: String,
    #[serde(default)]
    pub(crate) operations: Vec<Operation>,
    #[serde(default)]
    pub(crate) schemas: Map<String, Value>,
    /// Of a GraphQL API: its schema.
    #[serde(default)]
    sdl: Option<String>,
    #[serde(skip)]
    pub(crate) graphql: Option<GraphQl>,
    /// Whether the case of property names in bodies is beside the point.
    #[serde(default)]
    pub(crate) caseless: bool,
    #[serde(skip)]
    index: HashMap<(String, usize), Vec<usize>>,
    #[serde(skip)]
    templates: Vec<PathTemplate>,
}

/// One operation.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) method: String,
    pub(crate) path: String,
    #[serde(default)]
    pub(crate) base: Option<String>,
    #[serde(default)]
    pub(crate) deprecated: bool,
    /// Values of the query that choose this operation among those of one path.
    #[serde(default)]
    pub(crate) when: BTreeMap<String, String>,
    /// Why the vendor took it away.
    #[serde(default)]
    pub(crate) removed: Option<String>,
    /// Sets of OAuth scopes, each of which is enough.
    #[serde(default)]
    pub(crate) scopes: Vec<Vec<String>>,
    #[serde(default)]
    pub(crate) parameters: Vec<Parameter>,
    #[serde(default)]
    pub(crate) body: Option<Body>,
    #[serde(default)]
    pub(crate) reply: Option<Reply>,
    /// Where this fact is from, in a file of facts.
    #[serde(default, rename = "source")]
    _source: Option<String>,
}

/// A parameter of the path, the query or the headers.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    #[serde(rename = "in")]
    pub(crate) place: Place,
    #[serde(default)]
    pub(crate) required: bool,
    #[serde(default)]
    pub(crate) deprecated: bool,
    #[serde(default)]
    pub(crate) types: Vec<String>,
    #[serde(default, rename = "enum")]
    pub(crate) values: Option<Vec<Value>>,
    #[serde(default)]
    pub(crate) minimum: Option<f64>,
    #[serde(default)]
    pub(crate) maximum: Option<f64>,
}

/// Where a parameter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Place {
    Path,
    Query,
    Header,
}

/// A body: a schema, or fields as a short form of one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Body {
    /// The content types that are accepted; `*` for any.
    pub(crate) content_type: OneOrMore,
    /// Whether a request may come without it.
    #[serde(default)]
    pub(crate) optional: bool,
    #[serde(default)]
    required: Vec<String>,
    #[serde(default)]
    open: bool,
    #[serde(default)]
    fields: Map<String, Value>,
    #[serde(default)]
    pub(crate) schema: Option<Value>,
}

/// One text or a list of texts.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl Default for OneOrMore {
    fn default() -> Self {
        Self::One("application/json".to_owned())
    }
}

impl OneOrMore {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::More(texts) => texts.as_slice(),
        }
        .iter()
        .map(String::as_str)
    }
}

/// A reply of success.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    #[serde(default)]
    pub(crate) content_type: Option<String>,
    #[serde(default)]
    pub(crate) schema: Option<Value>,
    #[serde(default)]
    pub(crate) examples: Map<String, Value>,
}

impl Oracle {
    pub(crate) fn from_json(name: &str, json: Value) -> Self {
        let mut oracle: Self =
            serde_json::from_value(json).unwrap_or_else(|error| panic!("oracle {name}: {error}"));
        oracle.name = name.to_owned();
        oracle.graphql = oracle.sdl.as_deref().map(graphql::schema);
        if oracle.graphql.is_some() {
            // A GraphQL API has one operation of HTTP.
            let body = Body { schema: None, ..Body::default() };
            let reply = Some(Reply { status: 200, ..Reply::default() });
            let (id, method) = ("graphql".to_owned(), "POST".to_owned());
            oracle.operations =
                vec![Operation { id, method, body: Some(body), reply, ..Operation::default() }];
        }
        for (at, operation) in oracle.operations.iter_mut().enumerate() {
            let base = operation.base.as_deref().unwrap_or(&oracle.base).trim_end_matches('/');
            let template = PathTemplate::new(&format!("{base}{}", operation.path));
            let lengths = template.lengths();
            for length in lengths {
                oracle.index.entry((operation.method.clone(), length)).or_default().push(at);
            }
            oracle.templates.push(template);
            if let Some(body) = &mut operation.body {
                body.unfold();
            }
        }
        oracle
    }

    /// The operation of a request, and the values of its path. Of several it is the one that the query chooses, and the
    /// one with most literal text.
    pub(crate) fn find(&self, seen: &Seen) -> Option<(usize, Vec<(String, String)>)> {
        let length = seen.url.split('/').count();
        let fitting = self.index.get(&(seen.method.clone(), length)).into_iter().flatten();
        let fitting = fitting.filter(|at| {
            let mut when = self.operations[**at].when.iter();
            when.all(|(name, value)| seen.query.iter().any(|(own, text)| own == name && text == value))
        });
        let fitting = fitting.filter_map(|at| Some((*at, self.templates[*at].matches(&seen.url)?)));
        fitting.max_by_key(|(at, _)| (self.operations[*at].when.len(), self.templates[*at].literal()))
    }
}

impl Body {
    /// Turns the short form into a schema.
    fn unfold(&mut self) {
        if self.schema.is_none() && !self.fields.is_empty() {
            let properties: Map<String, Value> =
                self.fields.iter().map(|(name, field)| (name.clone(), unfolded(field))).collect();
            self.schema = Some(json!({
                "type": "object",
                "required": self.required,
                "properties": properties,
                "additionalProperties": self.open,
            }));
        }
    }
}

/// A field `{types, enum}` as a schema; other fields are schemas already.
fn unfolded(field: &Value) -> Value {
    let mut field = field.clone();
    if let Some(types) = field.as_object_mut().and_then(|field| field.remove("types")) {
        field["type"] = types;
    }
    field
}
