//! How a process learns that there is something new.

use domain::ids::Revision;
use sqlx::postgres::PgListener;
use store::Options;
use tokio::time::{Instant, timeout};

use crate::{
    fixtures::{PATIENCE, Scene},
    postgres_server::{Database, database},
};

/// Waits until a store listens in the database by a process other than `not`, and returns the process.
async fn listening(database: &Database, not: Option<i32>) -> i32 {
    let mut connection = database.connect().await;
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        let pid: Option<i32> = sqlx::query_scalar(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'
                 AND state = 'idle' AND pid IS DISTINCT FROM $1",
        )
        .bind(not)
        .fetch_optional(&mut connection)
        .await
        .unwrap();
        if let Some(pid) = pid {
            return pid;
        }
    }
    panic!("no store listens");
}

#[tokio::test]
async fn a_change_is_announced_by_its_number_alone() {
    let database = database().await;
    let scene = database.scene().await;
    let mut listener = PgListener::connect(&database.url).await.unwrap();
    listener.listen("sagemcp_revision").await.unwrap();
    let tenant = scene.tenant("acme").await;
    for expected in ["1", "2"] {
        let mut tenant = tenant.clone();
        tenant.provenance.inputs_hash = expected.to_owned();
        scene.store.apply_tenant(&scene.writer, &tenant).await.unwrap();
        // The same again changes nothing and is not announced: the next notice is of the next change.
        scene.store.apply_tenant(&scene.writer, &tenant).await.unwrap();
        let notice = timeout(PATIENCE, listener.recv()).await.unwrap().unwrap();
        assert_eq!(notice.payload(), expected);
    }
}

/// No row says 41, so no poll can.
#[tokio::test]
async fn a_notice_is_heard_without_a_poll() {
    let database = database().await;
    let store = database.open(Options::default()).await;
    let mut revisions = store.revisions();
    listening(&database, None).await;
    let heard = revisions.wait_for(|known| *known == Revision(41));
    let (heard, ()) = tokio::join!(timeout(PATIENCE, heard), database.run("NOTIFY sagemcp_revision, '41'"));
    heard.unwrap().unwrap();
}

#[tokio::test]
async fn a_lost_notice_is_made_up_for_by_the_poll() {
    let database = database().await;
    let scene = Scene::alone(database.open(Options::default()).await).await;
    database.run("UPDATE revision SET value = 7").await;
    scene.wait_for(Revision(7)).await;
}

#[tokio::test]
async fn a_store_that_cannot_listen_polls() {
    let database = database().await;
    let listen_url = Some("postgres://nobody@localhost:1/nowhere".to_owned());
    let gateway = database.open(Options { listen_url, ..Options::default() }).await;
    let scene = Scene::new(database.open(Options::default()).await, gateway).await;
    scene.put_tenant("acme").await;
    scene.wait_for(Revision(1)).await;
}

#[tokio::test]
async fn a_listener_that_was_cut_off_listens_again() {
    let database = database().await;
    let store = database.open(Options::default()).await;
    let mut revisions = store.revisions();
    let first = listening(&database, None).await;
    database.run(&format!("SELECT pg_terminate_backend({first})")).await;
    listening(&database, Some(first)).await;
    let heard = revisions.wait_for(|known| *known == Revision(41));
    let (heard, ()) = tokio::join!(timeout(PATIENCE, heard), database.run("NOTIFY sagemcp_revision, '41'"));
    heard.unwrap().unwrap();
}

#[tokio::test]
async fn a_database_that_went_back_is_followed_back() {
    let database = database().await;
    let scene = database.scene().await;
    scene.put_tenant("acme").await;
    scene.put_tenant("other").await;
    scene.wait_for(Revision(2)).await;
    database.run("UPDATE revision SET value = 1").await;
    let mut revisions = scene.gateway.revisions();
    timeout(PATIENCE, revisions.wait_for(|known| *known == Revision(1))).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_dropped_store_leaves_no_connection() {
    let database = database().await;
    let store = database.open(Options::default()).await;
    listening(&database, None).await;
    store.ping().await.unwrap();
    drop(store);
    let mut connection = database.connect().await;
    let deadline = Instant::now() + PATIENCE;
    let others = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database()
                      AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    while sqlx::query_scalar::<_, i64>(others).fetch_one(&mut connection).await.unwrap() > 0 {
        assert!(Instant::now() < deadline, "connections are left");
    }
}
