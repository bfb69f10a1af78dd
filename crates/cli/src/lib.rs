//! `sagemcp`: the platform in one process (`up`), object commands for a cluster or a running `up`, and a small MCP client.
//!
//! Each command is a file with its arguments and one function that writes to a [`Terminal`]; tests call that function
//! with buffers. Errors name the flag or field and what mends it.

pub mod args;
pub mod error;
pub mod terminal;

mod age;
mod apply;
mod completion;
mod connection;
mod connector;
mod context;
mod crd_yaml;
mod delete;
mod describe;
mod get;
mod keyring;
mod kinds;
mod manifest;
mod mcp;
mod private_file;
mod reference;
mod selection;
mod table;
mod up;
mod validate;
mod wait;

#[cfg(test)]
mod object_tests;

use args::{Cli, Command};
use error::Error;
use jiff::Timestamp;
use terminal::Terminal;

/// Runs a command.
///
/// # Errors
/// What the command could not do; [`Error::exit_code`] says how to end.
pub async fn run(cli: Cli, terminal: &mut Terminal<'_>) -> Result<(), Error> {
    let now = Timestamp::now();
    match cli.command {
        Command::Up(args) => up::run(&args, terminal).await,
        Command::Get(args) => get::run(&args, &args.connection.open().await?, terminal).await,
        Command::Describe(args) => describe::run(&args, &args.connection.open().await?, now, terminal).await,
        Command::Apply(args) => apply::run(&args, &args.connection.open().await?, terminal).await,
        Command::Delete(args) => delete::run(&args, &args.connection.open().await?, terminal).await,
        Command::Wait(args) => wait::run(&args, &args.connection.open().await?, terminal).await,
        Command::Mcp(args) => mcp::run(args, terminal).await,
        Command::Connector(args) => connector::run(&args, terminal).await,
        Command::Crds => crd_yaml::run(terminal),
        Command::Keyring(args) => keyring::run(&args, terminal),
        Command::Completion(args) => completion::run(&args, terminal),
        Command::Validate(args) => validate::run(&args, terminal).await,
        Command::Reference => reference::run(terminal),
        Command::Version => version(terminal),
    }
}

fn version(terminal: &mut Terminal<'_>) -> Result<(), Error> {
    writeln!(terminal.out, "sagemcp {}", env!("CARGO_PKG_VERSION"))?;
    writeln!(terminal.out, "serves the API {}/{}", crds::GROUP, crds::VERSION)?;
    Ok(())
}
