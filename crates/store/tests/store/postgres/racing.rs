//! Several writers and readers at once.

use std::collections::BTreeMap;

use domain::ids::{ConnectorId, Revision};
use sqlx::{Executor, PgConnection};
use store::{Options, StoreError, model::Changes};
use tokio::{task::JoinSet, time::Instant};

use crate::{
    fixtures::{PATIENCE, Scene, edited},
    postgres_server::database,
};

#[tokio::test]
async fn of_two_operators_only_the_later_one_writes() {
    let database = database().await;
    let first = database.scene().await;
    let mut tenant = first.tenant("acme").await;
    let writing = tokio::spawn({
        let first = first.clone();
        let mut tenant = tenant.clone();
        async move {
            loop {
                edited(&mut tenant.provenance);
                if let Err(error) = first.store.apply_tenant(&first.writer, &tenant).await {
                    return error;
                }
            }
        }
    });
    first.wait_for(Revision(3)).await;
    let second = database.scene().await;
    let taken_over = second.newest().await;
    let error = writing.await.unwrap();
    assert!(matches!(error, StoreError::Deposed { epoch: 1, current: 2, .. }), "{error}");
    assert_eq!(second.newest().await, taken_over, "nothing was written after the second was raised");
    tenant.provenance.generation = 1_000_000;
    tenant.provenance.inputs_hash = "by the second".to_owned();
    let applied = second.store.apply_tenant(&second.writer, &tenant).await.unwrap();
    assert_eq!(applied.revision, Revision(taken_over.0 + 1));
}

/// Waits until a statement of the database waits for a lock of a kind.
async fn waiting(watcher: &mut PgConnection, kind: &str) {
    let deadline = Instant::now() + PATIENCE;
    let found = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database()
                     AND wait_event_type = 'Lock' AND wait_event = $1";
    while sqlx::query_scalar::<_, i64>(found).bind(kind).fetch_one(&mut *watcher).await.unwrap() == 0 {
        assert!(Instant::now() < deadline, "nothing waits for a lock of kind {kind}");
    }
}

/// Between the look at the epoch and the end of a write nobody else can be raised, or two would write at once.
#[tokio::test]
async fn a_writer_is_raised_after_the_write_in_progress() {
    let database = database().await;
    let scene = database.scene().await;
    let tenant = scene.tenant("acme").await;
    let (mut brake, mut watcher) = (database.connect().await, database.connect().await);
    brake.execute("BEGIN; SELECT value FROM revision FOR UPDATE").await.unwrap();
    let ((), applied, raised) = tokio::join!(
        async {
            // The write has looked at its epoch and wants a revision; the other asks for the lock.
            waiting(&mut watcher, "transactionid").await;
            waiting(&mut watcher, "advisory").await;
            brake.execute("ROLLBACK").await.unwrap();
        },
        scene.store.apply_tenant(&scene.writer, &tenant),
        async {
            waiting(&mut database.connect().await, "transactionid").await;
            scene.elsewhere("main").await.writer
        }
    );
    assert!(applied.unwrap().changed);
    assert_eq!(raised.epoch, 2);
}

#[tokio::test]
async fn writers_raised_at_the_same_moment_have_different_epochs() {
    let database = database().await;
    let scenes = futures::future::join_all((0..8).map(|_| database.scene())).await;
    let mut epochs = scenes.iter().map(|scene| scene.writer.epoch).collect::<Vec<_>>();
    epochs.sort_unstable();
    assert_eq!(epochs, (1..=8).collect::<Vec<_>>());
    for scene in scenes {
        let outcome = scene.store.tenant_identity(&scene.writer, &scene.key("acme")).await;
        assert_eq!(outcome.is_ok(), scene.writer.epoch == 8);
    }
}

#[tokio::test]
async fn an_identity_minted_by_many_at_once_is_one() {
    let database = database().await;
    let scene = database.scene().await;
    let key = scene.key("acme");
    let ids =
        futures::future::join_all((0..8).map(|_| scene.store.tenant_identity(&scene.writer, &key))).await;
    let ids = ids.into_iter().map(Result::unwrap).collect::<Vec<_>>();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

const WRITERS: usize = 8;
const ROUNDS: i64 = 25;

/// Folds a delta into what a reader knows, and checks that it leads on from `known`.
fn follow(rows: &mut BTreeMap<ConnectorId, Revision>, known: Revision, changes: Changes) -> Revision {
    let Changes::Delta { upserts, removed } = changes else { panic!("nothing was forgotten") };
    assert!(removed.is_empty());
    for row in upserts.connectors {
        assert!(row.revision > known && row.revision <= upserts.revision);
        rows.insert(row.connector_id, row.revision);
    }
    upserts.revision
}

/// If a revision were committed after a later one, a reader that has seen the later one would pass it by.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reader_misses_nothing_of_eight_writers_at_once() {
    let database = database().await;
    let scene = database.scene().await;
    let tenant = scene.put_tenant("acme").await;
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        let store = database.open(Options::default()).await;
        let scene = Scene { store, ..scene.clone() };
        let mut connector = scene.connector(&tenant, &format!("connector-{number}")).await;
        writers.spawn(async move {
            for _ in 0..ROUNDS {
                edited(&mut connector.provenance);
                scene.store.apply_connector(&scene.writer, &connector).await.unwrap();
            }
        });
    }
    let (mut rows, mut known, mut deltas) = (BTreeMap::new(), Revision(1), 0);
    let last = Revision(1 + WRITERS as i64 * ROUNDS);
    while known < last {
        let changes = scene.gateway.changes_since(&scene.writer.origin, known).await.unwrap();
        known = follow(&mut rows, known, changes);
        deltas += 1;
        if let Some(ended) = writers.try_join_next() {
            ended.unwrap();
        }
    }
    let found = scene.gateway.snapshot(&scene.writer.origin).await.unwrap();
    assert_eq!(found.revision, last, "each write took one revision");
    let truth = found.connectors.into_iter().map(|row| (row.connector_id, row.revision)).collect();
    assert_eq!(rows, truth, "after {deltas} deltas");
}
