//! What the pages promise: commands that exist, links that lead somewhere, examples that are valid.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const PAGES: [&str; 3] = ["README.md", "docs/quickstart.md", "docs/connectors.md"];

#[cfg(test)]
mod reading {
    use super::*;

    pub(crate) fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
    }

    pub(crate) fn page(name: &str) -> String {
        fs::read_to_string(root().join(name)).unwrap()
    }

    /// The words that follow `before` in a text, up to the next character that ends one.
    pub(crate) fn words_after<'a>(text: &'a str, before: &str) -> Vec<&'a str> {
        let ends = |c: char| !(c.is_ascii_lowercase() || c == '-');
        text.split(before)
            .skip(1)
            .map(|rest| rest.split(ends).next().unwrap_or_default())
            .filter(|word| !word.is_empty())
            .collect()
    }

    pub(crate) fn sagemcp(line: &str) -> (Option<i32>, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_sagemcp")).args(line.split(' ')).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).unwrap())
    }
}

use reading::{page, root, sagemcp, words_after};

#[test]
fn every_command_on_a_page_exists() {
    let makefile = page("Makefile");
    for name in PAGES {
        let text = page(name);
        let targets = [words_after(&text, "$ make "), words_after(&text, "`make ")].concat();
        for target in targets {
            let rule = format!("\n{target}:");
            assert!(makefile.contains(&rule), "{name}: make {target}");
        }
        let commands = [words_after(&text, "$ sagemcp "), words_after(&text, "`sagemcp ")].concat();
        assert!(!commands.is_empty());
        for command in commands {
            assert_eq!(sagemcp(&format!("{command} --help")).0, Some(0), "{name}: sagemcp {command}");
        }
    }
}

#[test]
fn every_link_on_a_page_leads_to_a_file() {
    for name in PAGES {
        let page_dir = root().join(name).parent().unwrap().to_owned();
        for target in page(name).split("](").skip(1).map(|rest| rest.split(')').next().unwrap().to_owned()) {
            let file = target.split('#').next().unwrap();
            assert!(target.starts_with("http") || page_dir.join(file).exists(), "{name}: {target}");
        }
    }
}

#[test]
fn the_quick_start_is_valid() {
    let (code, said) = sagemcp(&format!("validate -f {}", root().join("examples/quickstart").display()));
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(said.lines().filter(|line| line.ends_with(" valid")).count(), 4, "{said}");
}

#[test]
fn the_printed_crds_are_the_ones_of_the_repository() {
    let (code, printed) = sagemcp("crds");
    assert_eq!(code, Some(0));
    for name in ["tenants", "connectors", "apikeys", "connectordefinitions"] {
        assert!(printed.contains(&page(&format!("crds/yaml/{name}.yaml"))), "{name}");
    }
}

#[test]
fn completion_scripts_know_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let (code, script) = sagemcp(&format!("completion {shell}"));
        assert!(
            code == Some(0) && script.contains("describe") && script.contains("ready-timeout"),
            "{shell}"
        );
    }
}

#[test]
fn a_wrong_command_line_ends_with_64() {
    assert_eq!(sagemcp("frobnicate").0, Some(64));
    assert_eq!(sagemcp("get").0, Some(64));
    assert_eq!(sagemcp("apply -f x --frobnicate").0, Some(64));
    let (code, said) = sagemcp("validate -f no/such/file.yaml");
    assert_eq!(code, Some(64), "{said}");
}
