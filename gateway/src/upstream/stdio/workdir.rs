//! The working directory of one hosted process: its own, empty at the start, gone at the end.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// A directory that is removed when this is dropped.
#[derive(Debug)]
pub(super) struct WorkDir(PathBuf);

impl WorkDir {
    /// Makes a directory that only this user can enter.
    pub(super) fn create(root: &Path) -> io::Result<Self> {
        let path = root.join(format!("sagemcp-{:032x}", rand::random::<u128>()));
        DirBuilder::new().recursive(false).mode(0o700).create(&path)?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for WorkDir {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(path = %self.0.display(), %error, "the working directory of a hosted server was not removed");
        }
    }
}
