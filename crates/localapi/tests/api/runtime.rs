//! kube-runtime, unmodified: a controller with a finalizer, the recorder, the reflector.

use std::{sync::Arc, time::Duration};

use crds::v1alpha1::{Tenant, TenantStatus, status};
use futures::StreamExt;
use k8s_openapi::{
    api::{coordination::v1::Lease, core::v1::Event as CoreEvent, events::v1::Event},
    apimachinery::pkg::apis::meta::v1::MicroTime,
    jiff::Timestamp,
};
use kube::{
    Api, Client, Resource, ResourceExt,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams},
    runtime::{
        Controller,
        controller::Action,
        events::{Event as NewEvent, EventType, Recorder},
        finalizer::{self, Event as Step, finalizer},
        reflector,
        wait::{await_condition, conditions},
        watcher,
    },
};
use serde_json::json;
use tokio_util::task::AbortOnDropHandle;

use crate::{Fixture, soon, tenant};

async fn reconcile(
    tenant: Arc<Tenant>,
    client: Arc<Client>,
) -> Result<Action, finalizer::Error<kube::Error>> {
    let api: Api<Tenant> = Api::default_namespaced((*client).clone());
    finalizer(&api, "sagemcp.io/tenant", tenant, |step| async {
        if let Step::Apply(tenant) = step {
            let verdict = status::Verdict {
                type_: status::READY,
                state: status::State::True,
                reason: "Reconciled".into(),
                message: String::new(),
            };
            let old = tenant.status.as_ref().map(|it| it.conditions.clone()).unwrap_or_default();
            let generation = tenant.meta().generation;
            let new = TenantStatus {
                observed_generation: generation,
                conditions: status::merge(&old, &[verdict], generation, Timestamp::now()),
                slug: Some(tenant.slug().to_owned()),
                ..TenantStatus::default()
            };
            let body = json!({
                "apiVersion": Tenant::api_version(&()), "kind": Tenant::kind(&()), "status": new});
            let params = PatchParams::apply("operator").force();
            api.patch_status(&tenant.name_any(), &params, &Patch::Apply(&body)).await?;
        }
        Ok(Action::await_change())
    })
    .await
}

fn is_ready(tenant: Option<&Tenant>) -> bool {
    let conditions = tenant.and_then(|it| it.status.as_ref()).map(|it| it.conditions.as_slice());
    conditions.is_some_and(|it| status::holds(it, status::READY))
}

#[tokio::test]
async fn a_controller_reconciles_settles_and_cleans_up() {
    let fixture = Fixture::new().await;
    let controller = Controller::new(Api::<Tenant>::all(fixture.client()), watcher::Config::default())
        .run(reconcile, |_, _, _| Action::requeue(Duration::from_secs(1)), Arc::new(fixture.client()))
        .for_each(|_| std::future::ready(()));
    let _controller = AbortOnDropHandle::new(tokio::spawn(controller));
    let tenants = fixture.tenants();
    tenants.create(&PostParams::default(), &tenant("acme")).await.unwrap();
    soon("ready", await_condition(tenants.clone(), "acme", is_ready)).await.unwrap();
    let settled = tenants.get("acme").await.unwrap();
    assert_eq!(settled.finalizers(), ["sagemcp.io/tenant"]);
    // Another object goes through; the first one is not written again meanwhile.
    tenants.create(&PostParams::default(), &tenant("other")).await.unwrap();
    soon("ready", await_condition(tenants.clone(), "other", is_ready)).await.unwrap();
    assert_eq!(tenants.get("acme").await.unwrap().resource_version(), settled.resource_version());
    tenants.delete("acme", &DeleteParams::default()).await.unwrap();
    let uid = settled.uid().unwrap();
    soon("gone", await_condition(tenants.clone(), "acme", conditions::is_deleted(&uid))).await.unwrap();
}

#[tokio::test]
async fn reflectors_follow_by_list_and_by_stream() {
    for config in [watcher::Config::default().page_size(2), watcher::Config::default().streaming_lists()] {
        let fixture = Fixture::new().await;
        let tenants = fixture.tenants();
        for name in ["a", "b", "c"] {
            tenants.create(&PostParams::default(), &tenant(name)).await.unwrap();
        }
        let (store, writer) = reflector::store();
        let stream = reflector(writer, watcher(tenants.clone(), config));
        let _task = AbortOnDropHandle::new(tokio::spawn(stream.for_each(|_| std::future::ready(()))));
        soon("ready", store.wait_until_ready()).await.unwrap();
        assert_eq!(store.state().len(), 3);
        tenants.delete("b", &DeleteParams::default()).await.unwrap();
        soon("b gone", async {
            while store.state().len() != 2 {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}

#[tokio::test]
async fn recorded_events_are_one_object_in_both_groups() {
    let fixture = Fixture::new().await;
    let about = fixture.tenants().create(&PostParams::default(), &tenant("acme")).await.unwrap();
    let recorder = Recorder::new(fixture.client(), "sagemcp-operator".into());
    let event = NewEvent {
        type_: EventType::Normal,
        reason: "Programmed".to_owned(),
        note: Some("rows written".to_owned()),
        action: "Program".to_owned(),
        secondary: None,
    };
    for _ in 0..2 {
        recorder.publish(&event, &about.object_ref(&())).await.unwrap();
    }
    let events: Api<Event> = Api::default_namespaced(fixture.client());
    let new = events.list(&ListParams::default()).await.unwrap();
    assert_eq!(new.items.len(), 1);
    assert_eq!(new.items[0].note.as_deref(), Some("rows written"));
    assert_eq!(new.items[0].series.as_ref().map(|it| it.count), Some(2));
    let core: Api<CoreEvent> = Api::default_namespaced(fixture.client());
    let about = format!("involvedObject.name=acme,involvedObject.uid={}", about.uid().unwrap());
    let old = core.list(&ListParams::default().fields(&about)).await.unwrap();
    assert_eq!(old.items[0].message.as_deref(), Some("rows written"));
    assert_eq!(old.items[0].involved_object.kind.as_deref(), Some("Tenant"));
    let none = core.list(&ListParams::default().fields("involvedObject.name=other")).await.unwrap();
    assert!(none.items.is_empty());
}

#[tokio::test]
async fn a_lease_is_taken_by_one_of_two() {
    let fixture = Fixture::new().await;
    let leases: Api<Lease> = Api::default_namespaced(fixture.client());
    let lease = |holder: &str| {
        json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "spec": {
            "holderIdentity": holder, "leaseDurationSeconds": 15, "renewTime": MicroTime(Timestamp::now())}})
    };
    let apply = async |holder: &str| {
        leases.patch("leader", &PatchParams::apply(holder), &Patch::Apply(lease(holder))).await
    };
    apply("one").await.unwrap();
    apply("one").await.unwrap();
    let refused = crate::refusal(apply("two").await);
    assert_eq!((refused.code, refused.reason.as_str()), (409, "Conflict"));
    let held = leases.get("leader").await.unwrap();
    assert_eq!(held.spec.unwrap().holder_identity.as_deref(), Some("one"));
    // Taking it over by compare-and-swap works for one.
    let mut swap = leases.get("leader").await.unwrap();
    swap.spec.as_mut().unwrap().holder_identity = Some("two".to_owned());
    leases.replace("leader", &PostParams::default(), &swap).await.unwrap();
    let late = crate::refusal(leases.replace("leader", &PostParams::default(), &swap).await);
    assert_eq!(late.code, 409);
}
