//! What is taken away stops at once: keys, tenants, connectors, and streams that are open.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use domain::{config::TenantConfig, ids::TenantId, principal::Scope};
use gateway::clock::Clock;
use reqwest::{Response, StatusCode};
use secrecy::ExposeSecret;
use secrets::api_key;
use serde_json::json;
use store::model::Kind;

use crate::support::{Client, Harness, eventually, hosted};

const PATH: &str = "/api/v1/acme/connectors/h/mcp";

async fn prepare(harness: &mut Harness) -> (TenantId, Client) {
    let tenant = harness.tenant("acme").await;
    harness.connector(&tenant, "h", hosted()).await;
    let script = harness.doubles.script("h");
    script.tools(&["slow"]);
    script.answer("tools/call", r#"{"content":[]}"#);
    let progress = r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{}}"#;
    script.notifications.lock().unwrap().push(progress.to_owned());
    script.hold();
    let key = harness.key("alice", &tenant).await;
    let client = harness.client(PATH, &key);
    (tenant, client)
}

async fn status(client: &Client) -> StatusCode {
    client.legacy("ping", json!({})).await.0
}

async fn open_stream(client: &Client) -> Response {
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "slow"}});
    let response = client.send(body.to_string()).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    response
}

/// The rest of a stream, which must end by itself and without a response.
async fn cut(response: Response) {
    let text = tokio::time::timeout(Duration::from_secs(5), response.text()).await.unwrap().unwrap();
    assert!(!text.contains("\"id\":1"), "{text}");
}

#[tokio::test]
async fn a_deleted_key_is_refused_and_its_streams_are_cut() {
    let mut harness = Harness::start().await;
    let (tenant, client) = prepare(&mut harness).await;
    let other = harness.key("bob", &tenant).await;
    let stream = open_stream(&client).await;
    let kept = open_stream(&harness.client(PATH, &other)).await;
    harness.remove(Kind::ApiKey, "alice").await;
    assert_eq!(status(&client).await, StatusCode::UNAUTHORIZED);
    cut(stream).await;
    harness.doubles.script("h").release.notify_one();
    assert!(kept.text().await.unwrap().contains("\"id\":1"), "others' streams go on");
}

#[tokio::test]
async fn a_key_that_stands_for_somebody_else_now_continues_nothing() {
    let mut harness = Harness::start().await;
    let (tenant, _) = prepare(&mut harness).await;
    let minted = api_key::mint(Scope::TenantUser);
    let material = harness.material(&minted.text);
    harness.write_key("k", Some(&tenant), Scope::TenantUser, vec![material.clone()], |_| {}).await;
    let client = harness.client(PATH, minted.text.expose_secret());
    let stream = open_stream(&client).await;
    harness
        .write_key("k", Some(&tenant), Scope::TenantUser, vec![material], |key| {
            key.subject = "somebody-else".to_owned();
        })
        .await;
    cut(stream).await;
    assert_eq!(status(&client).await, StatusCode::OK);
}

#[tokio::test]
async fn a_suspended_tenant_is_refused_and_comes_back() {
    let mut harness = Harness::start().await;
    let (_, client) = prepare(&mut harness).await;
    let stream = open_stream(&client).await;
    harness.tenant_with("acme", TenantConfig { suspended: true, ..TenantConfig::default() }).await;
    assert_eq!(status(&client).await, StatusCode::FORBIDDEN);
    cut(stream).await;
    harness.tenant("acme").await;
    assert_eq!(status(&client).await, StatusCode::OK);
}

#[tokio::test]
async fn a_disabled_connector_is_gone_and_a_deleted_tenant_loses_its_keys() {
    let mut harness = Harness::start().await;
    let (tenant, client) = prepare(&mut harness).await;
    let stream = open_stream(&client).await;
    let mut disabled = hosted();
    disabled.enabled = false;
    harness.connector(&tenant, "h", disabled).await;
    assert_eq!(status(&client).await, StatusCode::NOT_FOUND);
    cut(stream).await;
    let script = harness.doubles.script("h");
    eventually("its server is let go", || async { script.shut_down.load(Ordering::SeqCst) >= 1 }).await;
    harness.remove(Kind::Tenant, "acme").await;
    assert_eq!(status(&client).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn both_keys_of_a_rotation_work_until_the_old_one_goes() {
    let mut harness = Harness::start().await;
    let (tenant, _) = prepare(&mut harness).await;
    let (old, new) = (api_key::mint(Scope::TenantUser), api_key::mint(Scope::TenantUser));
    let (old_material, new_material) = (harness.material(&old.text), harness.material(&new.text));
    let [old, new] = [&old, &new].map(|key| harness.client(PATH, key.text.expose_secret()));
    harness.write_key("r", Some(&tenant), Scope::TenantUser, vec![old_material.clone()], |_| {}).await;
    assert_eq!((status(&old).await, status(&new).await), (StatusCode::OK, StatusCode::UNAUTHORIZED));
    harness
        .write_key("r", Some(&tenant), Scope::TenantUser, vec![new_material.clone(), old_material], |_| {})
        .await;
    assert_eq!((status(&old).await, status(&new).await), (StatusCode::OK, StatusCode::OK));
    harness.write_key("r", Some(&tenant), Scope::TenantUser, vec![new_material], |_| {}).await;
    assert_eq!((status(&old).await, status(&new).await), (StatusCode::UNAUTHORIZED, StatusCode::OK));
}

#[tokio::test]
async fn a_key_whose_hmac_key_is_gone_is_verified_by_bcrypt() {
    let mut harness = Harness::start().await;
    let (tenant, _) = prepare(&mut harness).await;
    let minted = api_key::mint(Scope::TenantUser);
    let mut material = harness.material(&minted.text);
    material.hmac = material.hmac.replace("v1.k1.", "v1.retired.");
    harness.write_key("b", Some(&tenant), Scope::TenantUser, vec![material], |_| {}).await;
    let client = harness.client(PATH, minted.text.expose_secret());
    assert_eq!(status(&client).await, StatusCode::OK);
    assert_eq!(status(&client).await, StatusCode::OK);
}

/// A clock that a test moves.
fn movable() -> (Arc<AtomicI64>, Clock) {
    let offset = Arc::new(AtomicI64::new(0));
    let (shown, system) = (offset.clone(), Clock::system());
    (offset, Clock::from_fn(move || system.now_ms() + shown.load(Ordering::SeqCst)))
}

#[tokio::test]
async fn an_expired_key_is_refused_by_the_gateways_own_clock() {
    let (offset, clock) = movable();
    let mut harness =
        Harness::with(|options| options.max_staleness = Duration::from_secs(1_000_000), clock).await;
    let (tenant, _) = prepare(&mut harness).await;
    let minted = api_key::mint(Scope::TenantUser);
    let mut material = harness.material(&minted.text);
    material.expires_at_ms = Some(Clock::system().now_ms() + 3_600_000);
    harness.write_key("e", Some(&tenant), Scope::TenantUser, vec![material], |_| {}).await;
    let client = harness.client(PATH, minted.text.expose_secret());
    assert_eq!(status(&client).await, StatusCode::OK);
    offset.store(3_600_001, Ordering::SeqCst);
    let (status, body) = client.legacy("ping", json!({})).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(body["error"]["message"], "the API key has expired");
}

#[tokio::test]
async fn configuration_that_is_too_old_is_not_served() {
    let start = Clock::system().now_ms();
    let readings = AtomicI64::new(0);
    // More than the limit passes between any two looks at this clock, so whatever is confirmed is old when asked for.
    let clock = Clock::from_fn(move || start + 61_000 * readings.fetch_add(1, Ordering::SeqCst));
    let mut harness = Harness::with(|options| options.max_staleness = Duration::from_secs(60), clock).await;
    let (_, client) = prepare(&mut harness).await;
    let response = client.send(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(response.headers().contains_key("retry-after"));
    let ready = format!("http://{}/readyz", harness.bound.health.unwrap());
    assert_eq!(harness.http.get(ready).send().await.unwrap().status(), StatusCode::SERVICE_UNAVAILABLE);
}
