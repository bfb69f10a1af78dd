//! A vendor's API on loopback: answers by path, and remembers how it was asked.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use tokio::{net::TcpListener, task::JoinHandle};

/// Path and query, and the value of `Authorization`.
type Asked = (String, Option<String>);

#[derive(Default)]
struct Shared {
    answers: Mutex<HashMap<String, String>>,
    asked: Mutex<Vec<Asked>>,
}

/// A vendor. Its task ends with it.
pub(crate) struct Vendor {
    pub(crate) url: String,
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

impl Drop for Vendor {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Vendor {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared::default());
        let router = Router::new().fallback(answer).with_state(shared.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, shared, serving }
    }

    pub(crate) fn answer(&self, path: &str, json: &str) {
        self.shared.answers.lock().unwrap().insert(path.to_owned(), json.to_owned());
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().unwrap().clone()
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let whole = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
    let key =
        request.headers().get("authorization").and_then(|value| value.to_str().ok()).map(ToOwned::to_owned);
    shared.asked.lock().unwrap().push((whole, key));
    match shared.answers.lock().unwrap().get(&path) {
        Some(json) => ([("content-type", "application/json")], json.clone()).into_response(),
        None => (StatusCode::NOT_FOUND, [("content-type", "application/json")], r#"{"message":"Not Found"}"#)
            .into_response(),
    }
}
