//! Oracles of our own: facts that lie here, and what `scripts/contracts.sh` builds from published packages.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use crate::fixture::contract;
use crate::oracle::Oracle;
use crate::table::entry_of;

/// The oracles of some services, by name. Those that nobody has written yet are left out.
pub(crate) fn oracles(services: &[String]) -> BTreeMap<String, Oracle> {
    let names: BTreeSet<&str> =
        services.iter().flat_map(|service| entry_of(service).oracles).copied().collect();
    let mut files: BTreeMap<String, std::path::PathBuf> = BTreeMap::new();
    let mut built = Vec::new();
    for name in names {
        let facts = contract().join(format!("facts/{name}.json"));
        if facts.is_file() {
            files.insert(name.to_owned(), facts);
        }
        if ["mjs", "py"].iter().any(|kind| contract().join(format!("build/{name}.{kind}")).is_file()) {
            built.push(name);
        }
    }
    files.extend(build(&built));
    let oracles = files.into_iter().map(|(name, file)| {
        let text = std::fs::read_to_string(&file).unwrap();
        let json = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        (name.clone(), Oracle::from_json(&name, json))
    });
    oracles.collect()
}

/// Builds oracles, which is quick where the cache has them, and gives their files.
fn build(names: &[&str]) -> Vec<(String, std::path::PathBuf)> {
    if names.is_empty() {
        return Vec::new();
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/contracts.sh");
    let output = Command::new("bash").arg(script).args(names).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "scripts/contracts.sh could not build {names:?}:\n{errors}");
    let lines = String::from_utf8(output.stdout).unwrap();
    lines
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(name, file)| (name.to_owned(), file.into()))
        .collect()
}
