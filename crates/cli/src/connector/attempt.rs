//! `sagemcp connector try`: a call at the vendor with nothing between, as the gateway would make it.

use std::{
    collections::BTreeMap,
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use connectors::{
    CallTarget, Connector,
    egress::{EgressRule, GuardedClient, Timeouts},
};
use domain::document::AuthScheme;
use secrecy::SecretString;
use zeroize::Zeroizing;

use super::call::CallArgs;
use crate::{
    error::Error,
    mcp::{self, print},
    terminal::Terminal,
};

/// The largest credential, in bytes.
const MAX_CREDENTIAL: u64 = 64 * 1024;

/// How a tool is tried.
#[derive(clap::Args, Clone, Debug)]
pub(super) struct AttemptArgs {
    /// The file that holds the credential, or - for standard input; default: the variable SAGEMCP_CREDENTIAL
    #[arg(long, value_name = "FILE")]
    credential_file: Option<PathBuf>,
    /// A secret header that the document asks for, as NAME=FILE
    #[arg(long = "secret-header", value_name = "NAME=FILE")]
    secret_headers: Vec<String>,
    /// Private addresses that the call may reach, as HOST or CIDR, with or without :PORT
    #[arg(long, value_name = "RULE", value_delimiter = ',', env = "SAGEMCP_EGRESS_ALLOW")]
    egress_allow: Vec<EgressRule>,
    /// How to print
    #[arg(short, long, value_enum, default_value_t)]
    output: mcp::Output,
}

/// Calls the tool and prints the result.
pub(super) async fn run(
    args: &CallArgs,
    attempt: &AttemptArgs,
    terminal: &mut Terminal<'_>,
) -> Result<(), Error> {
    let call = args.resolve()?;
    let settings = call
        .connector
        .check_settings(&call.settings)
        .map_err(|fault| Error::Usage(format!("--setting: {fault}")))?;
    let credential = credential(attempt)?;
    check_credential(&call.connector, credential.as_ref())?;
    let secret_headers = secret_headers(&attempt.secret_headers)?;
    let given: Vec<&str> = secret_headers.keys().map(String::as_str).collect();
    call.connector
        .check_secret_headers(&given)
        .map_err(|fault| Error::Usage(format!("--secret-header: {fault}")))?;
    let target = CallTarget { base_url: args.base_url.clone(), credential, secret_headers, settings };
    let policy = attempt.egress_allow.iter().cloned().collect();
    let client = GuardedClient::new(policy, Timeouts::default())
        .map_err(|error| Error::Usage(format!("TLS cannot start: {error}")))?;
    let called = call.connector.call(&client, &target, &call.tool, &call.arguments).await;
    let result = called.map_err(|unknown| Error::Usage(unknown.to_string()))?;
    let result = serde_json::to_value(&result)
        .map_err(|error| Error::Format { format: "json", reason: error.to_string() })?;
    print::call(&result, &call.tool, attempt.output, terminal)
}

fn credential(attempt: &AttemptArgs) -> Result<Option<SecretString>, Error> {
    match &attempt.credential_file {
        Some(path) => secret_in("--credential-file", path).map(Some),
        None => Ok(std::env::var("SAGEMCP_CREDENTIAL").ok().map(SecretString::from)),
    }
}

fn secret_headers(given: &[String]) -> Result<BTreeMap<String, SecretString>, Error> {
    let header = |pair: &String| match pair.split_once('=') {
        Some((name, file)) if !name.is_empty() => {
            Ok((name.to_owned(), secret_in("--secret-header", &PathBuf::from(file))?))
        }
        // What was given may be the secret itself, so it is not repeated.
        _ => Err(Error::Usage(
            "--secret-header: write it as NAME=FILE, the file holding the secret".to_owned(),
        )),
    };
    given.iter().map(header).collect()
}

/// A secret in a file. The path is not repeated in errors: the usual slip is to give the secret in its place.
fn secret_in(flag: &str, path: &Path) -> Result<SecretString, Error> {
    let mut text = Zeroizing::new(String::new());
    let read = if path.as_os_str() == "-" {
        std::io::stdin().lock().take(MAX_CREDENTIAL + 1).read_to_string(&mut text)
    } else {
        fs::File::open(path).and_then(|file| file.take(MAX_CREDENTIAL + 1).read_to_string(&mut text))
    };
    let length = read.map_err(|error| {
        Error::Usage(format!("{flag}: the file cannot be read: {error}; give a file that holds the secret"))
    })?;
    if length as u64 > MAX_CREDENTIAL {
        return Err(Error::Usage(format!("{flag}: the file is larger than {} KiB", MAX_CREDENTIAL / 1024)));
    }
    Ok(SecretString::from(text.trim()))
}

/// Says where a credential is given to this command, where the call needs one.
fn check_credential(connector: &Connector, credential: Option<&SecretString>) -> Result<(), Error> {
    let auth = connector.auth();
    if credential.is_some() || auth.optional || auth.scheme == AuthScheme::None {
        return Ok(());
    }
    Err(Error::Usage(format!(
        "{} needs a credential: give it in the variable SAGEMCP_CREDENTIAL, or with --credential-file",
        connector.title()
    )))
}
