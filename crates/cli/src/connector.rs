//! `sagemcp connector`: the connectors that are built in, and working on a document before it is applied.

mod attempt;
mod call;
mod cost;
mod lint;
mod list;
mod page;
mod render;
mod source;

use std::path::PathBuf;

use clap::ValueEnum;

use crate::{error::Error, terminal::Terminal};
use source::Source;

/// Arguments of `connector`.
#[derive(clap::Args, Clone, Debug)]
#[command(after_help = "\
A CONNECTOR is a built-in one by its type, as in github, or the file of a document or ConnectorDefinition.

Examples:
  sagemcp connector list
  sagemcp connector list github
  sagemcp connector lint my-connector.yaml
  sagemcp connector render my-connector.yaml things_list --arg state=open
  sagemcp connector try github github_get_repository --arg owner=rust-lang --arg repo=rust")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Clone, Debug)]
enum Command {
    /// List the built-in connectors, or the tools of one, with what they cost a model
    ///
    /// CREDENTIAL is the OAuth provider whose tokens fit, or key. CHARACTERS are what a model reads: names, descriptions and
    /// input schemas; TOKENS are a quarter of them. LISTED are all characters of tools/list, with output schemas and hints.
    List {
        /// A connector whose tools to list
        #[arg(value_name = "CONNECTOR")]
        connector: Option<String>,
        /// How to print
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Check documents: whether they compile, and whether clients and models can use their tools
    Lint {
        /// Connectors; without one, all built-in ones
        #[arg(value_name = "CONNECTOR")]
        connectors: Vec<String>,
    },
    /// Show the requests that a call of a tool would send, without sending them
    Render {
        #[command(flatten)]
        call: call::CallArgs,
    },
    /// Call a tool at the vendor, without a server. A failure that the tool reports is an exit code of 1
    Try {
        #[command(flatten)]
        call: call::CallArgs,
        #[command(flatten)]
        attempt: attempt::AttemptArgs,
    },
    /// Write a page on each built-in connector into a directory, and the table of all into README.md there
    #[command(hide = true)]
    Pages {
        /// The directory, docs/connectors in the repository
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
}

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Output {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// Runs a connector command.
pub(crate) async fn run(args: &Args, terminal: &mut Terminal<'_>) -> Result<(), Error> {
    match &args.command {
        Command::List { connector: None, output } => list::connectors(*output, terminal),
        Command::List { connector: Some(name), output } => {
            list::tools(&Source::open(name)?.compile()?, *output, terminal)
        }
        Command::Lint { connectors } => lint::run(connectors, terminal),
        Command::Render { call } => render::run(call, terminal),
        Command::Try { call, attempt } => attempt::run(call, attempt, terminal).await,
        Command::Pages { dir } => page::write(dir, terminal),
    }
}
