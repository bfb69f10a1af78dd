//! The files of the directory.

use std::{fs, io, path::Path, time::SystemTime};

/// The largest file that is read, in bytes.
const LARGEST: u64 = 4 << 20;
/// How deep folders may be nested; links that lead in a circle end there.
const DEEPEST: usize = 16;

/// One file.
pub(super) struct File {
    /// The path below the directory.
    pub(super) name: String,
    /// Its text, or why there is none.
    pub(super) text: Result<String, String>,
}

/// All YAML and JSON files, by name.
///
/// # Errors
/// The directory, or a folder in it, cannot be listed.
pub(super) fn read(directory: &Path) -> io::Result<Vec<File>> {
    let mut files = Vec::new();
    walk(directory, "", DEEPEST, &mut |name, path| {
        files.push(File { name: name.to_owned(), text: text(path) });
    })?;
    Ok(files)
}

/// Names, times and sizes of the files: what changes when a file does.
pub(super) type Fingerprint = Vec<(String, Option<SystemTime>, u64)>;

/// Takes the fingerprint.
pub(super) fn fingerprint(directory: &Path) -> Fingerprint {
    let mut seen = Vec::new();
    // A directory that cannot be listed looks empty here; reading it then says what is wrong.
    let _listed = walk(directory, "", DEEPEST, &mut |name, path| {
        let metadata = fs::metadata(path).ok();
        let time = metadata.as_ref().and_then(|it| it.modified().ok());
        seen.push((name.to_owned(), time, metadata.map_or(0, |it| it.len())));
    });
    seen
}

fn walk(directory: &Path, prefix: &str, depth: usize, visit: &mut impl FnMut(&str, &Path)) -> io::Result<()> {
    let mut entries = fs::read_dir(directory)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        // Hidden files are editors' and version control's.
        if name.starts_with('.') {
            continue;
        }
        let path = entry.path();
        let below = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
        if path.is_dir() {
            if depth > 0 {
                walk(&path, &below, depth - 1, visit)?;
            }
        } else if is_manifest(&path) {
            visit(&below, &path);
        }
    }
    Ok(())
}

fn is_manifest(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "yaml" || it == "yml" || it == "json")
}

fn text(path: &Path) -> Result<String, String> {
    let metadata = fs::metadata(path).map_err(|error| error.to_string())?;
    if !metadata.is_file() || metadata.len() > LARGEST {
        return Err(format!("not a file of at most {LARGEST} bytes"));
    }
    fs::read_to_string(path).map_err(|error| error.to_string())
}
