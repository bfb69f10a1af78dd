//! The data directory: for its owner only, with everything that a restart brings back.

use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
};

use secrecy::{ExposeSecret, SecretString};
use secrets::KeyRing;

use super::UpError;
use crate::{error::Error, private_file};

/// A data directory.
#[derive(Clone, Debug)]
pub(super) struct DataDir {
    path: PathBuf,
}

impl DataDir {
    /// Opens the directory, making it if it is not there.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let failed = |action| move |source| Error::File { action, path: path.to_owned(), source };
        if !path.exists() {
            DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed("create"))?;
        }
        // Also absolute for child processes and for whoever is told of it.
        let path = path.canonicalize().map_err(failed("open"))?;
        refuse_if_open(&path, "700")?;
        let data = Self { path };
        data.hide_from_git()?;
        Ok(data)
    }

    /// The directory.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the local API keeps its objects.
    pub(super) fn state(&self) -> PathBuf {
        self.path.join("state")
    }

    /// The database's URL.
    pub(super) fn database_url(&self) -> String {
        format!("sqlite://{}", self.path.join("store.db").display())
    }

    /// The key ring, made on first use. The caller holds the lock of [`DataDir::state`].
    pub(super) fn key_ring(&self) -> Result<KeyRing, Error> {
        let path = self.path.join("keyring");
        let failed = |action| {
            let path = path.clone();
            move |source| Error::File { action, path, source }
        };
        match fs::read_to_string(&path).map(SecretString::from) {
            Ok(text) => {
                refuse_if_open(&path, "600")?;
                Ok(KeyRing::parse(text.expose_secret())?)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let ring = KeyRing::generate();
                // As a whole or not at all: half a ring would lock everything out.
                private_file::write(&path, ring.to_text().expose_secret().as_bytes())
                    .map_err(failed("write"))?;
                Ok(ring)
            }
            Err(source) => Err(failed("read")(source)),
        }
    }

    /// Keys do not belong into a repository.
    fn hide_from_git(&self) -> Result<(), Error> {
        let path = self.path.join(".gitignore");
        if path.exists() {
            return Ok(());
        }
        private_file::write(&path, b"*\n").map_err(|source| Error::File { action: "write", path, source })
    }
}

fn refuse_if_open(path: &Path, mode: &'static str) -> Result<(), Error> {
    let metadata = fs::metadata(path).map_err(|source| Error::File {
        action: "look at",
        path: path.to_owned(),
        source,
    })?;
    if metadata.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    Err(UpError::Open { path: path.to_owned(), mode }.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_data_directory_is_for_its_owner_only_and_keeps_its_ring() {
        let root = tempfile::tempdir().unwrap();
        let data = DataDir::open(&root.path().join("a/data")).unwrap();
        let ring = data.key_ring().unwrap();
        assert_eq!((mode(data.path()), mode(&data.path().join("keyring"))), (0o700, 0o600));
        assert!(DataDir::open(data.path()).unwrap().key_ring().unwrap() == ring);
        assert_eq!(fs::read_to_string(data.path().join(".gitignore")).unwrap(), "*\n");
    }

    #[test]
    fn what_others_can_read_is_refused_with_the_remedy() {
        let root = tempfile::tempdir().unwrap();
        let data = DataDir::open(&root.path().join("data")).unwrap();
        data.key_ring().unwrap();
        let ring = data.path().join("keyring");
        fs::set_permissions(&ring, fs::Permissions::from_mode(0o640)).unwrap();
        let error = data.key_ring().unwrap_err().to_string();
        assert!(error.contains(&format!("chmod 600 {}", ring.display())), "{error}");
        fs::set_permissions(data.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let error = DataDir::open(data.path()).unwrap_err().to_string();
        assert!(error.contains("chmod 700"), "{error}");
    }

    #[test]
    fn a_broken_ring_is_not_replaced() {
        let root = tempfile::tempdir().unwrap();
        let data = DataDir::open(&root.path().join("data")).unwrap();
        let ring = data.path().join("keyring");
        fs::write(&ring, "k1 seal short").unwrap();
        fs::set_permissions(&ring, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(data.key_ring().is_err());
        assert_eq!(fs::read_to_string(&ring).unwrap(), "k1 seal short");
    }
}
