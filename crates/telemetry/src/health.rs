//! `/healthz`, `/readyz` and `/metrics`, on a listener of their own.

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
};
use prometheus_client::{encoding::text::encode, registry::Registry};

/// The media type of the metrics text.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Asks a program whether it can serve; the text says why not.
pub type ReadyCheck = Arc<dyn Fn() -> Result<(), String> + Send + Sync>;

/// What the endpoints need to know.
#[derive(Clone)]
pub struct Health {
    ready: ReadyCheck,
    registry: Option<Arc<Registry>>,
}

impl Health {
    /// Endpoints over a readiness check. Without a registry, `/metrics` answers 404.
    #[must_use]
    pub fn new(ready: ReadyCheck, registry: Option<Arc<Registry>>) -> Self {
        Self { ready, registry }
    }

    /// The three routes.
    pub fn router(self) -> Router {
        Router::new()
            .route("/healthz", get(|| async { "ok\n" }))
            .route("/readyz", get(readyz))
            .route("/metrics", get(metrics))
            .with_state(self)
    }
}

async fn readyz(State(health): State<Health>) -> Response {
    match (health.ready)() {
        Ok(()) => "ok\n".into_response(),
        Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")).into_response(),
    }
}

async fn metrics(State(health): State<Health>) -> Response {
    let Some(registry) = &health.registry else { return StatusCode::NOT_FOUND.into_response() };
    let mut text = String::new();
    match encode(&mut text, registry) {
        Ok(()) => ([(CONTENT_TYPE, OPENMETRICS)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "cannot encode metrics");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::Request};
    use prometheus_client::metrics::counter::Counter;
    use tower::ServiceExt;

    use super::*;

    async fn status(health: &Health, path: &str) -> StatusCode {
        let request = Request::get(path).body(Body::empty()).unwrap();
        health.clone().router().oneshot(request).await.unwrap().status()
    }

    #[tokio::test]
    async fn readiness_follows_the_check_and_liveness_does_not() {
        let health = Health::new(Arc::new(|| Err("draining".to_owned())), None);
        assert_eq!(status(&health, "/healthz").await, StatusCode::OK);
        assert_eq!(status(&health, "/readyz").await, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(status(&health, "/metrics").await, StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn metrics_are_openmetrics_text() {
        let mut registry = Registry::default();
        let counter = Counter::<u64>::default();
        registry.register("things", "Things seen", counter.clone());
        counter.inc();
        let health = Health::new(Arc::new(|| Ok(())), Some(Arc::new(registry)));
        let request = Request::get("/metrics").body(Body::empty()).unwrap();
        let response = health.router().oneshot(request).await.unwrap();
        let body = axum::body::to_bytes(response.into_body(), 1 << 16).await.unwrap();
        assert!(String::from_utf8_lossy(&body).contains("things_total 1"));
    }
}
