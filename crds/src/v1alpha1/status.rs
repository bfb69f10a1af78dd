//! Condition types and reasons, and the one way to write a condition.

use std::borrow::Cow;

use k8s_openapi::{
    apimachinery::pkg::apis::meta::v1::{Condition, Time},
    jiff::Timestamp,
};

/// The object is valid by itself.
pub const ACCEPTED: &str = "Accepted";
/// Everything the object refers to exists and may be used.
pub const REFERENCES_RESOLVED: &str = "ReferencesResolved";
/// The rows that the gateway reads say what the object says.
pub const PROGRAMMED: &str = "Programmed";
/// Every ready gateway replica serves those rows.
pub const SERVED: &str = "Served";
/// The tools of a connector are known.
pub const TOOLS_DISCOVERED: &str = "ToolsDiscovered";
/// Every model's API takes the names and schemas of the tools. `Ready` does not ask for it.
pub const TOOLS_PORTABLE: &str = "ToolsPortable";
/// All of the above that the kind has. The tools count only where a gateway has to ask a server for them.
pub const READY: &str = "Ready";

/// A condition's three values (Kubernetes API conventions).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// Not known yet.
    Unknown,
}

impl State {
    /// The value as conditions write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}

/// What one condition should say now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The condition's type.
    pub type_: &'static str,
    /// Whether it holds.
    pub state: State,
    /// One word in CamelCase for programs.
    pub reason: Cow<'static, str>,
    /// A sentence for people: what is wrong and what mends it.
    pub message: String,
}

/// Merges verdicts into the conditions of an object's status: each at most once, in the order of the verdicts, with
/// `lastTransitionTime` moving only when the value does. Conditions that have no verdict are dropped.
#[must_use]
pub fn merge(
    old: &[Condition],
    verdicts: &[Verdict],
    generation: Option<i64>,
    now: Timestamp,
) -> Vec<Condition> {
    verdicts
        .iter()
        .map(|verdict| {
            let before = old.iter().find(|condition| condition.type_ == verdict.type_);
            let since = before
                .filter(|condition| condition.status == verdict.state.as_str())
                .map_or(Time(now), |condition| condition.last_transition_time.clone());
            Condition {
                type_: verdict.type_.to_owned(),
                status: verdict.state.as_str().to_owned(),
                reason: verdict.reason.clone().into_owned(),
                message: verdict.message.clone(),
                observed_generation: generation,
                last_transition_time: since,
            }
        })
        .collect()
}

/// Whether a condition of that type is `True`.
#[must_use]
pub fn holds(conditions: &[Condition], type_: &str) -> bool {
    conditions.iter().any(|condition| condition.type_ == type_ && condition.status == State::True.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(state: State, message: &str) -> Verdict {
        Verdict { type_: READY, state, reason: "Because".into(), message: message.to_owned() }
    }

    #[test]
    fn the_transition_time_moves_only_with_the_value() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let first = merge(&[], &[verdict(State::False, "a")], Some(1), at(1));
        let same = merge(&first, &[verdict(State::False, "b")], Some(2), at(2));
        assert_eq!(same[0].last_transition_time, Time(at(1)));
        assert_eq!((same[0].message.as_str(), same[0].observed_generation), ("b", Some(2)));
        let moved = merge(&same, &[verdict(State::True, "")], Some(2), at(3));
        assert_eq!(moved[0].last_transition_time, Time(at(3)));
        assert!(holds(&moved, READY));
    }

    #[test]
    fn a_condition_without_a_verdict_is_dropped() {
        let old = merge(&[], &[verdict(State::True, "")], None, Timestamp::UNIX_EPOCH);
        assert!(merge(&old, &[], None, Timestamp::UNIX_EPOCH).is_empty());
    }
}
