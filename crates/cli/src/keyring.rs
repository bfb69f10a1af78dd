//! `sagemcp keyring`: makes a key ring, or says which keys one has.

use std::{
    io::{self, Read},
    path::PathBuf,
};

use secrecy::ExposeSecret;
use secrets::KeyRing;
use zeroize::Zeroizing;

use crate::{error::Error, terminal::Terminal};

/// The longest key ring that is read, in bytes.
const MAX_BYTES: u64 = 64 << 10;

/// Arguments of `keyring`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Clone, Debug)]
enum Command {
    /// Print a new key ring. Whoever holds it can read every stored credential: redirect it into a file of mode 0600
    New,
    /// Print the id of each key and whether it seals, never a key
    ShowIds {
        /// The file, or - for standard input
        file: PathBuf,
    },
}

/// Makes or inspects.
pub(crate) fn run(args: &Args, terminal: &mut Terminal<'_>) -> Result<(), Error> {
    match &args.command {
        Command::New => write!(terminal.out, "{}", KeyRing::generate().to_text().expose_secret())?,
        Command::ShowIds { file } => {
            let text = read(file)?;
            KeyRing::parse(&text)?;
            for line in text.lines().map(str::trim).filter(|it| !it.is_empty() && !it.starts_with('#')) {
                let parts: Vec<&str> = line.split_whitespace().take(2).collect();
                writeln!(terminal.out, "{}", parts.join(" "))?;
            }
        }
    }
    Ok(())
}

fn read(file: &PathBuf) -> Result<Zeroizing<String>, Error> {
    let mut text = Zeroizing::new(String::new());
    let read = if file.as_os_str() == "-" {
        io::stdin().lock().take(MAX_BYTES).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|it| it.take(MAX_BYTES).read_to_string(&mut text))
    };
    read.map_err(|source| Error::File { action: "read", path: file.clone(), source })?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(command: Command) -> Result<String, Error> {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        run(&Args { command }, &mut Terminal { out: &mut out, err: &mut err })?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn a_new_ring_can_be_read_and_its_ids_show_no_key() {
        let ring = output(Command::New).unwrap();
        KeyRing::parse(&ring).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("ring");
        std::fs::write(&file, &ring).unwrap();
        assert_eq!(output(Command::ShowIds { file }).unwrap(), "k1 seal\n");
    }

    #[test]
    fn a_broken_ring_is_refused_with_its_line() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("ring");
        std::fs::write(&file, "k1 seal short").unwrap();
        insta::assert_snapshot!(output(Command::ShowIds { file }).unwrap_err(), @"key ring, line 1: a key is 32 bytes in URL-safe base64, as `sagemcp keyring new` prints it");
    }
}
