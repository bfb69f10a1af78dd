//! Removes the working directories that a killed gateway left behind.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::process::geteuid;

use super::workdir::{PREFIX, lock};

/// How many directories one sweep removes at most. What is left then goes at the next start.
const MOST_REMOVED: usize = 1_000;
/// How many names one sweep looks at in a temporary directory that others fill.
const MOST_SEEN: usize = 100_000;

/// Removes what has our name and owner and is in nobody's use. Blocks. Returns how many there were.
pub fn sweep(root: &Path) -> usize {
    let removed = left_in(root).filter(|path| remove(path)).take(MOST_REMOVED).count();
    if removed > 0 {
        tracing::info!(removed, root = %root.display(), "removed working directories of a gateway that was killed");
    }
    removed
}

/// What looks like a working directory of ours, in use or not.
fn left_in(root: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(root).into_iter().flatten().take(MOST_SEEN).flatten();
    entries.filter(|entry| is_ours(&entry.file_name())).map(|entry| entry.path()).filter(|path| {
        // Of the entry itself: a link would lead the removal elsewhere.
        fs::symlink_metadata(path).is_ok_and(|found| found.is_dir() && found.uid() == geteuid().as_raw())
    })
}

fn is_ours(name: &OsStr) -> bool {
    let digits = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
    digits.is_some_and(|digits| digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn remove(path: &Path) -> bool {
    // Held until the directory is gone, so that of two sweeps one removes it.
    let Ok(Some(_lock)) = lock(path) else { return false };
    match fs::remove_dir_all(path) {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "a working directory that was left behind stays");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upstream::stdio::workdir::WorkDir;

    #[test]
    fn what_nobody_uses_goes_and_all_else_stays() {
        let root = tempfile::tempdir().unwrap();
        let used = WorkDir::create(root.path()).unwrap();
        let named = |name: &str| root.path().join(name);
        let left = named(&format!("{PREFIX}{:032x}", 7));
        fs::create_dir(&left).unwrap();
        fs::write(left.join("file"), "what a server wrote").unwrap();
        let others = [named("sagemcp-server-notes"), named(&format!("other-{:032x}", 7))];
        others.iter().for_each(|other| fs::create_dir(other).unwrap());
        let link = named(&format!("{PREFIX}{:032x}", 8));
        std::os::unix::fs::symlink(&others[0], &link).unwrap();

        assert_eq!(sweep(root.path()), 1);
        assert!(!left.exists() && used.path().is_dir());
        assert!(others.iter().chain([&link]).all(|other| other.exists()));

        let path = used.path().to_owned();
        drop(used);
        assert!(!path.exists());
        assert_eq!(sweep(&named("nothing-here")), 0);
    }
}
