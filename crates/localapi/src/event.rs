//! Events have two API groups and one store: core `v1` names are kept, `events.k8s.io/v1` names are translated.

use serde_json::Value;

/// Core name, `events.k8s.io` name.
const NAMES: [(&str, &str); 7] = [
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("reportingComponent", "reportingController"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
];

/// How long an Event is kept after it was last seen.
pub(crate) const TTL: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);
/// How many Events are kept, give or take [`BATCH`].
pub(crate) const MOST: usize = 2_000;
/// After how many new Events old ones are dropped: looking at all of them for each new one takes longer than anything
/// else once thousands of objects change.
pub(crate) const BATCH: usize = 100;

fn rename(object: &mut Value, names: impl Iterator<Item = (&'static str, &'static str)>) {
    let Some(map) = object.as_object_mut() else { return };
    for (from, to) in names {
        if let Some(value) = map.shift_remove(from) {
            map.insert(to.to_owned(), value);
        }
    }
}

/// From `events.k8s.io/v1` to core `v1`.
pub(crate) fn to_core(object: &mut Value) {
    rename(object, NAMES.into_iter().map(|(core, new)| (new, core)));
}

/// From core `v1` to `events.k8s.io/v1`.
pub(crate) fn from_core(object: &mut Value) {
    rename(object, NAMES.into_iter());
}

/// When the Event was last seen.
pub(crate) fn last_seen(object: &Value) -> Option<jiff::Timestamp> {
    let times = [
        &object["series"]["lastObservedTime"],
        &object["lastTimestamp"],
        &object["eventTime"],
        &object["metadata"]["creationTimestamp"],
    ];
    times.into_iter().find_map(|time| time.as_str()?.parse().ok())
}
