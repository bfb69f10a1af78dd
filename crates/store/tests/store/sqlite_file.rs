//! SQLite: what a file adds.

use std::{
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

use domain::ids::{Origin, Revision};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use store::{
    Options, Store, StoreError,
    model::{Kind, Removed},
};

use crate::fixtures::{Scene, edited};

/// Opens the store in a file.
pub(crate) async fn open(path: &Path) -> Arc<dyn Store> {
    store::open(&format!("sqlite://{}", path.display()), Options::default()).await.unwrap()
}

/// Runs a statement behind the store's back.
async fn run(path: &Path, statement: &str) {
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_store_survives_being_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a #1 100%? store.db");
    let first = Scene::alone(open(&path).await).await;
    let tenant = first.put_tenant("acme").await;
    let before = first.store.snapshot(&first.writer.origin).await.unwrap();
    drop(first);
    let second = Scene::alone(open(&path).await).await;
    assert_eq!(second.writer.epoch, 2);
    assert_eq!(second.store.snapshot(&second.writer.origin).await.unwrap(), before);
    assert_eq!(*second.store.revisions().borrow(), before.revision);
    assert_eq!(second.tenant("acme").await.tenant_id, tenant);
}

#[tokio::test]
async fn only_the_owner_reads_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    std::fs::write(&path, "").unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
    let scene = Scene::alone(open(&path).await).await;
    scene.put_tenant("acme").await;
    let files = std::fs::read_dir(folder.path()).unwrap().map(Result::unwrap).collect::<Vec<_>>();
    assert!(files.len() > 1, "the journal is there too");
    for file in files {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.path());
    }
}

#[tokio::test]
async fn a_path_that_cannot_be_opened_is_named() {
    let error = store::open("sqlite:///nowhere/at/all.db", Options::default()).await.map(drop).unwrap_err();
    assert!(error.to_string().starts_with("database URL: /nowhere/at/all.db: "), "{error}");
    for wrong in ["sqlite://", "sqlite://:memory:", "mysql://user:hunter2@host/db", "hunter2"] {
        let error = store::open(wrong, Options::default()).await.map(drop).unwrap_err();
        assert!(matches!(error, StoreError::Config { setting: "database URL", .. }), "{error}");
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_not_served_and_the_others_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let scene = Scene::alone(open(&path).await).await;
    let (bad, good) = (scene.put_tenant("acme").await, scene.put_tenant("good").await);
    scene.put_api_key(Some(&bad), "agent", &["k1", "k2"]).await;
    scene.store.apply_definition(&scene.writer, &scene.definition("crm")).await.unwrap();
    let before = scene.newest().await;
    run(
        &path,
        "UPDATE revision SET value = value + 1;
         UPDATE tenants SET config = '{\"displayName\": 7}', revision = (SELECT value FROM revision)
             WHERE slug = 'acme';
         UPDATE api_keys SET scope = 'everything', revision = (SELECT value FROM revision) WHERE key_id = 'k1'",
    )
    .await;
    let found = scene.store.snapshot(&scene.writer.origin).await.unwrap();
    assert_eq!(found.revision, Revision(before.0 + 1));
    assert_eq!(found.tenants.iter().map(|row| &row.tenant_id).collect::<Vec<_>>(), [&good]);
    assert_eq!(found.keys.iter().map(|row| row.material.key_id.as_str()).collect::<Vec<_>>(), ["k2"]);
    assert_eq!(found.definitions.len(), 1);
    // A reader that knew the rows must not go on with what they said before.
    let (upserts, removed) = scene.delta(before).await;
    assert_eq!(upserts.revision, found.revision);
    assert!(upserts.tenants.is_empty() && upserts.keys.is_empty());
    let gone = |kind, id: &str| Removed { kind, id: id.to_owned() };
    assert_eq!(removed, [gone(Kind::Tenant, bad.as_str()), gone(Kind::ApiKey, "k1")]);
}

#[tokio::test]
async fn a_single_row_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let scene = Scene::alone(open(&path).await).await;
    let definition = scene.definition("crm");
    scene.store.apply_definition(&scene.writer, &definition).await.unwrap();
    run(&path, "UPDATE connector_definitions SET document = '7'").await;
    let error = scene.store.definition(&definition.provenance.key).await.unwrap_err();
    let StoreError::Corrupt { table, row, reason } = error else { panic!("{error}") };
    assert_eq!((table, row.as_str()), ("connector_definitions", "crm"));
    assert!(reason.starts_with("column document: invalid type"), "{reason}");
}

#[tokio::test]
async fn a_row_changed_or_removed_by_hand_is_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let scene = Scene::alone(open(&path).await).await;
    let (store, writer) = (&scene.store, &scene.writer);
    let tenant = scene.tenant("acme").await;
    let connector = scene.connector(&tenant.tenant_id, "github").await;
    let key = scene.api_key(Some(&tenant.tenant_id), "agent", &["k1", "k2"]);
    let definition = scene.definition("crm");
    let mut changed = Vec::new();
    for by_hand in [
        "SELECT 1",
        "UPDATE tenants SET config = '{\"displayName\": \"x\"}'; UPDATE connectors SET config = '{}';
         DELETE FROM api_keys WHERE key_id = 'k2'; UPDATE connector_definitions SET document = '{}'",
        "UPDATE api_keys SET scope = 'platform_admin', tenant_id = NULL WHERE key_id = 'k1';
         UPDATE connectors SET sealed = NULL",
        "SELECT 1",
    ] {
        run(&path, by_hand).await;
        changed.push([
            store.apply_tenant(writer, &tenant).await.unwrap().changed,
            store.apply_connector(writer, &connector).await.unwrap().changed,
            store.apply_api_key(writer, &key).await.unwrap().changed,
            store.apply_definition(writer, &definition).await.unwrap().changed,
        ]);
    }
    assert_eq!(changed[0], [true; 4]);
    assert_eq!(changed[1], [true; 4]);
    assert_eq!(changed[2], [false, true, true, false]);
    assert_eq!(changed[3], [false; 4]);
    let rows = store.snapshot(&writer.origin).await.unwrap();
    assert_eq!((rows.keys.len(), &rows.tenants[0].config), (2, &tenant.config));
    assert!(rows.keys.iter().all(|row| row.tenant_id.is_some()));
}

#[tokio::test]
async fn a_file_of_a_newer_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    drop(open(&path).await);
    run(
        &path,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (99, 'later', true, x'00', 0)",
    )
    .await;
    let url = format!("sqlite://{}", path.display());
    let error = store::open(&url, Options::default()).await.map(drop).unwrap_err();
    assert!(matches!(error, StoreError::Schema { found: 99, .. }), "{error}");
}

/// Where [`writes_until_it_is_killed`] writes.
const FILE: &str = "SAGEMCP_TEST_STORE_FILE";

/// The other process of [`a_process_killed_while_writing_leaves_whole_changes`]; says which revision is stored.
#[tokio::test]
#[ignore = "is started by another test and writes until it is killed"]
async fn writes_until_it_is_killed() {
    let path = std::env::var_os(FILE).expect("the test that starts this one names a file");
    let scene = Scene::alone(open(Path::new(&path)).await).await;
    let tenant_id = scene.put_tenant("acme").await;
    let mut key = scene.api_key(Some(&tenant_id), "agent", &["k1", "k2", "k3", "k4"]);
    loop {
        println!("stored {}", scene.store.apply_api_key(&scene.writer, &key).await.unwrap().revision);
        edited(&mut key.provenance);
        key.subject = key.provenance.generation.to_string();
    }
}

#[tokio::test]
async fn a_process_killed_while_writing_leaves_whole_changes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["sqlite_file::writes_until_it_is_killed", "--exact", "--ignored", "--nocapture"])
        .env(FILE, &path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let stored =
        |line: String| line.split_once("stored ").map(|(_, revision)| revision.parse::<i64>().unwrap());
    let seen = lines.by_ref().filter_map(stored).nth(30).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let last = lines.filter_map(stored).last().unwrap_or(seen);

    let found = open(&path).await.snapshot(&Origin::new("main")).await.unwrap();
    assert!(found.revision >= Revision(last), "a change that was confirmed is there");
    assert_eq!(found.keys.len(), 4);
    for row in &found.keys {
        assert_eq!(row.revision, found.revision, "a change is there as a whole");
        assert_eq!(row.subject, found.keys[0].subject);
    }
}
