//! `docs/cli.md`: what `--help` says of every command, as one page.

use std::fmt::Write as _;

use clap::{Command, CommandFactory};

use crate::{args::Cli, error::Error, terminal::Terminal};

const HEAD: &str = "\
# The command line

What `sagemcp --help` and `sagemcp COMMAND --help` say. This page is generated: `sagemcp reference > docs/cli.md`.
";

/// Prints the page.
pub(crate) fn run(terminal: &mut Terminal<'_>) -> Result<(), Error> {
    Ok(terminal.out.write_all(page().as_bytes())?)
}

fn page() -> String {
    let mut text = HEAD.to_owned();
    // The same page on every machine: no terminal's width, no value from the environment.
    let mut root = Cli::command().term_width(100);
    root.build();
    section(&root, &mut text);
    text
}

fn section(command: &Command, text: &mut String) {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
    let help = command.clone().hide_all_env_values().render_long_help().to_string();
    let help: String = help.lines().map(|line| line.trim_end().to_owned() + "\n").collect();
    write!(text, "\n## `{name}`\n\n```text\n{}\n```\n", help.trim_end())
        .expect("writing to a string cannot fail");
    for child in command.get_subcommands().filter(|it| !it.is_hide_set() && it.get_name() != "help") {
        section(child, text);
    }
}

trait HideEnvValues {
    fn hide_all_env_values(self) -> Self;
}

impl HideEnvValues for Command {
    fn hide_all_env_values(self) -> Self {
        self.mut_args(|argument| argument.hide_env_values(true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_in_the_repository_is_what_help_says() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/cli.md");
        let stored = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            stored == page(),
            "docs/cli.md is stale; run `sagemcp reference > docs/cli.md` and commit the result"
        );
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
