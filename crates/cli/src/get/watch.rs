//! `sagemcp get -w`: prints what is there, then every change.

use futures::{StreamExt, stream::SelectAll};
use kube::api::WatchEvent;
use serde_json::Value;

use super::{Args, Output, print, request::Request, style};
use crate::{
    connection::Connection,
    error::Error,
    table::{Style, Table},
    terminal::Terminal,
};

/// An object or a table, whichever the API sent.
type Event = WatchEvent<Value>;

/// Prints until it is stopped or the API goes away.
pub(super) async fn run(
    requests: &[Request],
    args: &Args,
    connection: &Connection,
    terminal: &mut Terminal<'_>,
) -> Result<(), Error> {
    let as_table = matches!(args.output, Output::Table | Output::Wide);
    let mut columns: Vec<Columns> = Vec::new();
    for request in requests {
        let table = request.table(connection).await?;
        let mut shown = Columns::new(request, table, requests.len() > 1);
        if as_table {
            shown.print_all(args, terminal)?;
        } else {
            for object in request.objects(connection).await? {
                print::one(&object, args, terminal)?;
            }
        }
        columns.push(shown);
    }
    loop {
        let mut events = SelectAll::new();
        for (at, request) in requests.iter().enumerate() {
            let built =
                request.watch(&columns[at].version, as_table).map_err(|error| connection.explain(&error))?;
            let stream = connection.bounded(connection.client.request_events::<Value>(built)).await?;
            events.push(Box::pin(stream.map(move |event| (at, event))));
        }
        // The API ends a watch from time to time; the next one goes on from where it was.
        while let Some((at, event)) = events.next().await {
            let event: Event = event.map_err(|error| connection.explain(&error))?;
            columns[at].take(event, args, as_table, terminal)?;
        }
    }
}

/// What is remembered of one request while its objects change.
struct Columns {
    latest: Table,
    version: String,
    prefix: String,
    widths: Vec<usize>,
    with_headings: bool,
}

impl Columns {
    fn new(request: &Request, table: Table, with_prefix: bool) -> Self {
        let prefix = if with_prefix { format!("{}/", request.kind.qualified()) } else { String::new() };
        let version = match &request.name {
            // One object's version is where a watch of it goes on from.
            Some(_) => version_of(table.rows.first().map_or(&Value::Null, |row| &row.object)),
            None => table.metadata.resource_version.clone(),
        };
        Self { latest: table, version, prefix, widths: Vec::new(), with_headings: true }
    }

    fn print_all(&mut self, args: &Args, terminal: &mut Terminal<'_>) -> Result<(), Error> {
        if self.latest.rows.is_empty() {
            return Ok(());
        }
        let headings = std::mem::take(&mut self.with_headings) && !args.no_headers;
        let style = Style { prefix: &self.prefix, headings, ..style(args) };
        write!(terminal.out, "{}", self.latest.print_aligned(style, &mut self.widths))?;
        Ok(terminal.out.flush()?)
    }

    fn take(
        &mut self,
        event: Event,
        args: &Args,
        as_table: bool,
        terminal: &mut Terminal<'_>,
    ) -> Result<(), Error> {
        let object = match event {
            WatchEvent::Added(object) | WatchEvent::Modified(object) | WatchEvent::Deleted(object) => object,
            WatchEvent::Bookmark(_) => return Ok(()),
            // The API no longer knows what came after our version: begin again with everything.
            WatchEvent::Error(status) if status.code == 410 => {
                self.version.clear();
                return Ok(());
            }
            WatchEvent::Error(status) => return Err(Error::Refused(status.message.clone())),
        };
        if !as_table {
            self.version = version_of(&object);
            print::one(&object, args, terminal)?;
            return Ok(terminal.out.flush()?);
        }
        let table: Table = serde_json::from_value(object)
            .map_err(|error| Error::Format { format: "table", reason: error.to_string() })?;
        if let Some(row) = table.rows.last() {
            self.version = version_of(&row.object);
        }
        if !table.column_definitions.is_empty() {
            self.latest.column_definitions = table.column_definitions;
        }
        self.latest.rows = table.rows;
        self.print_all(args, terminal)
    }
}

fn version_of(object: &Value) -> String {
    object["metadata"]["resourceVersion"].as_str().unwrap_or_default().to_owned()
}
