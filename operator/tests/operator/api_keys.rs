//! API keys.

use std::time::Duration;

use crds::v1alpha1::{ApiKey, Tenant};
use domain::principal::Scope;
use k8s_openapi::api::core::v1::Secret;
use kube::{
    Api, ResourceExt,
    api::{Patch, PatchParams},
};
use operator::{BootstrapKey, Endpoints};
use secrecy::ExposeSecret;
use secrets::api_key::{HmacVerdict, bcrypt_verify, mint, parse};
use serde_json::json;
use store::model::ApiKeyRow;

use crate::world::{SYSTEM, World, condition, eventually, is_programmed, until};

const USER: &str = "tenantRef: {name: acme}, scope: tenant_user";

fn entry(secret: &Secret, name: &str) -> String {
    String::from_utf8(secret.data.as_ref().unwrap()[name].0.clone()).unwrap()
}

async fn rows(world: &World) -> Vec<ApiKeyRow> {
    world.store.snapshot(&world.options.origin).await.unwrap().keys
}

async fn with_tenant(endpoints: Endpoints) -> World {
    let world = World::start_with(|options| options.endpoints = endpoints).await;
    world.put("Tenant", "acme", "{}").await;
    world.programmed::<Tenant>("acme").await;
    world
}

/// Makes the operator look at a key again, as the clock of the test moves without it noticing.
async fn touch(world: &World, secret: &str) {
    let patch = json!({"metadata": {"annotations": {"test": world.now_ms().to_string()}}});
    world.team::<Secret>().patch(secret, &PatchParams::default(), &Patch::Merge(&patch)).await.unwrap();
}

#[tokio::test]
async fn a_key_is_minted_into_a_secret_of_its_own_and_verifies() {
    let world = with_tenant(Endpoints::new(Some("https://mcp.example.com".parse().unwrap()), None)).await;
    world.put("ApiKey", "agent", &format!("{{{USER}, connectors: [github], readOnly: true}}")).await;
    let key: ApiKey = world.programmed("agent").await;
    let secret = world.secret("agent").await;
    assert_eq!(entry(&secret, "endpoint"), "https://mcp.example.com/api/v1/acme/mcp");
    assert_eq!(secret.owner_references()[0].uid, key.uid().unwrap());
    assert_eq!(secret.labels()["sagemcp.io/use"], "api-key");
    let text = entry(&secret, "apiKey");
    let parts = parse(&text).unwrap();
    assert_eq!(entry(&secret, "keyId"), parts.id);
    assert_eq!(key.status.unwrap().key_id.as_deref(), Some(parts.id));

    let row = rows(&world).await.remove(0);
    assert_eq!((row.scope, row.subject.as_str(), row.read_only), (Scope::TenantUser, "agent", true));
    assert_eq!(row.connectors, ["github"]);
    assert_eq!(world.ring.check_api_key(&parts, &row.material.hmac), HmacVerdict::Match);
    assert!(bcrypt_verify(&parts, &row.material.bcrypt));
    let shown = format!("{:?}", world.events("agent").await);
    assert!(!shown.contains(parts.secret), "{shown}");
}

#[tokio::test]
async fn a_deleted_key_is_gone_at_once() {
    let world = with_tenant(Endpoints::default()).await;
    world.put("ApiKey", "agent", &format!("{{{USER}}}")).await;
    world.programmed::<ApiKey>("agent").await;
    world.delete::<ApiKey>("agent").await;
    eventually(|| async { rows(&world).await.is_empty().then_some(()) }).await;
}

#[tokio::test]
async fn a_minted_secret_deleted_by_hand_is_replaced_and_the_old_key_revoked() {
    let world = with_tenant(Endpoints::default()).await;
    world.put("ApiKey", "agent", &format!("{{{USER}, rotation: {{every: 30d}}}}")).await;
    let key: ApiKey = world.programmed("agent").await;
    let old = key.status.unwrap().key_id.unwrap();
    world.delete::<Secret>("agent").await;
    world.until::<ApiKey>("agent", |it| it.status.as_ref().unwrap().key_id.as_ref() != Some(&old)).await;
    let secret = world.secret("agent").await;
    let left = rows(&world).await;
    assert_eq!(left.len(), 1, "the old key works no longer");
    assert_eq!(left[0].material.key_id.as_str(), entry(&secret, "keyId"));
}

#[tokio::test]
async fn a_rotation_mints_a_key_and_lets_the_old_one_work_through_the_overlap() {
    let world = with_tenant(Endpoints::default()).await;
    world.put("ApiKey", "agent", &format!("{{{USER}, rotation: {{every: 30d, overlap: 1d}}}}")).await;
    let key: ApiKey = world.programmed("agent").await;
    let status = key.status.unwrap();
    let day = Duration::from_secs(86_400);
    let due = status.next_rotation.unwrap().0.as_millisecond() - world.now_ms();
    assert!((29 * 86_400_000..=30 * 86_400_000).contains(&due), "{due}");
    let (old, bcrypt) = (status.key_id.unwrap(), rows(&world).await[0].material.bcrypt.clone());

    world.pass_time(30 * day);
    touch(&world, "agent").await;
    world.until::<ApiKey>("agent", |it| it.status.as_ref().unwrap().key_id.as_ref() != Some(&old)).await;
    let both = rows(&world).await;
    assert_eq!(both.len(), 2);
    let previous = both.iter().find(|row| row.material.key_id.as_str() == old).unwrap();
    assert_eq!(previous.material.bcrypt, bcrypt);
    let end = previous.material.expires_at_ms.unwrap() - world.now_ms();
    assert!((80_000_000..=86_400_000).contains(&end), "{end}");
    let secret = world.secret("agent").await;
    assert!(!serde_json::to_string(&secret.metadata).unwrap().contains("smcp_"));

    world.pass_time(day);
    touch(&world, "agent").await;
    eventually(|| async { (rows(&world).await.len() == 1).then_some(()) }).await;
    assert_eq!(rows(&world).await[0].material.key_id.as_str(), entry(&secret, "keyId"));
}

#[tokio::test]
async fn a_key_in_a_labelled_secret_is_adopted_and_the_secret_never_written() {
    let world = with_tenant(Endpoints::default()).await;
    let minted = mint(Scope::TenantUser);
    let put = |text: String| async move { format!("{{apiKey: {text}}}") };
    let entries = put(minted.text.expose_secret().to_owned()).await;
    world.put_secret("mine", "{}", &entries).await;
    world.put("ApiKey", "agent", &format!("{{{USER}, secretName: mine}}")).await;
    let message = world.reason::<ApiKey>("agent", "ReferencesResolved", "False", "SecretNotLabelled").await;
    assert!(
        message.ends_with("kubectl label secret --namespace team-a mine sagemcp.io/use=api-key"),
        "{message}"
    );
    world.put_secret("mine", "{sagemcp.io/use: api-key}", &entries).await;
    let version = world.secret("mine").await.resource_version();
    world.programmed::<ApiKey>("agent").await;
    assert_eq!(rows(&world).await[0].material.key_id, minted.id);
    assert_eq!(world.secret("mine").await.resource_version(), version);

    let next = mint(Scope::TenantUser);
    let entries = put(next.text.expose_secret().to_owned()).await;
    world.put_secret("mine", "{sagemcp.io/use: api-key}", &entries).await;
    eventually(|| async { (rows(&world).await[0].material.key_id == next.id).then_some(()) }).await;
    assert_eq!(rows(&world).await.len(), 1, "a key taken out of its Secret works no longer");
}

#[tokio::test]
async fn a_secret_without_a_key_is_not_overwritten() {
    let world = with_tenant(Endpoints::default()).await;
    world.put_secret("agent", "{sagemcp.io/use: api-key}", "{password: precious}").await;
    let version = world.secret("agent").await.resource_version();
    world.put("ApiKey", "agent", &format!("{{{USER}}}")).await;
    world.reason::<ApiKey>("agent", "ReferencesResolved", "False", "SecretWithoutKey").await;
    assert_eq!(world.secret("agent").await.resource_version(), version);
    assert!(rows(&world).await.is_empty());
}

#[tokio::test]
async fn one_key_cannot_serve_two_objects() {
    let world = with_tenant(Endpoints::default()).await;
    let minted = mint(Scope::TenantUser);
    world
        .put_secret(
            "shared",
            "{sagemcp.io/use: api-key}",
            &format!("{{apiKey: {}}}", minted.text.expose_secret()),
        )
        .await;
    world.put("ApiKey", "first", &format!("{{{USER}, secretName: shared}}")).await;
    world.programmed::<ApiKey>("first").await;
    world.put("ApiKey", "second", &format!("{{{USER}, secretName: shared}}")).await;
    let message = world.reason::<ApiKey>("second", "Accepted", "False", "KeyIdTaken").await;
    assert!(message.contains("ApiKey first"), "{message}");
}

#[tokio::test]
async fn the_platforms_keys_come_from_the_operators_namespace_only() {
    let world = World::start().await;
    world.put("ApiKey", "root", "{scope: platform_admin}").await;
    let message = world.reason::<ApiKey>("root", "Accepted", "False", "ForbiddenNamespace").await;
    assert!(message.contains("\"sagemcp\""), "{message}");
    assert!(world.team::<Secret>().get_opt("root").await.unwrap().is_none());
    world
        .apply("{apiVersion: sagemcp.io/v1alpha1, kind: ApiKey, metadata: {name: root, namespace: sagemcp}, spec: {scope: platform_admin}}")
        .await;
    eventually(|| async { rows(&world).await.pop().filter(|row| row.tenant_id.is_none()) }).await;
}

#[tokio::test]
async fn a_key_past_its_end_is_shown_as_expired() {
    let world = with_tenant(Endpoints::default()).await;
    world.put("ApiKey", "agent", &format!("{{{USER}, ttl: 1h}}")).await;
    let key: ApiKey = world.programmed("agent").await;
    assert!(condition(&key, "Ready").unwrap().reason != "Expired");
    let end = rows(&world).await[0].material.expires_at_ms.unwrap() - world.now_ms();
    assert!((3_500_000..=3_600_000).contains(&end), "{end}");
    world.pass_time(Duration::from_secs(3_601));
    touch(&world, "agent").await;
    world.reason::<ApiKey>("agent", "Ready", "False", "Expired").await;
}

#[tokio::test]
async fn an_object_that_came_too_late_gets_no_key_and_is_left_in_peace() {
    let mut world = with_tenant(Endpoints::default()).await;
    world.put("ApiKey", "late", &format!("{{{USER}, expiresAt: '2020-01-01T00:00:00Z'}}")).await;
    world.reason::<ApiKey>("late", "Ready", "False", "Expired").await;
    assert!(world.team::<Secret>().get_opt("late").await.unwrap().is_none());
    let version = world.team::<ApiKey>().get("late").await.unwrap().resource_version();
    // Other changes move the newest revision, which is none of its business.
    world.put("Tenant", "acme", "{displayName: Changed}").await;
    world.programmed::<Tenant>("acme").await;
    world.settled().await;
    world.stop_operator().await;
    world.start_operator().await;
    world.settled().await;
    assert_eq!(world.team::<ApiKey>().get("late").await.unwrap().resource_version(), version);
}

#[tokio::test]
async fn a_key_of_a_contested_tenant_tells_nobody_elses_endpoint() {
    let world = with_tenant(Endpoints::new(Some("https://mcp.example.com".parse().unwrap()), None)).await;
    world.put("Tenant", "rival", "{slug: acme}").await;
    world.reason::<Tenant>("rival", "Accepted", "False", "SlugTaken").await;
    world.put("ApiKey", "agent", "{tenantRef: {name: rival}, scope: tenant_user}").await;
    world.reason::<ApiKey>("agent", "ReferencesResolved", "False", "TenantNotReady").await;
    assert!(world.team::<Secret>().get_opt("agent").await.unwrap().is_none(), "no key was minted");
    world.delete::<Tenant>("acme").await;
    world.programmed::<ApiKey>("agent").await;
    assert_eq!(entry(&world.secret("agent").await, "endpoint"), "https://mcp.example.com/api/v1/acme/mcp");
}

#[tokio::test]
async fn a_key_given_as_a_setting_is_adopted_and_stays_over_restarts() {
    let key = mint(Scope::PlatformAdmin);
    let given = BootstrapKey::parse(&key.text);
    let mut world = World::start_with(|options| options.bootstrap_admin = given).await;
    let keys: Api<ApiKey> = Api::namespaced(world.client.clone(), SYSTEM);
    until(&keys, "bootstrap-admin", is_programmed).await;
    let row = rows(&world).await.remove(0);
    assert_eq!((row.scope, &row.material.key_id), (Scope::PlatformAdmin, &key.id));
    let secrets: Api<Secret> = Api::namespaced(world.client.clone(), SYSTEM);
    let before = secrets.get("bootstrap-admin").await.unwrap();
    assert_eq!(entry(&before, "apiKey"), key.text.expose_secret());
    world.stop_operator().await;
    world.start_operator().await;
    world.settled().await;
    let after = secrets.get("bootstrap-admin").await.unwrap();
    assert_eq!(after.resource_version(), before.resource_version());
    assert_eq!(rows(&world).await.len(), 1);
}
