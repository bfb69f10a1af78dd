//! The file by which other commands find a running `sagemcp up`: a kubeconfig in its data directory, there for as long
//! as it runs. kubectl can use it too.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use secrecy::{ExposeSecret, SecretString};

use crate::{error::Error, private_file};

/// The data directory where `--data` names no other one.
pub(crate) const DATA_DIR: &str = ".sagemcp";

/// The kubeconfig of a data directory.
pub(crate) fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("kubeconfig")
}

/// Writes the kubeconfig, which holds a secret, for its owner only, at once and as a whole.
pub(crate) fn write(data_dir: &Path, kubeconfig: &SecretString) -> Result<(), Error> {
    let path = path(data_dir);
    private_file::write(&path, kubeconfig.expose_secret().as_bytes()).map_err(|source| Error::File {
        action: "write",
        path,
        source,
    })
}

/// Removes the kubeconfig, so that commands no longer look for a process that ended.
pub(crate) fn remove(data_dir: &Path) -> Result<(), Error> {
    let path = path(data_dir);
    match fs::remove_file(&path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(Error::File { action: "remove", path, source })
        }
        _ => Ok(()),
    }
}

/// The data directory of the `sagemcp up` that was started in a directory or in the nearest one above it.
pub(crate) fn find(start: &Path) -> Option<PathBuf> {
    start.ancestors().map(|dir| dir.join(DATA_DIR)).find(|dir| path(dir).is_file())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_context_is_found_from_below_and_only_its_owner_may_read_it() {
        let root = tempfile::tempdir().unwrap();
        let data = root.path().join(DATA_DIR);
        let below = root.path().join("a/b");
        fs::create_dir_all(&below).unwrap();
        fs::create_dir(&data).unwrap();
        assert_eq!(find(&below), None);
        write(&data, &"a: kubeconfig".into()).unwrap();
        assert_eq!(find(&below).as_deref(), Some(&*data));
        let mode = fs::metadata(path(&data)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        remove(&data).unwrap();
        remove(&data).unwrap();
        assert_eq!(find(&below), None);
    }
}
