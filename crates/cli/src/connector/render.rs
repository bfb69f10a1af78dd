//! `sagemcp connector render`.

use std::io::Write;

use connectors::RequestMessage;

use super::call::CallArgs;
use crate::{error::Error, terminal::Terminal};

/// Prints the requests of a call.
pub(super) fn run(args: &CallArgs, terminal: &mut Terminal<'_>) -> Result<(), Error> {
    let call = args.resolve()?;
    let requests = call
        .connector
        .render(&call.tool, &call.arguments, &call.settings, args.base_url.as_ref())
        .map_err(Error::Usage)?;
    for (index, request) in requests.iter().enumerate() {
        if index > 0 {
            writeln!(terminal.out)?;
        }
        if let Some(name) = &request.name {
            writeln!(terminal.out, "# {name}")?;
        }
        match (&request.message, &request.name) {
            (Ok(message), _) => print(message, terminal.out)?,
            (Err(reason), Some(_)) => writeln!(terminal.out, "# not before the function runs: {reason}")?,
            (Err(reason), None) => return Err(Error::Usage(reason.clone())),
        }
    }
    Ok(())
}

fn print(message: &RequestMessage, out: &mut dyn Write) -> Result<(), Error> {
    writeln!(out, "{} {}", message.method, message.url)?;
    for (name, value) in &message.headers {
        writeln!(out, "{name}: {value}")?;
    }
    if let Some(body) = &message.body {
        writeln!(out, "\n{body}")?;
    }
    Ok(())
}
