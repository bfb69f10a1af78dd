//! The least that a reverse proxy can do: pass on what comes, both ways, over connections that it keeps.

use std::net::SocketAddr;

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, Uri, header, uri::PathAndQuery},
    response::{IntoResponse as _, Response},
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};

#[derive(Clone)]
struct Upstream {
    client: Client<HttpConnector, Body>,
    address: SocketAddr,
}

/// Everything goes to `address`.
pub(super) fn router(address: SocketAddr) -> Router {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client = Client::builder(TokioExecutor::new()).build(connector);
    Router::new().fallback(pass).with_state(Upstream { client, address })
}

async fn pass(State(upstream): State<Upstream>, mut request: Request) -> Response {
    let path = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
    let Ok(uri) = Uri::try_from(format!("http://{}{path}", upstream.address)) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let Ok(host) = HeaderValue::try_from(upstream.address.to_string()) else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    *request.uri_mut() = uri;
    request.headers_mut().insert(header::HOST, host);
    match upstream.client.request(request).await {
        Ok(reply) => reply.map(Body::new),
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}
