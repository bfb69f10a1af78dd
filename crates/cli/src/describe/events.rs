//! The Events that speak of an object.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Event;
use kube::api::{Api, DynamicObject, ListParams};

use super::sections;
use crate::{age, connection::Connection, error::Error, kinds::Kind};

/// How many of them are shown, the latest ones.
const SHOWN: usize = 20;

/// The Events as a table.
pub(super) async fn of(
    kind: &Kind,
    object: &DynamicObject,
    connection: &Connection,
    now: Timestamp,
) -> Result<String, Error> {
    let uid = object.metadata.uid.as_deref().unwrap_or_default();
    let api: Api<Event> = match &object.metadata.namespace {
        Some(namespace) => Api::namespaced(connection.client.clone(), namespace),
        None => Api::all(connection.client.clone()),
    };
    let params = ListParams::default().fields(&format!("involvedObject.uid={uid}"));
    let mut events = match connection.bounded(api.list(&params)).await {
        Ok(events) => events.items,
        // Who may read the object need not be allowed to read Events.
        Err(Error::Refused(reason)) => return Ok(format!("Events: not readable: {reason}\n")),
        Err(other) => return Err(other),
    };
    events.retain(|event| event.involved_object.kind.as_deref() == Some(kind.resource.kind.as_str()));
    events.sort_by_key(last_seen);
    let rows = events.iter().rev().take(SHOWN).rev().map(|event| row(event, now));
    Ok(sections::section("Events", &["TYPE", "REASON", "AGE", "FROM", "MESSAGE"], rows.collect()))
}

fn row(event: &Event, now: Timestamp) -> Vec<String> {
    let seen = last_seen(event).map(|at| age::since(at, now)).unwrap_or_default();
    let count = event.series.as_ref().and_then(|it| it.count).or(event.count).unwrap_or(1);
    let source = event.source.as_ref().and_then(|it| it.component.clone());
    vec![
        event.type_.clone().unwrap_or_default(),
        event.reason.clone().unwrap_or_default(),
        if count > 1 { format!("{seen} (x{count})") } else { seen },
        event.reporting_component.clone().filter(|it| !it.is_empty()).or(source).unwrap_or_default(),
        event.message.clone().unwrap_or_default().trim().to_owned(),
    ]
}

fn last_seen(event: &Event) -> Option<Timestamp> {
    let series = event.series.as_ref().and_then(|it| it.last_observed_time.as_ref()).map(|it| it.0);
    series
        .or_else(|| event.last_timestamp.as_ref().map(|it| it.0))
        .or_else(|| event.event_time.as_ref().map(|it| it.0))
        .or_else(|| event.metadata.creation_timestamp.as_ref().map(|it| it.0))
}
