//! The API as its users see it: through `kube::Client`, kube-runtime, HTTP and `kubectl`.

#![allow(clippy::panic, clippy::unwrap_used, reason = "all of this is tests, also what is no test function")]

mod admission;
mod apply;
mod faults;
mod http;
mod manifests;
mod objects;
mod restart;
mod runtime;
mod watches;

use std::{future::Future, time::Duration};

use crds::v1alpha1::{ApiKey, Connector, Tenant};
use kube::{Api, Client};
use localapi::{LocalApi, Options};
use tempfile::TempDir;

/// A long time, in which anything that is to happen has happened.
const DEADLINE: Duration = Duration::from_secs(20);

/// An API on directories of its own.
struct Fixture {
    root: TempDir,
    api: LocalApi,
}

impl Fixture {
    async fn new() -> Self {
        Self::with(&[]).await
    }

    /// Opens the API with these files in its manifests directory.
    async fn with(files: &[(&str, &str)]) -> Self {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("manifests")).unwrap();
        for (name, text) in files {
            std::fs::write(root.path().join("manifests").join(name), text).unwrap();
        }
        let api = open(&root).await;
        Self { root, api }
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.root.path().join("manifests").join(name), text).unwrap();
    }

    fn remove(&self, name: &str) {
        std::fs::remove_file(self.root.path().join("manifests").join(name)).unwrap();
    }

    /// Closes the API and opens it again on the same directories.
    async fn restart(self) -> Self {
        let Self { root, api } = self;
        api.close().await.unwrap();
        let api = open(&root).await;
        Self { root, api }
    }

    fn client(&self) -> Client {
        self.api.client()
    }

    fn tenants(&self) -> Api<Tenant> {
        Api::default_namespaced(self.client())
    }

    fn connectors(&self) -> Api<Connector> {
        Api::default_namespaced(self.client())
    }

    fn keys(&self) -> Api<ApiKey> {
        Api::default_namespaced(self.client())
    }
}

async fn open(root: &TempDir) -> LocalApi {
    let options = Options {
        manifests: Some(root.path().join("manifests")),
        state_dir: root.path().join("state"),
        namespace: "default".to_owned(),
    };
    LocalApi::open(options).await.unwrap()
}

/// A tenant that is valid.
fn tenant(name: &str) -> Tenant {
    Tenant::new(name, crds::v1alpha1::TenantSpec::default())
}

/// Waits for something that must happen.
async fn soon<T>(what: &str, happens: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, happens).await.unwrap_or_else(|_| panic!("not in time: {what}"))
}

/// The refusal that a call must have met.
fn refusal<T: std::fmt::Debug>(result: Result<T, kube::Error>) -> kube::core::Status {
    match result {
        Err(kube::Error::Api(status)) => *status,
        other => panic!("not refused by the API: {other:?}"),
    }
}
