//! Faults, and that kube-runtime gets over them.

use std::sync::Arc;

use futures::{Stream, StreamExt};
use http::StatusCode;
use kube::{
    Api, ResourceExt,
    api::PostParams,
    runtime::{WatchStreamExt, watcher},
};
use localapi::faults::Faults;

use crate::{Fixture, soon, tenant};

use crds::v1alpha1::Tenant;

/// A watcher that retries, as the controllers' are.
fn watch(api: Api<Tenant>) -> impl Stream<Item = watcher::Result<watcher::Event<Tenant>>> + Unpin {
    Box::pin(watcher(api, watcher::Config::default()).default_backoff())
}

/// Waits until an object is told, and counts the listings before it.
async fn until_told(
    events: &mut (impl Stream<Item = watcher::Result<watcher::Event<Tenant>>> + Unpin),
    name: &str,
) -> usize {
    let mut listings = 0;
    soon(name, async {
        loop {
            match events.next().await.expect("watchers do not end") {
                Ok(watcher::Event::Apply(it) | watcher::Event::InitApply(it)) if it.name_any() == name => {
                    return listings;
                }
                Ok(watcher::Event::Init) => listings += 1,
                _ => {}
            }
        }
    })
    .await
}

#[tokio::test]
async fn a_dropped_watch_goes_on_where_it_was() {
    let fixture = Fixture::new().await;
    let faults = Faults::default();
    let tenants: Api<Tenant> = Api::default_namespaced(faults.client(&fixture.api));
    tenants.create(&PostParams::default(), &tenant("a")).await.unwrap();
    let mut events = watch(tenants.clone());
    assert_eq!(until_told(&mut events, "a").await, 1);
    // The watch is open once it tells something new.
    tenants.create(&PostParams::default(), &tenant("b")).await.unwrap();
    assert_eq!(until_told(&mut events, "b").await, 0);
    faults.drop_watches();
    tenants.create(&PostParams::default(), &tenant("c")).await.unwrap();
    assert_eq!(until_told(&mut events, "c").await, 0, "no new listing");
}

#[tokio::test]
async fn an_expired_watch_lists_again() {
    let fixture = Fixture::new().await;
    let faults = Faults::default();
    let tenants: Api<Tenant> = Api::default_namespaced(faults.client(&fixture.api));
    tenants.create(&PostParams::default(), &tenant("a")).await.unwrap();
    let mut events = watch(tenants.clone());
    assert_eq!(until_told(&mut events, "a").await, 1);
    faults.expire_watches(1);
    assert_eq!(until_told(&mut events, "a").await, 1, "told again after a new listing");
}

#[tokio::test]
async fn a_client_waits_out_a_busy_server() {
    let fixture = Fixture::new().await;
    let faults = Faults::default();
    let tenants: Api<Tenant> = Api::default_namespaced(faults.client(&fixture.api));
    faults.refuse(1, StatusCode::INTERNAL_SERVER_ERROR, None);
    let refused = crate::refusal(tenants.get("a").await);
    assert_eq!(refused.code, 500);
    faults.refuse(1, StatusCode::TOO_MANY_REQUESTS, Some(7));
    let request = http::Request::get("/version").body(kube::client::Body::empty()).unwrap();
    let response = faults.client(&fixture.api).send(request).await.unwrap();
    assert_eq!(response.status(), 429);
    assert_eq!(response.headers()["retry-after"], "7");
    let refused = crate::refusal(tenants.get("a").await);
    assert_eq!(refused.code, 404, "and then all is well");
}

#[tokio::test]
async fn a_held_request_waits_until_it_is_released() {
    let fixture = Fixture::new().await;
    let faults = Faults::default();
    let tenants: Arc<Api<Tenant>> = Arc::new(Api::default_namespaced(faults.client(&fixture.api)));
    let mut hold = faults.hold(|seen| seen.method == http::Method::POST && seen.path.ends_with("/tenants"));
    let theirs = Arc::clone(&tenants);
    let creating = tokio::spawn(async move { theirs.create(&PostParams::default(), &tenant("a")).await });
    soon("the request", hold.arrived()).await;
    assert_eq!(crate::refusal(tenants.get("a").await).code, 404, "others pass; this one has not been made");
    hold.release();
    soon("the answer", creating).await.unwrap().unwrap();
    tenants.get("a").await.unwrap();
}
