//! Why a command failed, in words for people, and the exit code that says so to programs.

use std::{io, path::PathBuf};

use crate::{connection::ConnectError, manifest::ManifestError, mcp::McpError, up::UpError};

/// Exit code of a command line or a file that makes no sense (`EX_USAGE` of sysexits.h).
pub const USAGE: u8 = 64;

/// Why a command failed. No message shows a secret.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line makes no sense.
    #[error("{0}")]
    Usage(String),
    /// A manifest cannot be read.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// There is no API to speak to.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The API refused a request.
    #[error("{0}")]
    Refused(String),
    /// The API did not answer, or not in an understandable way.
    #[error("the API at {server} did not answer: {reason}")]
    NoAnswer {
        /// Where it should be.
        server: String,
        /// What went wrong.
        reason: String,
    },
    /// Some objects of several were not treated; each failure has been printed.
    #[error("{failed} of {total} objects failed")]
    Some {
        /// How many failed.
        failed: usize,
        /// How many there were.
        total: usize,
    },
    /// Something did not come true in time.
    #[error("{what} within {seconds} s; {state}")]
    Timeout {
        /// What was waited for, as in `tenant/acme did not become Ready`.
        what: String,
        /// How long.
        seconds: u64,
        /// How things stand instead.
        state: String,
    },
    /// A file cannot be used.
    #[error("cannot {action} {path}: {source}")]
    File {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A key ring cannot be read.
    #[error(transparent)]
    Ring(#[from] secrets::RingError),
    /// `sagemcp up` cannot start, or ended by itself.
    #[error(transparent)]
    Up(#[from] UpError),
    /// Speaking MCP failed.
    #[error(transparent)]
    Mcp(#[from] McpError),
    /// A value cannot be printed in the form that was asked for.
    #[error("cannot print as {format}: {reason}")]
    Format {
        /// `json` or `yaml`.
        format: &'static str,
        /// What the serialiser says.
        reason: String,
    },
    /// The output is closed.
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
}

impl Error {
    /// The exit code: 64 for a wrong command line or manifest, else 1.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Manifest(_) => USAGE,
            _ => 1,
        }
    }

    /// Whether nothing need be said: the reader of a pipe went away.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}
