//! Knowing the newest revision: notices make it fast, a poll makes it sure.
//!
//! A notice is lost while its connection is down, and behind a transaction pooler none arrives at all.

use std::{future::Future, time::Duration};

use domain::ids::Revision;
use sqlx::{AnyPool, postgres::PgListener};
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval, sleep, timeout},
};

use super::CHANNEL;
use crate::database::advance;

/// How often the poll asks.
const POLL: Duration = Duration::from_secs(1);

/// After how long without a notice a connection is asked whether it still stands: nobody tells us of one that a network
/// on the way has forgotten.
const SILENCE: Duration = Duration::from_secs(60);

/// How long connecting may take, and how long to wait before the first and the last attempt to connect again.
const CONNECT: Duration = Duration::from_secs(5);
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LAST_PAUSE: Duration = Duration::from_secs(30);

/// Asks for the newest revision, for ever.
pub(crate) async fn poll(pool: AnyPool, revisions: watch::Sender<Revision>) {
    let mut ticks = interval(POLL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let before = *revisions.borrow();
        let newest = sqlx::query_scalar("SELECT value FROM revision").fetch_one(&pool);
        match within(newest).await {
            Ok(newest) => settle(&revisions, before, Revision(newest)),
            // Whoever uses the store sees the same and says so; saying it every second helps nobody.
            Err(error) => tracing::debug!(%error, "the database's revision could not be read"),
        }
    }
}

/// Takes over what a poll read. Notices that came while it ran may be newer than what it read. But what was known
/// before it began was committed then: less than that means that the database was restored from a backup.
fn settle(revisions: &watch::Sender<Revision>, before: Revision, newest: Revision) {
    if newest >= before {
        return advance(revisions, newest);
    }
    tracing::warn!(revision = %newest, known = %before, "the database has gone back to an earlier revision");
    revisions.send_replace(newest);
}

/// Listens for notices, for ever.
pub(crate) async fn listen(url: String, revisions: watch::Sender<Revision>) {
    let mut pause = FIRST_PAUSE;
    loop {
        match within(connect(&url)).await {
            Ok(listener) => {
                pause = FIRST_PAUSE;
                receive(listener, &revisions).await;
            }
            Err(error) => tracing::debug!(%error, "cannot listen to the database, polling only"),
        }
        sleep(pause).await;
        pause = (pause * 2).min(LAST_PAUSE);
    }
}

async fn connect(url: &str) -> sqlx::Result<PgListener> {
    let mut listener = PgListener::connect(url).await?;
    // Connecting again is our loop's business, which has a pause and a timeout.
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

/// Takes notices until the connection is lost.
async fn receive(mut listener: PgListener, revisions: &watch::Sender<Revision>) {
    loop {
        match timeout(SILENCE, listener.try_recv()).await {
            Ok(Ok(Some(notice))) => match notice.payload().parse() {
                Ok(revision) => advance(revisions, Revision(revision)),
                Err(_) => tracing::warn!("a notice on channel {CHANNEL} holds no revision"),
            },
            Ok(Ok(None) | Err(_)) => return,
            Err(_) => {
                if within(sqlx::query("SELECT 1").execute(&mut listener)).await.is_err() {
                    return;
                }
            }
        }
    }
}

async fn within<T>(work: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    timeout(CONNECT, work).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
}
