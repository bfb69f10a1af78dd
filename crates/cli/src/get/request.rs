//! What `get` asks the API for.

use http::{HeaderValue, header};
use kube::{
    api::{GetParams, ListParams, WatchParams},
    core::Request as Builder,
};
use serde_json::Value;

use super::Args;
use crate::{
    connection::Connection,
    error::Error,
    kinds::Kind,
    selection::Selection,
    table::{self, Table},
};

/// How many objects one page has.
const PAGE: u32 = 500;

/// One object, or all of a kind.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) kind: Kind,
    path: String,
    pub(super) name: Option<String>,
    selector: Option<String>,
}

/// The requests for what a command line names.
pub(super) fn plan(selections: &[Selection], args: &Args, namespace: &str) -> Vec<Request> {
    let mut requests = Vec::new();
    for Selection { kind, names } in selections {
        let namespace = (kind.namespaced && !args.all_namespaces).then_some(namespace);
        let one = |name: Option<String>| Request {
            kind: kind.clone(),
            path: path(kind, namespace),
            name,
            selector: args.selector.clone(),
        };
        if names.is_empty() {
            requests.push(one(None));
        }
        requests.extend(names.iter().map(|name| one(Some(name.clone()))));
    }
    requests
}

/// The path of a kind's objects: `/apis/sagemcp.io/v1alpha1/namespaces/default/tenants`.
pub(crate) fn path(kind: &Kind, namespace: Option<&str>) -> String {
    let resource = &kind.resource;
    let root = if resource.group.is_empty() { "api" } else { "apis" };
    let scope = namespace.map(|name| format!("namespaces/{name}/")).unwrap_or_default();
    format!("/{root}/{}/{scope}{}", resource.api_version, resource.plural)
}

/// The tables of all requests, those of one kind joined, in the order of the requests.
pub(super) async fn tables(
    requests: &[Request],
    connection: &Connection,
) -> Result<Vec<(Kind, Table)>, Error> {
    let mut tables: Vec<(Kind, Table)> = Vec::new();
    for request in requests {
        let table = request.table(connection).await?;
        match tables.iter_mut().find(|(kind, _)| *kind == request.kind) {
            Some((_, known)) => known.rows.extend(table.rows),
            None => tables.push((request.kind.clone(), table)),
        }
    }
    Ok(tables)
}

impl Request {
    fn list_params(&self) -> ListParams {
        ListParams { label_selector: self.selector.clone(), limit: Some(PAGE), ..ListParams::default() }
    }

    fn build(&self, params: &ListParams) -> Result<http::Request<Vec<u8>>, kube::core::request::Error> {
        let builder = Builder::new(self.path.clone());
        match &self.name {
            Some(name) => builder.get(name, &GetParams::default()),
            None => builder.list(params),
        }
    }

    /// The objects as a table of the API's making.
    pub(super) async fn table(&self, connection: &Connection) -> Result<Table, Error> {
        let mut params = self.list_params();
        let mut whole: Option<Table> = None;
        loop {
            let page: Table = connection
                .bounded(async {
                    let mut request = self.build(&params).map_err(kube::Error::BuildRequest)?;
                    request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static(table::ACCEPT));
                    connection.client.request(request).await
                })
                .await?;
            let next = Some(page.metadata.continue_token.clone()).filter(|it| !it.is_empty());
            let table = match whole.take() {
                Some(mut whole) => {
                    whole.rows.extend(page.rows);
                    whole
                }
                None => page,
            };
            if next.is_none() {
                return Ok(table);
            }
            params.continue_token = next;
            whole = Some(table);
        }
    }

    /// The objects themselves.
    pub(super) async fn objects(&self, connection: &Connection) -> Result<Vec<Value>, Error> {
        let mut params = self.list_params();
        let mut objects = Vec::new();
        loop {
            let mut answer: Value = connection
                .bounded(async {
                    let request = self.build(&params).map_err(kube::Error::BuildRequest)?;
                    connection.client.request(request).await
                })
                .await?;
            if self.name.is_some() {
                return Ok(vec![self.with_type(answer)]);
            }
            let next = answer["metadata"]["continue"].as_str().filter(|it| !it.is_empty()).map(str::to_owned);
            if let Value::Array(items) = answer["items"].take() {
                objects.extend(items.into_iter().map(|item| self.with_type(item)));
            }
            if next.is_none() {
                return Ok(objects);
            }
            params.continue_token = next;
        }
    }

    /// Items of a list need not say what they are.
    fn with_type(&self, item: Value) -> Value {
        let Value::Object(fields) = item else { return item };
        let resource = &self.kind.resource;
        let mut whole = serde_json::Map::new();
        whole.insert("apiVersion".to_owned(), Value::from(resource.api_version.clone()));
        whole.insert("kind".to_owned(), Value::from(resource.kind.clone()));
        whole.extend(fields.into_iter().filter(|(name, _)| name != "apiVersion" && name != "kind"));
        Value::Object(whole)
    }

    /// A watch from a state of the collection, as tables or as objects.
    pub(super) fn watch(&self, version: &str, as_table: bool) -> kube::Result<http::Request<Vec<u8>>> {
        let mut params = WatchParams { label_selector: self.selector.clone(), ..WatchParams::default() };
        params.bookmarks = false;
        if let Some(name) = &self.name {
            params.field_selector = Some(format!("metadata.name={name}"));
        }
        let mut request =
            Builder::new(self.path.clone()).watch(&params, version).map_err(kube::Error::BuildRequest)?;
        if as_table {
            request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static(table::ACCEPT));
        }
        Ok(request)
    }
}
