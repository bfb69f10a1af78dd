//! A database that does not answer.

use std::{error::Error, time::Duration};

use domain::ids::Revision;
use sqlx::Executor;
use store::{Options, StoreError};
use tokio::time::{Instant, timeout};

use crate::{
    fixtures::{PATIENCE, Scene, edited},
    postgres_server::{Server, database},
};

#[tokio::test]
async fn a_store_works_again_after_the_server_was_restarted() {
    let server = Server::start().await;
    let database = server.database().await;
    let options = Options { acquire_timeout: Duration::from_secs(1), ..Options::default() };
    let scene = Scene::new(database.open(options.clone()).await, database.open(options).await).await;
    let mut tenant = scene.tenant("acme").await;
    scene.store.apply_tenant(&scene.writer, &tenant).await.unwrap();
    server.control("stop");
    edited(&mut tenant.provenance);
    let outcomes = [
        scene.store.ping().await.map(drop),
        scene.store.apply_tenant(&scene.writer, &tenant).await.map(drop),
        scene.gateway.snapshot(&scene.writer.origin).await.map(drop),
    ];
    for outcome in outcomes {
        let error = outcome.unwrap_err();
        assert!(error.is_transient(), "{error:?}");
    }
    server.control("start");
    let deadline = Instant::now() + PATIENCE;
    while let Err(error) = scene.store.apply_tenant(&scene.writer, &tenant).await {
        assert!(error.is_transient() && Instant::now() < deadline, "{error:?}");
    }
    scene.wait_for(Revision(2)).await;
    assert_eq!(scene.gateway.snapshot(&scene.writer.origin).await.unwrap().tenants.len(), 1);
}

#[tokio::test]
async fn a_connection_that_was_cut_is_replaced() {
    let database = database().await;
    let scene = database.scene().await;
    scene.put_tenant("acme").await;
    database
        .run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .await;
    scene.put_tenant("other").await;
    assert_eq!(scene.gateway.snapshot(&scene.writer.origin).await.unwrap().tenants.len(), 2);
}

#[tokio::test]
async fn a_write_that_waits_too_long_for_its_turn_is_given_up() {
    let database = database().await;
    let options = Options { statement_timeout: Duration::from_millis(200), ..Options::default() };
    let store = database.open(options).await;
    let scene = Scene::alone(store).await;
    let tenant = scene.tenant("acme").await;
    let mut connection = database.connect().await;
    connection.execute("BEGIN; SELECT pg_advisory_xact_lock(7305807345)").await.unwrap();
    let error = scene.store.apply_tenant(&scene.writer, &tenant).await.unwrap_err();
    assert!(error.is_transient(), "{error:?}");
    assert_eq!(scene.newest().await, Revision(0), "readers do not wait");
    connection.execute("ROLLBACK").await.unwrap();
    scene.store.apply_tenant(&scene.writer, &tenant).await.unwrap();
}

#[tokio::test]
async fn a_full_pool_is_not_waited_for_without_end() {
    let database = database().await;
    let options = Options {
        max_connections: 1,
        acquire_timeout: Duration::from_millis(200),
        statement_timeout: Duration::from_secs(60),
        ..Options::default()
    };
    let store = store::open(&database.url, options).await.unwrap();
    let scene = Scene::alone(store).await;
    let tenant = scene.tenant("acme").await;
    let mut connection = database.connect().await;
    connection.execute("BEGIN; SELECT pg_advisory_xact_lock(7305807345)").await.unwrap();
    let waiting = scene.store.apply_tenant(&scene.writer, &tenant);
    let others = async {
        // The poll and this ask for the one connection that the write holds.
        loop {
            match scene.store.ping().await {
                Ok(()) => tokio::task::yield_now().await,
                Err(error) => return error,
            }
        }
    };
    let (error, written) = tokio::join!(
        async {
            let error = timeout(PATIENCE, others).await.unwrap();
            connection.execute("ROLLBACK").await.unwrap();
            error
        },
        waiting
    );
    assert!(matches!(error, StoreError::Unavailable(sqlx::Error::PoolTimedOut)), "{error:?}");
    written.unwrap();
}

#[tokio::test]
async fn no_error_shows_the_url() {
    let url = "postgres://somebody:hunter2@127.0.0.1:1/somewhere";
    let options = Options { acquire_timeout: Duration::from_millis(300), ..Options::default() };
    let error = store::open(url, options.clone()).await.map(drop).unwrap_err();
    assert!(error.is_transient(), "{error:?}");
    let listening = Options { listen_url: Some(url.to_owned()), ..options };
    let malformed =
        store::open("postgres://somebody:hunter2@[", listening.clone()).await.map(drop).unwrap_err();
    let port =
        store::open("postgres://somebody:hunter2@host:port/", listening.clone()).await.map(drop).unwrap_err();
    let mut texts = vec![format!("{listening:?}")];
    for error in [error, malformed, port] {
        let mut next: Option<&dyn Error> = Some(&error);
        while let Some(error) = next {
            texts.push(format!("{error} {error:?}"));
            next = error.source();
        }
    }
    let texts = texts.join("\n");
    for secret in ["hunter2", "somebody", "somewhere"] {
        assert!(!texts.contains(secret), "{texts}");
    }
}
