//! Names, loading and atomic writing of the files in the state directory.
//!
//! `objects/<kind>/<namespace or ->/<name>.json`, `revision` (no revision above it was ever given out) and `lock`;
//! directories have mode 0700 and files 0600.

use std::{
    collections::{BTreeSet, HashMap},
    fs::{self, File, TryLockError},
    io::{ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{DiskError, Loaded};
use crate::{
    metadata,
    store::{
        record::Record,
        state::{Key, Stored},
    },
};

/// How many revisions are reserved at once.
const RESERVED: u64 = 1_000;
/// The folder name that stands for "no namespace"; no namespace can have it.
const CLUSTER: &str = "-";
/// A file that is being written; no object can have this name, and there is one writer.
const UNFINISHED: &str = ".unfinished";
/// The longest name that still takes an extension: file systems end at 255 bytes, Kubernetes' names at 253.
const LONGEST_WITH_EXTENSION: usize = 250;

/// Takes the directory for this process.
pub(super) fn lock(directory: &Path) -> Result<File, DiskError> {
    make_directory(directory)?;
    let path = directory.join("lock");
    let mut options = fs::OpenOptions::new();
    let file = options
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .map_err(DiskError::io("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(DiskError::InUse { path: directory.to_owned() }),
        Err(TryLockError::Error(source)) => Err(DiskError::io("lock", &path)(source)),
    }
}

fn make_directory(path: &Path) -> Result<(), DiskError> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(DiskError::io("create", path))
}

/// Reads everything.
pub(super) fn load(directory: &Path) -> Result<Loaded, DiskError> {
    let root = directory.join("objects");
    make_directory(&root)?;
    let mut records = Vec::new();
    for kind in entries(&root)? {
        for namespace in entries(&kind)? {
            for file in entries(&namespace)? {
                if file.file_name().is_some_and(|name| name == UNFINISHED) {
                    fs::remove_file(&file).map_err(DiskError::io("remove", &file))?;
                } else {
                    records.push(read(&file)?);
                }
            }
        }
    }
    let highest = records.iter().filter_map(|(_, it)| metadata::version(&it.object).parse().ok()).max();
    let revision = reserved(directory)?.max(highest.unwrap_or_default());
    Ok(Loaded { records, revision })
}

fn entries(directory: &Path) -> Result<Vec<PathBuf>, DiskError> {
    let failed = || DiskError::io("list", directory);
    let entries = fs::read_dir(directory).map_err(failed())?;
    entries.map(|entry| entry.map(|it| it.path()).map_err(failed())).collect()
}

fn read(path: &Path) -> Result<(Key, Stored), DiskError> {
    let bytes = fs::read(path).map_err(DiskError::io("read", path))?;
    let record: Record = serde_json::from_slice(&bytes).map_err(|error| DiskError::Malformed {
        path: path.to_owned(),
        message: format!("line {}, column {}", error.line(), error.column()),
    })?;
    let key = Key {
        storage: record.storage.into(),
        namespace: metadata::namespace(&record.object).to_owned(),
        name: metadata::name(&record.object).to_owned(),
    };
    Ok((key, Stored { object: Arc::new(record.object), origin: record.origin }))
}

fn reserved(directory: &Path) -> Result<u64, DiskError> {
    let path = directory.join("revision");
    match fs::read_to_string(&path) {
        Ok(text) => {
            text.trim().parse().map_err(|_| DiskError::Malformed { path, message: "not a number".to_owned() })
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
        Err(error) => Err(DiskError::io("read", &path)(error)),
    }
}

/// Writes files. One exists a directory.
pub(super) struct Writer {
    directory: PathBuf,
    reserved: u64,
}

impl Writer {
    /// Reserves the first revisions.
    pub(super) fn new(directory: &Path, revision: u64) -> Result<Self, DiskError> {
        let mut writer = Self { directory: directory.to_owned(), reserved: 0 };
        writer.reserve(revision)?;
        Ok(writer)
    }

    fn reserve(&mut self, revision: u64) -> Result<(), DiskError> {
        if revision + RESERVED / 2 < self.reserved {
            return Ok(());
        }
        let reserved = revision + RESERVED;
        replace(&self.directory.join("revision"), reserved.to_string().as_bytes())?;
        sync(&self.directory)?;
        self.reserved = reserved;
        Ok(())
    }

    /// Brings the files up to a revision.
    pub(super) fn write(
        &mut self,
        revision: u64,
        files: &HashMap<Key, Option<Stored>>,
    ) -> Result<(), DiskError> {
        self.reserve(revision)?;
        let mut touched = BTreeSet::new();
        for (key, stored) in files {
            let namespace = if key.namespace.is_empty() { CLUSTER } else { &key.namespace };
            let kind = self.directory.join("objects").join(&*key.storage);
            let folder = kind.join(namespace);
            let path = folder.join(file_name(&key.name));
            match stored {
                Some(stored) => {
                    if !folder.is_dir() {
                        make_directory(&folder)?;
                        touched.extend([self.directory.join("objects"), kind]);
                    }
                    replace(&path, &serialize(key, stored, &path)?)?;
                    touched.insert(folder);
                }
                None => match fs::remove_file(&path) {
                    Ok(()) => drop(touched.insert(folder)),
                    Err(error) if error.kind() == ErrorKind::NotFound => {}
                    Err(error) => return Err(DiskError::io("remove", &path)(error)),
                },
            }
        }
        touched.iter().try_for_each(|folder| sync(folder))
    }
}

fn file_name(name: &str) -> String {
    if name.len() > LONGEST_WITH_EXTENSION { name.to_owned() } else { format!("{name}.json") }
}

fn serialize(key: &Key, stored: &Stored, path: &Path) -> Result<Vec<u8>, DiskError> {
    let record = Record {
        storage: key.storage.to_string(),
        origin: stored.origin.clone(),
        object: (*stored.object).clone(),
    };
    serde_json::to_vec_pretty(&record).map_err(|error| DiskError::io("serialise", path)(error.into()))
}

/// Writes beside the file, syncs, and renames.
fn replace(path: &Path, contents: &[u8]) -> Result<(), DiskError> {
    let unfinished = path.with_file_name(UNFINISHED);
    let failed = || DiskError::io("write", path);
    let mut options = fs::OpenOptions::new();
    let mut file =
        options.create(true).truncate(true).write(true).mode(0o600).open(&unfinished).map_err(failed())?;
    file.write_all(contents).map_err(failed())?;
    file.sync_all().map_err(failed())?;
    fs::rename(&unfinished, path).map_err(failed())
}

fn sync(directory: &Path) -> Result<(), DiskError> {
    let file = File::open(directory).map_err(DiskError::io("open", directory))?;
    file.sync_all().map_err(DiskError::io("sync", directory))
}
