//! An API, a store and an operator between them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use crds::v1alpha1::{ApiKey, Connector, ConnectorDefinition, Tenant, names::OPERATOR};
use domain::ids::{ObjectKey, Origin};
use k8s_openapi::{
    api::{core::v1::Secret, events::v1::Event},
    apimachinery::pkg::apis::meta::v1::Condition,
    jiff::Timestamp,
};
use kube::{
    Api, Client, Resource,
    api::{DeleteParams, DynamicObject, ListParams, Patch, PatchParams},
    core::NamespaceResourceScope,
    discovery::ApiResource,
};
use localapi::{LocalApi, faults::Faults};
use operator::{Clock, OperatorOptions, run_controllers};
use secrets::KeyRing;
use serde::de::DeserializeOwned;
use store::Store;
use tokio::{task::JoinHandle, time::Instant};
use tokio_util::sync::CancellationToken;

/// How long to wait for something that must happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// The namespace of the tests' team.
pub(crate) const TEAM: &str = "team-a";
/// The operator's own namespace.
pub(crate) const SYSTEM: &str = "sagemcp";

/// An API and a store, with or without an operator.
pub(crate) struct World {
    /// Faults of the API as the operator sees it.
    pub(crate) faults: Faults,
    api: LocalApi,
    pub(crate) client: Client,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) ring: KeyRing,
    pub(crate) options: OperatorOptions,
    offset_secs: Arc<AtomicI64>,
    running: Option<(CancellationToken, JoinHandle<Result<(), operator::Error>>)>,
    _folder: tempfile::TempDir,
}

impl World {
    /// Everything, with an operator at work.
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// The same with other options.
    pub(crate) async fn start_with(change: impl FnOnce(&mut OperatorOptions)) -> Self {
        let mut world = Self::without_operator().await;
        change(&mut world.options);
        world.start_operator().await;
        world
    }

    pub(crate) async fn without_operator() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let api = LocalApi::open(localapi::Options {
            manifests: None,
            state_dir: folder.path().join("state"),
            namespace: TEAM.to_owned(),
        })
        .await
        .unwrap();
        let url = format!("sqlite://{}", folder.path().join("store.db").display());
        let store = store::open(&url, store::Options::default()).await.unwrap();
        let offset_secs = Arc::new(AtomicI64::new(0));
        let mut options = OperatorOptions::new(Origin::new("test"), "operator-0", SYSTEM);
        options.allow_process_runtime = true;
        let offset = Arc::clone(&offset_secs);
        options.clock = Clock::new(move || {
            let now = Timestamp::now();
            Timestamp::from_second(now.as_second() + offset.load(Ordering::SeqCst)).unwrap()
        });
        let client = api.client();
        let ring = KeyRing::generate();
        Self {
            client,
            faults: Faults::default(),
            api,
            store,
            ring,
            options,
            offset_secs,
            running: None,
            _folder: folder,
        }
    }

    /// Starts an operator and waits until it works.
    pub(crate) async fn start_operator(&mut self) {
        let stop = CancellationToken::new();
        let (client, store) = (self.faults.client(&self.api), Arc::clone(&self.store));
        let run = run_controllers(client, store, self.ring.clone(), self.options.clone(), stop.clone());
        self.running = Some((stop, tokio::spawn(run)));
        let mut running = self.options.running.subscribe();
        tokio::time::timeout(PATIENCE, running.wait_for(|it| *it)).await.unwrap().unwrap();
    }

    /// Stops the operator in an orderly way.
    pub(crate) async fn stop_operator(&mut self) {
        let (stop, task) = self.running.take().unwrap();
        stop.cancel();
        tokio::time::timeout(PATIENCE, task).await.unwrap().unwrap().unwrap();
    }

    /// Cuts the operator off at whatever it is doing.
    pub(crate) async fn kill_operator(&mut self) {
        let (_, task) = self.running.take().unwrap();
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    }

    /// Waits until the operator ends by itself.
    pub(crate) async fn operator_ends(&mut self) -> operator::Error {
        let (_, task) = self.running.take().unwrap();
        tokio::time::timeout(PATIENCE, task).await.unwrap().unwrap().unwrap_err()
    }

    /// Moves the operator's clock on.
    pub(crate) fn pass_time(&self, time: Duration) {
        self.offset_secs.fetch_add(i64::try_from(time.as_secs()).unwrap(), Ordering::SeqCst);
    }

    /// Now, by the operator's clock.
    pub(crate) fn now_ms(&self) -> i64 {
        self.options.clock.now_ms()
    }

    /// The key of an object of the team.
    pub(crate) fn key(&self, name: &str) -> ObjectKey {
        ObjectKey { origin: self.options.origin.clone(), namespace: TEAM.to_owned(), name: name.to_owned() }
    }

    /// An API in the team's namespace.
    pub(crate) fn team<K>(&self) -> Api<K>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
    {
        Api::namespaced(self.client.clone(), TEAM)
    }

    /// Applies a manifest, as people do.
    pub(crate) async fn apply(&self, yaml: &str) {
        let object: DynamicObject =
            serde_saphyr::from_str(yaml).unwrap_or_else(|error| panic!("{yaml}: {error}"));
        let types = object.types.clone().unwrap();
        let (group, version) = types.api_version.rsplit_once('/').unwrap_or(("", &types.api_version));
        let resource = ApiResource {
            group: group.to_owned(),
            version: version.to_owned(),
            api_version: types.api_version.clone(),
            plural: format!("{}s", types.kind.to_lowercase()),
            kind: types.kind.clone(),
        };
        let api: Api<DynamicObject> = match &object.metadata.namespace {
            Some(namespace) => Api::namespaced_with(self.client.clone(), namespace, &resource),
            None => Api::all_with(self.client.clone(), &resource),
        };
        let name = object.metadata.name.clone().unwrap();
        let params = PatchParams::apply("test").force();
        api.patch(&name, &params, &Patch::Apply(&object))
            .await
            .unwrap_or_else(|error| panic!("{yaml}: {error}"));
    }

    /// Applies an object of the team.
    pub(crate) async fn put(&self, kind: &str, name: &str, spec: &str) {
        self.apply(&format!(
            "{{apiVersion: sagemcp.io/v1alpha1, kind: {kind}, metadata: {{name: {name}, namespace: {TEAM}}}, spec: {spec}}}"
        ))
        .await;
    }

    /// Applies a Secret of the team; `labels` is YAML.
    pub(crate) async fn put_secret(&self, name: &str, labels: &str, entries: &str) {
        self.apply(&format!(
            "{{apiVersion: v1, kind: Secret, metadata: {{name: {name}, namespace: {TEAM}, labels: {labels}}}, stringData: {entries}}}"
        ))
        .await;
    }

    pub(crate) async fn delete<K: OfTeam>(&self, name: &str) {
        self.team::<K>().delete(name, &DeleteParams::default()).await.unwrap();
    }

    /// Waits until an object of the team satisfies a condition.
    pub(crate) async fn until<K: Shown + OfTeam>(&self, name: &str, what: impl Fn(&K) -> bool) -> K {
        until(&self.team(), name, what).await
    }

    /// Waits until an object's condition has this value and reason; returns the message.
    pub(crate) async fn reason<K: Shown + OfTeam>(
        &self,
        name: &str,
        type_: &str,
        value: &str,
        reason: &str,
    ) -> String {
        let object = self
            .until::<K>(name, |object| {
                condition(object, type_).is_some_and(|it| it.status == value && it.reason == reason)
            })
            .await;
        condition(&object, type_).unwrap().message.clone()
    }

    /// Waits until an object is `Programmed` at its newest generation.
    pub(crate) async fn programmed<K: Shown + OfTeam>(&self, name: &str) -> K {
        self.until(name, is_programmed).await
    }

    /// The values of a Secret, once it is there.
    pub(crate) async fn secret(&self, name: &str) -> Secret {
        let api = self.team::<Secret>();
        eventually(|| async { api.get_opt(name).await.unwrap() }).await
    }

    /// Notes of the operator's Events about an object.
    pub(crate) async fn events(&self, name: &str) -> Vec<(String, String)> {
        self.events_of(name, false).await
    }

    /// The same, of those that warn.
    pub(crate) async fn warnings(&self, name: &str) -> Vec<(String, String)> {
        self.events_of(name, true).await
    }

    async fn events_of(&self, name: &str, warnings: bool) -> Vec<(String, String)> {
        let events = self.team::<Event>().list(&ListParams::default()).await.unwrap();
        let about = |event: &Event| event.regarding.as_ref().and_then(|it| it.name.clone());
        events
            .items
            .into_iter()
            .filter(|event| event.reporting_controller.as_deref() == Some(OPERATOR))
            .filter(|event| about(event).as_deref() == Some(name))
            .filter(|event| event.type_.as_deref() != Some("Normal") || !warnings)
            .map(|event| (event.reason.unwrap_or_default(), event.note.unwrap_or_default()))
            .collect()
    }

    /// Waits until no pass has ended for a while: then a further write would be a fault.
    pub(crate) async fn settled(&self) {
        use store::model::Kind::{ApiKey, Connector, Definition, Tenant};
        let passes = || [Tenant, Connector, ApiKey, Definition].map(|kind| self.options.metrics.passes(kind));
        let mut before = passes();
        let mut since = Instant::now();
        while since.elapsed() < Duration::from_millis(300) {
            tokio::time::sleep(Duration::from_millis(20)).await;
            if passes() != before {
                before = passes();
                since = Instant::now();
            }
        }
    }
}

/// Objects in the team's namespace.
pub(crate) trait OfTeam:
    Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + DeserializeOwned + std::fmt::Debug
{
}

impl<K> OfTeam for K where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
        + Clone
        + DeserializeOwned
        + std::fmt::Debug
{
}

/// Objects whose conditions tests look at.
pub(crate) trait Shown: Clone + DeserializeOwned + std::fmt::Debug {
    fn conditions(&self) -> &[Condition];
    fn generations(&self) -> (Option<i64>, Option<i64>);
}

macro_rules! shown {
    ($($kind:ty),*) => {$(
        impl Shown for $kind {
            fn conditions(&self) -> &[Condition] {
                self.status.as_ref().map(|status| status.conditions.as_slice()).unwrap_or_default()
            }
            fn generations(&self) -> (Option<i64>, Option<i64>) {
                (self.metadata.generation, self.status.as_ref().and_then(|status| status.observed_generation))
            }
        }
    )*};
}
shown!(Tenant, Connector, ApiKey, ConnectorDefinition);

pub(crate) fn condition<'a, K: Shown>(object: &'a K, type_: &str) -> Option<&'a Condition> {
    object.conditions().iter().find(|condition| condition.type_ == type_)
}

pub(crate) fn is_programmed<K: Shown>(object: &K) -> bool {
    let (generation, observed) = object.generations();
    generation == observed && condition(object, "Programmed").is_some_and(|it| it.status == "True")
}

/// Waits until an object satisfies a condition; tells what it looked like if it never does.
pub(crate) async fn until<K: Shown>(api: &Api<K>, name: &str, what: impl Fn(&K) -> bool) -> K {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let found = api.get_opt(name).await.unwrap();
        if let Some(object) = found.as_ref().filter(|object| what(object)) {
            return object.clone();
        }
        assert!(Instant::now() < deadline, "{name} stayed {found:#?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Asks again and again until there is an answer.
pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(ask: impl Fn() -> F) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "it never came");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
