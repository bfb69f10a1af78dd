//! The `sagemcp` program: reads the command line, runs the command, turns its error into an exit code.

use std::{io, process::ExitCode};

use clap::Parser;
use cli::{args::Cli, error::USAGE, terminal::Terminal};

fn main() -> ExitCode {
    // Fails only if a provider is installed already, which is the one that we want.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(message) => {
            // Nothing sensible is left to do if the terminal is gone.
            let _ = message.print();
            return if message.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS };
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: cannot start the runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    let (mut out, mut err) = (io::stdout(), io::stderr());
    let mut terminal = Terminal { out: &mut out, err: &mut err };
    let result = runtime.block_on(cli::run(cli, &mut terminal));
    // What still runs in the background must not hold the program up.
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if !error.is_silent() {
                eprintln!("error: {error}");
            }
            ExitCode::from(error.exit_code())
        }
    }
}
