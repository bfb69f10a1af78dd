//! What conditions follow from what.

use crds::v1alpha1::status::{TOOLS_DISCOVERED, merge};
use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Condition, jiff::Timestamp};

use super::*;

const NEVER: Before<'static> = Before {
    generation: Some(1),
    status: Common { observed_generation: None, revision: None, conditions: &[] },
};

/// A status of generation 1 at revision 7.
fn seen(conditions: &[Condition]) -> Before<'_> {
    let status = Common { observed_generation: Some(1), revision: Some(7), conditions };
    Before { status, ..NEVER }
}

fn programmed(revision: i64) -> Programmed {
    Programmed { revision: Revision(revision), but: None }
}

fn pending(_: Revision) -> Verdict {
    no(SERVED, &Finding::new("Loading", "gateway replicas are loading it"))
}

fn short(verdicts: &[Verdict]) -> Vec<(&str, &str, &str)> {
    verdicts.iter().map(|verdict| (verdict.type_, verdict.state.as_str(), verdict.reason.as_ref())).collect()
}

#[test]
fn ready_waits_for_the_gateways() {
    let verdicts = verdicts(Ok(&programmed(7)), NEVER, true, Vec::new(), pending).unwrap();
    assert_eq!(
        short(&verdicts),
        [
            ("Accepted", "True", "Accepted"),
            ("ReferencesResolved", "True", "Resolved"),
            ("Programmed", "True", "Programmed"),
            ("Served", "False", "Loading"),
            ("Ready", "False", "Loading"),
        ]
    );
}

#[test]
fn once_served_a_revision_stays_served_and_the_next_one_does_not() {
    let first = verdicts(Ok(&programmed(7)), NEVER, false, Vec::new(), |_| always_served()).unwrap();
    let conditions = merge(&[], &first, Some(1), Timestamp::UNIX_EPOCH);
    let before = seen(&conditions);
    let again = verdicts(Ok(&programmed(7)), before, false, Vec::new(), pending).unwrap();
    assert_eq!(short(&again).last(), Some(&("Ready", "True", "Ready")));
    let next = verdicts(Ok(&programmed(8)), before, false, Vec::new(), pending).unwrap();
    assert_eq!(short(&next).last(), Some(&("Ready", "False", "Loading")));
}

#[test]
fn a_refused_spec_says_that_the_previous_one_stays_in_service() {
    let error = Error::Refused(Finding::new("InvalidConfig", "spec.native.config.x: must be a number"));
    let before = seen(&[]);
    let all = verdicts(Err(&error), before, true, Vec::new(), pending).unwrap();
    assert_eq!(
        short(&all),
        [
            ("Accepted", "False", "InvalidConfig"),
            ("ReferencesResolved", "Unknown", "NotChecked"),
            ("Programmed", "False", "NotProgrammed"),
            ("Served", "Unknown", "NotProgrammed"),
            ("Ready", "False", "InvalidConfig"),
        ]
    );
    assert!(all[2].message.contains("revision 7"), "{}", all[2].message);
    assert!(all[4].message.contains("spec.native.config.x"), "{}", all[4].message);
}

#[test]
fn trouble_of_our_own_does_not_touch_an_object_that_is_in_order() {
    let conditions = merge(
        &[],
        &verdicts(Ok(&programmed(7)), NEVER, false, Vec::new(), |_| always_served()).unwrap(),
        Some(1),
        Timestamp::UNIX_EPOCH,
    );
    let error = Error::Timeout { secs: 60 };
    let before = seen(&conditions);
    assert!(verdicts(Err(&error), before, false, Vec::new(), pending).is_none());
    let changed = Before { generation: Some(2), ..before };
    let all = verdicts(Err(&error), changed, false, Vec::new(), pending).unwrap();
    assert_eq!(short(&all).last(), Some(&("Ready", "False", "OperatorError")));
}

#[test]
fn an_expired_key_is_written_and_not_ready() {
    let expired = Programmed { revision: Revision(1), but: Some(Finding::new("Expired", "it expired")) };
    let all = verdicts(Ok(&expired), NEVER, true, Vec::new(), |_| always_served()).unwrap();
    assert_eq!(short(&all).last(), Some(&("Ready", "False", "Expired")));
}

#[test]
fn tools_that_cannot_be_listed_make_a_connector_unready() {
    let judged = |state, reason: &'static str, weighs| {
        let verdict =
            Verdict { type_: TOOLS_DISCOVERED, state, reason: reason.into(), message: "no program".into() };
        let own = vec![Own { verdict, weighs }];
        let all = verdicts(Ok(&programmed(7)), NEVER, true, own, |_| always_served()).unwrap();
        assert_eq!(all.last().unwrap().type_, TOOLS_DISCOVERED);
        let ready = &all[all.len() - 2];
        (ready.state, ready.reason.to_string())
    };
    assert_eq!(judged(State::False, "CommandNotFound", true), (State::False, "CommandNotFound".into()));
    assert_eq!(judged(State::Unknown, "Discovering", true), (State::Unknown, "Discovering".into()));
    assert_eq!(judged(State::Unknown, "Discovering", false), (State::True, "Ready".into()));
    assert_eq!(judged(State::True, "Discovered", true), (State::True, "Ready".into()));
}
