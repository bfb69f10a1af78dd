//! What `sagemcp up` keeps of secrets.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::ensure;
use e2e::Standalone;
use serde_json::json;

use crate::{
    client::{Client, Era},
    planted::{self, Needles},
    site::{careless, team},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_data_directory_holds_no_secret_but_minted_keys_as_files_of_their_owner() -> anyhow::Result<()> {
    let manifests = testkit::process::folder("manifests")?;
    let env = json!([{ "name": "KEY_FILE", "secretRef": { "name": "vendor", "key": "file" } }]);
    let hosted = json!({ "hosted": { "env": env }, "credentials": { "secretRef": { "name": "vendor" } } });
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": { "name": "vendor", "labels": { "sagemcp.io/use": "credentials" } },
        "stringData": { "token": planted::TOKEN, "file": planted::KEY_FILE },
    });
    let objects = [vec![secret, careless("careless", "acme", hosted)], team("acme")].concat();
    for (number, object) in objects.iter().enumerate() {
        fs::write(manifests.path().join(format!("{number}.yaml")), object.to_string())?;
    }
    let up = Standalone::start_logging(manifests.path(), "debug").await?;
    let (url, key) = up.hosted_endpoint().await?;
    let client = Client::new(url.replace("/tools/", "/careless/"), &key)?;
    let answer = client.call(Era::Modern, None, "echo", json!({ "message": "hello" })).await?;
    ensure!(answer.text() == "Echo: hello", "{answer:?}");
    let crash = client.call(Era::Modern, None, "crash", json!({})).await?;
    ensure!(crash.text().contains("exited with status 3"), "{crash:?}");

    let planted = Needles::of(planted::ALL);
    planted.must_not_be_in("an answer to a client", &format!("{crash:?}"))?;
    planted.must_not_be_in("the log", &up.process.log())?;
    let minted = Needles::of([&*key]);
    let mut holders = Vec::new();
    for file in files(&up.data())? {
        let content = fs::read(&file)?;
        ensure!(!planted.are_in(&content), "a secret of the manifests is in {}", file.display());
        if minted.are_in(&content) {
            ensure!(fs::metadata(&file)?.permissions().mode() & 0o077 == 0, "{} is open", file.display());
            holders.push(file);
        }
    }
    ensure!(
        holders.len() == 1 && holders[0].starts_with(up.data().join("state")),
        "the key is in {holders:?}"
    );
    Ok(())
}

/// All files below a folder.
fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(self::files(&path)?);
        } else if path.is_file() {
            files.push(path);
        }
    }
    Ok(files)
}
