//! `sagemcp connector`: the connectors that are built in, and working on a document before it is applied.

mod cost;
mod list;
mod page;
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
  sagemcp connector list github")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Clone, Debug)]
enum Command {
    /// List the built-in connectors, or the tools of one connector, with what listing them costs a model
    List {
        /// A connector whose tools to list
        #[arg(value_name = "CONNECTOR")]
        connector: Option<String>,
        /// How to print
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
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
pub(crate) fn run(args: &Args, terminal: &mut Terminal<'_>) -> Result<(), Error> {
    match &args.command {
        Command::List { connector: None, output } => list::connectors(*output, terminal),
        Command::List { connector: Some(name), output } => {
            list::tools(&Source::open(name)?.compile()?, *output, terminal)
        }
        Command::Pages { dir } => page::write(dir, terminal),
    }
}
