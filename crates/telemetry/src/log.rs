//! Structured logs on standard error: JSON lines for machines, readable lines for people.

use std::{fmt, io::IsTerminal, str::FromStr};

use tracing_subscriber::{EnvFilter, fmt as subscriber};

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    Json,
    /// For people; coloured on a terminal.
    #[default]
    Pretty,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json => "json",
            Self::Pretty => "pretty",
        })
    }
}

/// A text that names no log format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no log format: use json or pretty")]
pub struct UnknownFormat(String);

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        match text {
            "json" => Ok(Self::Json),
            "pretty" => Ok(Self::Pretty),
            _ => Err(UnknownFormat(text.to_owned())),
        }
    }
}

/// Why logging cannot start.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The filter is not in `tracing`'s syntax.
    #[error("log level \"{filter}\": {reason}; use error, warn, info, debug, trace or target=level")]
    Filter {
        /// What was given.
        filter: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The process already has a subscriber.
    #[error("logging was started before")]
    Started,
}

/// Checks a filter such as `info` or `warn,gateway=debug` without starting anything.
///
/// # Errors
/// [`LogError::Filter`] says what is wrong with it.
pub fn check_filter(filter: &str) -> Result<(), LogError> {
    parse(filter).map(|_| ())
}

/// Sends the process's log to standard error.
///
/// # Errors
/// [`LogError`], if the filter is wrong or logging was started before.
pub fn start(format: Format, filter: &str) -> Result<(), LogError> {
    let filter = parse(filter)?;
    let builder = subscriber()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(true)
        .with_ansi(std::io::stderr().is_terminal());
    match format {
        Format::Json => builder.json().flatten_event(true).try_init(),
        Format::Pretty => builder.try_init(),
    }
    .map_err(|_| LogError::Started)
}

fn parse(filter: &str) -> Result<EnvFilter, LogError> {
    EnvFilter::builder().parse(filter).map_err(|error| LogError::Filter {
        filter: filter.chars().take(120).collect(),
        reason: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_level_is_refused_with_the_remedy() {
        assert!(check_filter("warn,gateway=debug").is_ok());
        let message = check_filter("gateway=loud").unwrap_err().to_string();
        assert!(message.contains("gateway=loud") && message.contains("use error, warn"), "{message}");
    }

    #[test]
    fn formats_read_what_they_print() {
        for format in [Format::Json, Format::Pretty] {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        assert!("yaml".parse::<Format>().is_err());
    }
}
