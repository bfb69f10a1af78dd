//! `sagemcp completion`: completion scripts for shells.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::{args::Cli, error::Error, terminal::Terminal};

/// Arguments of `completion`.
#[derive(clap::Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  source <(sagemcp completion bash)
  sagemcp completion fish > ~/.config/fish/completions/sagemcp.fish")]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Prints the script.
pub(crate) fn run(args: &Args, terminal: &mut Terminal<'_>) -> Result<(), Error> {
    // Written to memory first: the generator panics when its writer fails.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "sagemcp", &mut script);
    Ok(terminal.out.write_all(&script)?)
}
