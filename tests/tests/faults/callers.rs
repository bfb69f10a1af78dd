//! Steady callers that check every answer.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use anyhow::ensure;
use serde_json::json;
use testkit::eventually;
use tokio::{task::JoinSet, time::MissedTickBehavior};

use crate::{
    client::{Client, Era},
    site::PATIENCE,
};

/// How often each caller calls.
const PACE: Duration = Duration::from_millis(50);

/// Callers of the tool `echo` at one replica, one of each era. They end with this value.
pub(crate) struct Callers {
    tasks: JoinSet<anyhow::Result<()>>,
    seen: Arc<Seen>,
}

/// What came back.
#[derive(Default)]
struct Seen {
    right: AtomicU32,
    /// The connection could not be made or broke.
    disconnected: AtomicU32,
}

impl Callers {
    /// Starts calling. Whatever the replica answers must be right.
    pub(crate) async fn start(client: &Client) -> anyhow::Result<Self> {
        let mut callers = Self { tasks: JoinSet::new(), seen: Arc::default() };
        let session = client.open().await?;
        for (era, session) in [(Era::Legacy, Some(session)), (Era::Modern, None)] {
            callers.tasks.spawn(call(client.clone(), era, session, Arc::clone(&callers.seen)));
        }
        callers.succeed().await?;
        Ok(callers)
    }

    /// Waits until some more calls were answered.
    pub(crate) async fn succeed(&mut self) -> anyhow::Result<()> {
        let before = self.seen.right.load(Ordering::Relaxed);
        self.until("no call was answered", |seen| seen.right.load(Ordering::Relaxed) > before + 10).await
    }

    /// Waits until a caller could not reach the replica.
    pub(crate) async fn lose_it(&mut self) -> anyhow::Result<()> {
        self.until("no connection broke", |seen| seen.disconnected.load(Ordering::Relaxed) > 0).await
    }

    /// Ends the calls, and says if an answer was wrong or, where `always_there`, if one was missing.
    pub(crate) async fn end(mut self, always_there: bool) -> anyhow::Result<()> {
        self.until("", |_| true).await?;
        let lost = self.seen.disconnected.load(Ordering::Relaxed);
        ensure!(
            !always_there || lost == 0,
            "{lost} calls were not answered by a replica that nobody touched"
        );
        Ok(())
    }

    /// Waits for what is seen, or for a caller to end, which it does only at a wrong answer.
    async fn until(&mut self, missing: &str, holds: impl Fn(&Seen) -> bool) -> anyhow::Result<()> {
        let Self { tasks, seen } = self;
        let ended = eventually(PATIENCE, async || {
            let ended = tasks.try_join_next();
            ensure!(ended.is_some() || holds(seen), "{missing}");
            Ok(ended)
        });
        ended.await?.map_or(Ok(()), |ended| ended?)
    }
}

/// Calls until an answer is wrong.
async fn call(client: Client, era: Era, session: Option<String>, seen: Arc<Seen>) -> anyhow::Result<()> {
    let mut pace = tokio::time::interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for number in 0_u64.. {
        pace.tick().await;
        let message = format!("{era:?} {number}");
        match client.call(era, session.as_deref(), "echo", json!({ "message": message })).await {
            Ok(answer) => {
                let right = answer.status == 200 && answer.text() == format!("Echo: {message}");
                // A replica that just starts and has no configuration yet says so.
                let starting = answer.status == 503 && seen.disconnected.load(Ordering::Relaxed) > 0;
                ensure!(right || starting, "{} answered {era:?} {number} with {answer:?}", client.url);
                seen.right.fetch_add(u32::from(right), Ordering::Relaxed);
            }
            Err(_) => {
                seen.disconnected.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
    Ok(())
}
