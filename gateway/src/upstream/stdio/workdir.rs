//! The working directory of one hosted process: its own, empty at the start, gone at the end.
//!
//! While it is in use, the gateway holds a lock on it. The kernel drops the lock with the gateway, however that ends, so
//! `leftovers` can tell what a killed gateway left behind from what another one is using, also across containers that
//! share a directory, where process ids mean nothing.

use std::fs::{DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

/// How the names begin; 32 hexadecimal digits follow.
pub(super) const PREFIX: &str = "sagemcp-server-";
/// How often a directory is made anew that a sweep took for a leftover before it was locked.
const ATTEMPTS: usize = 5;

/// A directory that is removed when this is dropped.
#[derive(Debug)]
pub(super) struct WorkDir {
    path: PathBuf,
    _lock: File,
}

impl WorkDir {
    /// Makes a directory that only this user can enter.
    pub(super) fn create(root: &Path) -> io::Result<Self> {
        for _ in 0..ATTEMPTS {
            let path = root.join(format!("{PREFIX}{:032x}", rand::random::<u128>()));
            DirBuilder::new().recursive(false).mode(0o700).create(&path)?;
            if let Some(lock) = lock(&path)? {
                return Ok(Self { path, _lock: lock });
            }
        }
        Err(io::Error::new(io::ErrorKind::ResourceBusy, "every new directory was swept away at once"))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for WorkDir {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "the working directory of a hosted server was not removed");
        }
    }
}

/// Locks a directory; `None` if somebody else holds it or has removed it.
pub(super) fn lock(path: &Path) -> io::Result<Option<File>> {
    let directory = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    match directory.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    // It may have gone between the two, and then this is a lock on nothing.
    let is_there = std::fs::symlink_metadata(path).is_ok_and(|now| {
        directory.metadata().is_ok_and(|locked| (locked.dev(), locked.ino()) == (now.dev(), now.ino()))
    });
    Ok(is_there.then_some(directory))
}
