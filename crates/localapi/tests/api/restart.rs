//! What survives a restart, and what never reaches the state directory.

use std::{os::unix::fs::PermissionsExt, path::Path};

use k8s_openapi::api::core::v1::Secret;
use kube::{
    Api, Resource, ResourceExt,
    api::{DeleteParams, Patch, PatchParams, PostParams},
};
use localapi::{LocalApi, OpenError, Options};
use serde_json::json;
use tokio::io::AsyncBufReadExt;

use crate::{Fixture, refusal, tenant};

const ACME: &str =
    "apiVersion: sagemcp.io/v1alpha1\nkind: Tenant\nmetadata: {name: acme}\nspec: {displayName: Acme}\n";

fn files_below(directory: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path));
            found.push(path);
        } else {
            found.push(path);
        }
    }
    found
}

#[tokio::test]
async fn objects_and_statuses_survive_as_they_were() {
    let fixture = Fixture::with(&[("acme.yaml", ACME)]).await;
    let tenants = fixture.tenants();
    tenants.create(&PostParams::default(), &tenant("by-hand")).await.unwrap();
    tenants.create(&PostParams::default(), &tenant("deleted")).await.unwrap();
    tenants.delete("deleted", &DeleteParams::default()).await.unwrap();
    let status = Patch::Merge(json!({"status": {"slug": "acme"}}));
    tenants.patch_status("acme", &PatchParams::default(), &status).await.unwrap();
    let before = (tenants.get("acme").await.unwrap(), tenants.get("by-hand").await.unwrap());

    let fixture = fixture.restart().await;
    let tenants = fixture.tenants();
    assert_eq!((tenants.get("acme").await.unwrap(), tenants.get("by-hand").await.unwrap()), before);
    assert_eq!(refusal(tenants.get("deleted").await).code, 404);
    let next = tenants.create(&PostParams::default(), &tenant("next")).await.unwrap();
    let version = |it: &crds::v1alpha1::Tenant| it.resource_version().unwrap().parse::<u64>().unwrap();
    assert!(version(&next) > version(&before.1), "versions go on");
    let old = tenants.watch(&kube::api::WatchParams::default(), &before.1.resource_version().unwrap()).await;
    let first = futures::StreamExt::next(&mut Box::pin(old.unwrap())).await.unwrap().unwrap();
    assert!(matches!(first, kube::api::WatchEvent::Error(it) if it.code == 410), "its changes are forgotten");
}

#[tokio::test]
async fn what_vanished_while_nobody_looked_is_deleted_with_its_dependents() {
    let fixture = Fixture::with(&[("acme.yaml", ACME)]).await;
    let owner = fixture.tenants().get("acme").await.unwrap();
    let secrets: Api<Secret> = Api::default_namespaced(fixture.client());
    let mut minted = Secret::default();
    minted.metadata.name = Some("minted".to_owned());
    minted.metadata.owner_references = Some(vec![owner.controller_owner_ref(&()).unwrap()]);
    secrets.create(&PostParams::default(), &minted).await.unwrap();
    fixture.remove("acme.yaml");
    let fixture = fixture.restart().await;
    assert_eq!(refusal(fixture.tenants().get("acme").await).code, 404);
    let secrets: Api<Secret> = Api::default_namespaced(fixture.client());
    assert_eq!(refusal(secrets.get("minted").await).code, 404);
}

#[tokio::test]
async fn a_file_that_breaks_before_a_restart_keeps_its_custom_resources() {
    let fixture = Fixture::with(&[("acme.yaml", ACME)]).await;
    let before = fixture.tenants().get("acme").await.unwrap();
    fixture.write("acme.yaml", "kind: [");
    let fixture = fixture.restart().await;
    assert_eq!(fixture.tenants().get("acme").await.unwrap(), before);
    assert_eq!(fixture.api.problems().borrow().len(), 1);
}

#[tokio::test]
async fn state_is_for_the_owner_only_and_manifest_secrets_are_not_in_it() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: token}\nstringData: {token: hunter2}\n";
    let fixture = Fixture::with(&[("secret.yaml", secret)]).await;
    let secrets: Api<Secret> = Api::default_namespaced(fixture.client());
    let mut minted = Secret::default();
    minted.metadata.name = Some("minted".to_owned());
    minted.string_data = Some([("apiKey".to_owned(), "minted-key".to_owned())].into());
    secrets.create(&PostParams::default(), &minted).await.unwrap();
    fixture.api.flush().await.unwrap();
    let state = fixture.root.path().join("state");
    let mut minted_seen = false;
    for path in files_below(&state) {
        let mode = path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
        if path.is_file() {
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(!text.contains("aHVudGVyMg") && !text.contains("hunter2"), "{}", path.display());
            minted_seen |= text.contains("bWludGVkLWtleQ");
        }
    }
    assert_eq!(state.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    assert!(minted_seen, "minted Secrets must survive a restart");
    let fixture = fixture.restart().await;
    let secrets: Api<Secret> = Api::default_namespaced(fixture.client());
    assert_eq!(secrets.get("token").await.unwrap().data.unwrap()["token"].0, b"hunter2");
    assert_eq!(secrets.get("minted").await.unwrap().data.unwrap()["apiKey"].0, b"minted-key");
    assert!(!format!("{:?} {:?}", fixture.api, fixture.api.service()).contains("hunter2"));
}

#[tokio::test]
async fn one_process_uses_a_state_directory() {
    let fixture = Fixture::new().await;
    let options = Options {
        manifests: None,
        state_dir: fixture.root.path().join("state"),
        namespace: "default".to_owned(),
    };
    let refused = LocalApi::open(options.clone()).await.unwrap_err();
    assert!(refused.to_string().contains("in use by another process"), "{refused}");
    let Fixture { root, api } = fixture;
    let client = api.client();
    api.close().await.unwrap();
    LocalApi::open(options).await.unwrap();
    let refused = client.apiserver_version().await;
    assert_eq!(refusal(refused).code, 503, "what is closed stays closed");
    drop(root);
}

/// The child of [`what_was_acknowledged_survives_a_kill`] finds its directory here.
const CHILD: &str = "LOCALAPI_TEST_STATE_DIR";

/// Started again as a child process, this test creates objects and prints their names until it is killed.
#[tokio::test]
async fn what_was_acknowledged_survives_a_kill() {
    if let Some(state_dir) = std::env::var_os(CHILD) {
        return create_without_end(state_dir.into()).await;
    }
    let root = tempfile::tempdir().unwrap();
    let state_dir = root.path().join("state");
    let mut child = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "restart::what_was_acknowledged_survives_a_kill", "--nocapture"])
        .env(CHILD, &state_dir)
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = tokio::io::BufReader::new(child.stdout.take().unwrap()).lines();
    let mut made = Vec::new();
    crate::soon("fifty objects", async {
        while made.len() < 50 {
            let line = lines.next_line().await.unwrap().expect("the child goes on");
            made.extend(line.strip_prefix("made ").map(str::to_owned));
        }
    })
    .await;
    child.kill().await.unwrap();
    while let Some(line) = lines.next_line().await.unwrap() {
        made.extend(line.strip_prefix("made ").map(str::to_owned));
    }
    let options = Options { manifests: None, state_dir, namespace: "default".to_owned() };
    let api = LocalApi::open(options).await.expect("nothing is half written");
    let tenants: Api<crds::v1alpha1::Tenant> = Api::default_namespaced(api.client());
    for name in made {
        tenants.get(&name).await.unwrap();
    }
}

async fn create_without_end(state_dir: std::path::PathBuf) {
    let options = Options { manifests: None, state_dir, namespace: "default".to_owned() };
    let api = LocalApi::open(options).await.unwrap();
    let tenants: Api<crds::v1alpha1::Tenant> = Api::default_namespaced(api.client());
    for number in 0.. {
        let name = format!("t{number}");
        tenants.create(&PostParams::default(), &tenant(&name)).await.unwrap();
        println!("made {name}");
    }
}

#[tokio::test]
async fn a_write_that_the_disk_refuses_is_told_and_tried_again() {
    let fixture = Fixture::new().await;
    let objects = fixture.root.path().join("state/objects");
    let elsewhere = fixture.root.path().join("elsewhere");
    fixture.api.flush().await.unwrap();
    std::fs::rename(&objects, &elsewhere).unwrap();
    std::fs::write(&objects, "a full disk, as it were").unwrap();
    let refused = refusal(fixture.tenants().create(&PostParams::default(), &tenant("acme")).await);
    assert_eq!(refused.code, 500);
    assert!(refused.message.contains("not saved"), "{}", refused.message);
    assert!(fixture.api.flush().await.is_err());
    std::fs::remove_file(&objects).unwrap();
    std::fs::rename(&elsewhere, &objects).unwrap();
    crate::soon("saved after all", async { while fixture.api.flush().await.is_err() {} }).await;
    let fixture = fixture.restart().await;
    fixture.tenants().get("acme").await.unwrap();
}

#[tokio::test]
async fn an_unfinished_write_is_forgotten_and_a_damaged_file_is_told() {
    let fixture = Fixture::new().await;
    fixture.tenants().create(&PostParams::default(), &tenant("acme")).await.unwrap();
    let folder = fixture.root.path().join("state/objects/tenants.sagemcp.io/default");
    std::fs::write(folder.join(".unfinished"), "{\"storage").unwrap();
    let fixture = fixture.restart().await;
    fixture.tenants().get("acme").await.unwrap();
    assert!(!folder.join(".unfinished").exists());
    let Fixture { root, api } = fixture;
    api.close().await.unwrap();
    std::fs::write(folder.join("acme.json"), "{\"storage").unwrap();
    let options =
        Options { manifests: None, state_dir: root.path().join("state"), namespace: "default".to_owned() };
    let refused = LocalApi::open(options).await.unwrap_err();
    assert!(matches!(refused, OpenError::Disk(_)) && refused.to_string().contains("acme.json"), "{refused}");
}
