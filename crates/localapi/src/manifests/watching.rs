//! Reading the directory again when something in it changes.

use std::time::Duration;

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher, event::AccessKind, event::AccessMode};
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, interval, timeout, timeout_at},
};

use super::files;
use crate::LocalApi;

/// How long nothing may change before the directory is read: editors and `git` write in several steps.
const QUIET: Duration = Duration::from_millis(50);
/// How long a change waits at most, even if more keep coming.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often the directory is looked at without a notice: those can be lost, and network file systems send none.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// The directory cannot be watched.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// There is none.
    #[error("no manifests directory was given; open the API with one")]
    NoDirectory,
    /// The system refuses.
    #[error(
        "the manifests directory cannot be watched; raise fs.inotify.max_user_watches if it is too large"
    )]
    Notify(#[from] notify::Error),
}

/// The running watch. Dropping it ends it.
pub struct Watching {
    task: JoinHandle<()>,
    _watcher: RecommendedWatcher,
}

impl std::fmt::Debug for Watching {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watching").finish_non_exhaustive()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Starts watching.
pub(crate) fn watch(api: &LocalApi) -> Result<Watching, WatchError> {
    let directory = api.manifests_directory().ok_or(WatchError::NoDirectory)?;
    // One pending notice says all there is to say.
    let (sender, receiver) = mpsc::channel(1);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|it| !is_reading(it.kind)) {
            let _full = sender.try_send(());
        }
    })?;
    watcher.watch(&directory, RecursiveMode::Recursive)?;
    let task = tokio::spawn(run(api.clone(), receiver));
    Ok(Watching { task, _watcher: watcher })
}

/// Our own reading makes notices too.
fn is_reading(kind: EventKind) -> bool {
    matches!(kind, EventKind::Access(access) if access != AccessKind::Close(AccessMode::Write))
}

async fn run(api: LocalApi, mut notices: mpsc::Receiver<()>) {
    let mut look = interval(LOOK_EVERY);
    let mut news = api.subscribe();
    let mut removals = api.removals();
    let mut seen = fingerprint(&api).await;
    // What changed between opening and now.
    api.read_manifests().await;
    loop {
        tokio::select! {
            notice = notices.recv() => {
                if notice.is_none() {
                    return;
                }
                settle(&mut notices).await;
                seen = fingerprint(&api).await;
            }
            changed = news.changed() => {
                if changed.is_err() {
                    return;
                }
                // An object that was deleted, or that a finalizer let go, comes back if the directory wants it.
                let before = std::mem::replace(&mut removals, api.removals());
                if removals == before || !api.misses_manifests() {
                    continue;
                }
            }
            _ = look.tick() => {
                let now = fingerprint(&api).await;
                if now == seen {
                    continue;
                }
                seen = now;
            }
        }
        api.read_manifests().await;
    }
}

/// Looks at the directory, off the threads that serve.
async fn fingerprint(api: &LocalApi) -> files::Fingerprint {
    let Some(directory) = api.manifests_directory() else { return files::Fingerprint::new() };
    let looking = tokio::task::spawn_blocking(move || files::fingerprint(&directory));
    looking.await.expect("looking does not panic and is not cancelled")
}

/// Waits until no more notices come.
async fn settle(notices: &mut mpsc::Receiver<()>) {
    let end = Instant::now() + PATIENCE;
    while let Ok(Ok(Some(()))) = timeout_at(end, timeout(QUIET, notices.recv())).await {}
}
