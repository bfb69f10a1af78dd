//! The least that a JSON-RPC server over HTTP can do: read the request, write a result that is ready.

use std::{collections::HashMap, fs, path::Path, sync::Arc};

use anyhow::Context as _;
use axum::{
    Json, Router,
    extract::{Path as Route, State},
    http::StatusCode,
    routing::post,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

type Results = Arc<HashMap<String, Box<RawValue>>>;

#[derive(Deserialize)]
struct Request {
    id: Box<RawValue>,
    /// Read and not used, as everything of a request has to be read.
    #[serde(rename = "params")]
    _params: Box<RawValue>,
}

#[derive(Serialize)]
struct Response {
    jsonrpc: &'static str,
    id: Box<RawValue>,
    result: Box<RawValue>,
}

/// A route for each file `<name>.json` of a folder.
///
/// # Errors
/// If one cannot be read.
pub(super) fn router(folder: &Path) -> anyhow::Result<Router> {
    let mut results = HashMap::new();
    for entry in fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        results.insert(name, RawValue::from_string(fs::read_to_string(&path)?)?);
    }
    Ok(Router::new().route("/{name}", post(answer)).with_state(Arc::new(results)))
}

async fn answer(
    State(results): State<Results>,
    Route(name): Route<String>,
    Json(request): Json<Request>,
) -> Result<Json<Response>, StatusCode> {
    let result = results.get(&name).ok_or(StatusCode::NOT_FOUND)?.clone();
    Ok(Json(Response { jsonrpc: "2.0", id: request.id, result }))
}
