//! The front door: origin, authentication, the tenant's own word on the origin, limits and body, in that order, then MCP.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, State},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use governor::clock::Clock as _;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tracing::Instrument;

use super::{
    info,
    origin::{self, Forbidden, Source},
    reply::{refuse, refuse_for},
    route::{self, Route},
};
use crate::{
    access::{self, Access, Denied, EndpointName},
    app::App,
    mcp::{exchange, session::UnknownSession},
    metrics::RefusalLabels,
};

/// Largest request body, in bytes.
const MAX_BODY: usize = 4 * 1024 * 1024;
/// Longest wait for a body.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// The peer of a request that came over no connection.
const UNKNOWN_PEER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);
const REQUEST_ID: &str = "x-request-id";

/// The gateway's routes.
pub fn router(app: Arc<App>) -> Router {
    Router::new().fallback(entry).with_state(app)
}

async fn entry(State(app): State<Arc<App>>, request: Request<Body>) -> Response {
    let host = route::host(request.uri(), request.headers());
    match Route::of(host, request.uri().path(), app.settings.base_domain.as_deref()) {
        Route::Mcp(name) => guarded(app, name, request, Kind::Mcp).await,
        Route::Info(name) => guarded(app, name, request, Kind::Info).await,
        Route::Health => "ok\n".into_response(),
        Route::None => refuse(StatusCode::NOT_FOUND, "there is nothing at this URL"),
    }
}

enum Kind {
    Mcp,
    Info,
}

async fn guarded(app: Arc<App>, name: EndpointName, request: Request<Body>, kind: Kind) -> Response {
    let id = request_id(request.headers());
    let span = tracing::info_span!("request", request_id = id.as_deref(), tenant = clipped(&name.tenant));
    let host = route::host(request.uri(), request.headers()).map(ToOwned::to_owned);
    let from = match app.settings.origins.check(request.headers(), host.as_deref()) {
        Ok(from) => from,
        Err(forbidden) => return forbid(&app, forbidden),
    };
    let preflight = origin::is_preflight(request.method(), request.headers());
    let mut response = match &from {
        // A preflight carries no key, so that all are answered alike: what counts is the request that follows.
        Source::Allowed(_) | Source::Other(_) if preflight => {
            let mut response = StatusCode::NO_CONTENT.into_response();
            origin::allow_preflight(response.headers_mut(), request.headers());
            response
        }
        _ => serve(&app, &name, request, kind, &from).instrument(span).await,
    };
    match &from {
        Source::Allowed(origin) => origin::allow(response.headers_mut(), origin),
        Source::Other(origin) if preflight => origin::allow(response.headers_mut(), origin),
        Source::Other(_) | Source::NoPage => {}
    }
    if let Some(id) = id.and_then(|id| HeaderValue::try_from(id).ok()) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

fn forbid(app: &App, forbidden: Forbidden) -> Response {
    count(app, "origin");
    refuse(StatusCode::FORBIDDEN, forbidden.to_string())
}

async fn serve(
    app: &Arc<App>,
    name: &EndpointName,
    request: Request<Body>,
    kind: Kind,
    from: &Source,
) -> Response {
    if declared_length(request.headers()).is_some_and(|length| length > MAX_BODY) {
        return too_large();
    }
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map_or(UNKNOWN_PEER, |info| info.0);
    let address = app.settings.trusted_proxies.client(peer, request.headers());
    let access = match access::admit(app, name, bearer(request.headers()), address).await {
        Ok(access) => access,
        Err(denied) => {
            count(app, reason(denied));
            return match from {
                // Any other answer would tell whether there is a tenant that allows the page.
                Source::Other(_) => forbid(app, Forbidden::Origin),
                Source::NoPage | Source::Allowed(_) => denied.into_response(),
            };
        }
    };
    if let Source::Other(origin) = from {
        if !origin::tenant_allows(&access.tenant.config.allowed_origins, origin) {
            return forbid(app, Forbidden::Origin);
        }
        let mut response = answer(app, access, request, kind).await;
        origin::allow(response.headers_mut(), origin);
        return response;
    }
    answer(app, access, request, kind).await
}

async fn answer(app: &Arc<App>, access: Access, request: Request<Body>, kind: Kind) -> Response {
    let (parts, body) = request.into_parts();
    match (kind, parts.method) {
        (Kind::Mcp, Method::POST) => post(app, access, parts.headers, body).await,
        (Kind::Mcp, Method::DELETE) => end_session(app, &access, &parts.headers).await,
        (Kind::Mcp, _) => not_allowed("POST, DELETE"),
        (Kind::Info, Method::GET) => info::describe(app, &access),
        (Kind::Info, _) => not_allowed("GET"),
    }
}

async fn post(app: &Arc<App>, access: Access, headers: HeaderMap, body: Body) -> Response {
    if let Err(until) = access.tenant.bounds.limiter.check() {
        count(app, "rate");
        let wait = until.wait_time_from(governor::clock::DefaultClock::default().now());
        let secs = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        return refuse_for(secs, format!("rate limit of the tenant reached, try again in {} s", secs.max(1)));
    }
    if !is_json(&headers) {
        return refuse(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "send the message as Content-Type: application/json",
        );
    }
    match tokio::time::timeout(BODY_TIMEOUT, read(body)).await {
        Ok(Ok(bytes)) => exchange::post(app, access, headers, &bytes).await,
        Ok(Err(refusal)) => refusal,
        Err(_) => refuse(StatusCode::REQUEST_TIMEOUT, "the request's body did not come in time"),
    }
}

async fn read(body: Body) -> Result<Bytes, Response> {
    match Limited::new(body, MAX_BODY).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.downcast_ref::<LengthLimitError>().is_some() => Err(too_large()),
        Err(_) => Err(refuse(StatusCode::BAD_REQUEST, "the request's body did not come in full")),
    }
}

async fn end_session(app: &App, access: &Access, headers: &HeaderMap) -> Response {
    match app.sessions.of(headers, access, app.clock.now_ms()).await {
        Ok(Some(claims)) => {
            app.sessions.end(&claims).await;
            StatusCode::NO_CONTENT.into_response()
        }
        Ok(None) => not_allowed("POST"),
        Err(UnknownSession) => refuse(StatusCode::NOT_FOUND, UnknownSession.to_string()),
    }
}

fn not_allowed(allow: &'static str) -> Response {
    let mut response = refuse(StatusCode::METHOD_NOT_ALLOWED, format!("this URL takes {allow}"));
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
    response
}

fn too_large() -> Response {
    refuse(StatusCode::PAYLOAD_TOO_LARGE, "the request's body is larger than 4 MiB")
}

fn count(app: &App, reason: &'static str) {
    app.metrics.refusals.get_or_create(&RefusalLabels { reason }).inc();
}

fn reason(denied: Denied) -> &'static str {
    match denied {
        Denied::Unauthenticated(error) => error.reason(),
        Denied::Foreign => "foreign",
        Denied::Suspended => "suspended",
        Denied::NoConnector => "no_connector",
        Denied::Stale => "stale",
    }
}

/// The key in `Authorization: Bearer`.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let essence = value.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

fn declared_length(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The id that the client or a proxy gave the request, if it is fit for a log.
fn request_id(headers: &HeaderMap) -> Option<String> {
    let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let fit = |id: &&str| {
        (1..=64).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    Some(given.filter(fit).map_or_else(|| format!("{:016x}", rand::random::<u64>()), ToOwned::to_owned))
}

fn clipped(slug: &str) -> &str {
    slug.get(..domain::slug::MAX_LEN).unwrap_or(slug)
}
