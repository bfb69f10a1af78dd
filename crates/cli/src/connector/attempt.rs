//! `sagemcp connector try`: a call at the vendor with nothing between, as the gateway would make it.

use std::{collections::BTreeMap, fs, io::Read, path::PathBuf};

use connectors::{
    CallTarget,
    egress::{EgressRule, GuardedClient, Timeouts},
};
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
    let secret_headers = secret_headers(&attempt.secret_headers)?;
    let given: Vec<&str> = secret_headers.keys().map(String::as_str).collect();
    call.connector
        .check_secret_headers(&given)
        .map_err(|fault| Error::Usage(format!("--secret-header: {fault}")))?;
    let target = CallTarget {
        base_url: args.base_url.clone(),
        credential: credential(attempt)?,
        secret_headers,
        settings,
    };
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
        Some(path) => secret_in(path).map(Some),
        None => Ok(std::env::var("SAGEMCP_CREDENTIAL").ok().map(SecretString::from)),
    }
}

fn secret_headers(given: &[String]) -> Result<BTreeMap<String, SecretString>, Error> {
    let header = |pair: &String| match pair.split_once('=') {
        Some((name, file)) if !name.is_empty() => Ok((name.to_owned(), secret_in(&PathBuf::from(file))?)),
        _ => Err(Error::Usage(format!("--secret-header {pair}: write it as NAME=FILE"))),
    };
    given.iter().map(header).collect()
}

fn secret_in(path: &PathBuf) -> Result<SecretString, Error> {
    let failed = |source| Error::File { action: "read", path: path.clone(), source };
    let mut text = Zeroizing::new(String::new());
    let read = if path.as_os_str() == "-" {
        std::io::stdin().lock().take(MAX_CREDENTIAL).read_to_string(&mut text)
    } else {
        fs::File::open(path).and_then(|file| file.take(MAX_CREDENTIAL).read_to_string(&mut text))
    };
    read.map_err(failed)?;
    Ok(SecretString::from(text.trim()))
}
