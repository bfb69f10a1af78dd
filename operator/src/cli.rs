//! The command line of `operator`. Bad configuration ends with status 64 and names the flag.

mod args;
mod health;
mod run;

use std::{io::Write as _, process::ExitCode};

use clap::{Parser, Subcommand};
use store::StoreError;

use crate::error::Error;

pub use args::{MigrateArgs, RunArgs};

/// `EX_USAGE` of sysexits.h.
const EX_USAGE: u8 = 64;

/// Turns SageMCP's objects into rows that gateways serve.
#[derive(Debug, Parser)]
#[command(name = "operator", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Reconcile until SIGTERM or SIGINT. Of several, one works and the others stand by.
    Run(Box<RunArgs>),
    /// Print the CRDs as YAML, for `kubectl apply --server-side -f -`.
    Crds,
    /// Bring the database to the schema this version needs, and grant the two roles their rights.
    Migrate(MigrateArgs),
}

/// Reads the command line and runs what it says.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(EX_USAGE) } else { ExitCode::SUCCESS };
        }
    };
    let outcome = match cli.command {
        Command::Run(args) => run::run(&args),
        Command::Crds => print_crds(),
        Command::Migrate(args) => migrate(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", error.chain());
            match error {
                Error::Config { .. } | Error::Store(StoreError::Config { .. }) => ExitCode::from(EX_USAGE),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

fn print_crds() -> Result<(), Error> {
    let mut out = std::io::stdout().lock();
    for crd in crds::all() {
        let yaml = crds::to_yaml(&crd).map_err(|error| Error::Bug(error.to_string()))?;
        // A reader that has seen enough is no error.
        if write!(out, "---\n{yaml}").is_err() {
            break;
        }
    }
    Ok(())
}

fn migrate(args: &MigrateArgs) -> Result<(), Error> {
    let (url, options) = args.resolve();
    let migrated = runtime()?.block_on(store::migrate(url, options));
    migrated.map_err(Error::Store)
}

fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::Bug(format!("no runtime: {error}")))
}
