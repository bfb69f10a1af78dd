//! Where programs are: those of the machine, those that `scripts/deps.sh` built or installed, and our own.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

/// The tools-only Go module that says which Kubernetes the tests run against.
const KUBE_MODULE: &str = include_str!("../../../tests/cluster/go.mod");

/// The root of the repository.
#[must_use]
pub fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The folder for what can be rebuilt; the same rule as in `scripts/env.sh`.
///
/// # Errors
/// If neither `SAGEMCP_CACHE` nor `HOME` is set.
pub fn cache() -> anyhow::Result<PathBuf> {
    if let Some(folder) = env::var_os("SAGEMCP_CACHE") {
        return Ok(PathBuf::from(folder));
    }
    let home = env::var_os("HOME").context("set SAGEMCP_CACHE: there is no HOME")?;
    Ok(Path::new(&home).join(".cache/sagemcp"))
}

/// `kube-apiserver` or `kube-controller-manager`, from `KUBEBUILDER_ASSETS` if that has both, else as built by
/// `scripts/deps.sh`.
///
/// # Errors
/// If it has not been built.
pub fn kube(name: &str) -> anyhow::Result<PathBuf> {
    if let Some(assets) = env::var_os("KUBEBUILDER_ASSETS").map(PathBuf::from)
        && ["kube-apiserver", "kube-controller-manager"].iter().all(|name| assets.join(name).is_file())
    {
        return Ok(assets.join(name));
    }
    let version = KUBE_MODULE
        .lines()
        .find_map(|line| line.trim().strip_prefix("k8s.io/kubernetes v"))
        .and_then(|rest| rest.split(' ').next())
        .context("tests/cluster/go.mod names no k8s.io/kubernetes version")?;
    installed(cache()?.join(format!("kube-{version}/bin")).join(name))
}

/// A program of the machine, looked up in `PATH`, then in `folders`.
///
/// # Errors
/// If it is nowhere.
pub fn find(name: &str, folders: &[PathBuf]) -> anyhow::Result<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(folders.iter().cloned())
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
        .with_context(|| format!("{name} is not installed: run `make deps`"))
}

/// `kubectl`.
///
/// # Errors
/// If it is not installed.
pub fn kubectl() -> anyhow::Result<PathBuf> {
    find("kubectl", &[cache()?.join("bin")])
}

/// `etcd`.
///
/// # Errors
/// If it is not installed.
pub fn etcd() -> anyhow::Result<PathBuf> {
    find("etcd", &env::var_os("KUBEBUILDER_ASSETS").map(PathBuf::from).into_iter().collect::<Vec<_>>())
}

/// A program of this workspace (`sagemcp`, `operator`, `gateway`), as built beside the running test.
///
/// # Errors
/// If it is not there: cargo builds it with the workspace, not with a single test.
pub fn ours(name: &str) -> anyhow::Result<PathBuf> {
    let test = env::current_exe()?;
    // target/<profile>/deps/<test>-<hash>, or target/<profile>/<program>.
    let folder = test.parent().context("a program is in a folder")?;
    let folder = if folder.ends_with("deps") { folder.parent().unwrap_or(folder) } else { folder };
    let program = folder.join(name);
    if !program.is_file() {
        bail!("{} is not built: run `cargo build --workspace --all-targets`", program.display());
    }
    Ok(program)
}

/// The Python that has the MCP SDK.
///
/// # Errors
/// If it is not installed.
pub fn python() -> anyhow::Result<PathBuf> {
    installed(cache()?.join("venv/bin/python"))
}

/// The folder whose `node_modules` has the published clients and servers of `tests/clients/package.json`.
///
/// # Errors
/// If they are not installed.
pub fn node_prefix() -> anyhow::Result<PathBuf> {
    installed(cache()?.join("node/node_modules"))?;
    Ok(cache()?.join("node"))
}

fn installed(path: PathBuf) -> anyhow::Result<PathBuf> {
    if path.exists() { Ok(path) } else { bail!("{} is missing: run `make deps`", path.display()) }
}
