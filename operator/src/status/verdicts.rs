//! The conditions that all kinds share.

use crds::v1alpha1::status::{
    ACCEPTED, PROGRAMMED, READY, REFERENCES_RESOLVED, SERVED, State, Verdict, holds,
};
use domain::ids::Revision;
use store::StoreError;

use super::{Own, Programmed};
use crate::{
    error::{Error, Finding},
    kind::Common,
};

/// What the object and its status said before the pass.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Before<'a> {
    /// `metadata.generation`
    pub(crate) generation: Option<i64>,
    /// The status.
    pub(crate) status: Common<'a>,
}

impl Before<'_> {
    /// Whether the rows of a revision were once served everywhere. That is not taken back when replicas come and go.
    fn was_served(&self, revision: Revision) -> bool {
        self.status.revision == Some(revision.0) && holds(self.status.conditions, SERVED)
    }

    fn is_current_and_programmed(&self) -> bool {
        let Common { observed_generation, conditions, .. } = self.status;
        observed_generation.is_some()
            && observed_generation == self.generation
            && holds(conditions, PROGRAMMED)
    }
}

/// The shared conditions after a pass, or `None` if an error of our own gives no reason to change them. `served` judges
/// a revision; `refers` says whether the kind refers to other objects; `own` are conditions that only the kind has.
pub(crate) fn verdicts(
    outcome: Result<&Programmed, &Error>,
    before: Before<'_>,
    refers: bool,
    own: Vec<Own>,
    served: impl FnOnce(Revision) -> Verdict,
) -> Option<Vec<Verdict>> {
    let unchecked = "the spec was not accepted";
    let mut all = match outcome {
        Ok(programmed) => vec![
            yes(ACCEPTED, "Accepted", "the spec is valid"),
            yes(REFERENCES_RESOLVED, "Resolved", "everything it refers to exists and may be used"),
            yes(PROGRAMMED, "Programmed", format!("written as revision {}", programmed.revision)),
            if before.was_served(programmed.revision) {
                always_served()
            } else {
                served(programmed.revision)
            },
        ],
        Err(Error::Refused(finding) | Error::Contested(finding)) => vec![
            no(ACCEPTED, finding),
            unknown(REFERENCES_RESOLVED, "NotChecked", unchecked),
            not_programmed(before),
            unknown(SERVED, "NotProgrammed", "there is nothing new to serve"),
        ],
        Err(Error::Unresolved(finding)) => vec![
            yes(ACCEPTED, "Accepted", "the spec is valid"),
            no(REFERENCES_RESOLVED, finding),
            not_programmed(before),
            unknown(SERVED, "NotProgrammed", "there is nothing new to serve"),
        ],
        // Our own trouble changes nothing about rows that are as they should be.
        Err(_) if before.is_current_and_programmed() => return None,
        Err(error) => vec![
            unknown(ACCEPTED, "Pending", "the operator could not finish its pass and tries again"),
            unknown(REFERENCES_RESOLVED, "Pending", "the operator could not finish its pass and tries again"),
            no(PROGRAMMED, &trouble(error)),
            unknown(SERVED, "NotProgrammed", "there is nothing new to serve"),
        ],
    };
    all.retain(|verdict| refers || verdict.type_ != REFERENCES_RESOLVED);
    let but = outcome.ok().and_then(|programmed| programmed.but.as_ref());
    let weighing = all.iter().chain(own.iter().filter(|own| own.weighs).map(|own| &own.verdict));
    let ready = but.map_or_else(|| ready(weighing), |finding| no(READY, finding));
    all.push(ready);
    // Last, as it comes and goes: a server-side apply leaves the others in their order and appends what is new.
    all.extend(own.into_iter().map(|own| own.verdict));
    Some(all)
}

/// `Ready` says what the first condition that does not hold says.
fn ready<'a>(mut all: impl Iterator<Item = &'a Verdict> + Clone) -> Verdict {
    let broken = all.clone().find(|verdict| verdict.state == State::False);
    broken.or_else(|| all.find(|verdict| verdict.state == State::Unknown)).map_or_else(
        || yes(READY, "Ready", "in service"),
        |verdict| Verdict { type_: READY, ..verdict.clone() },
    )
}

fn not_programmed(before: Before<'_>) -> Verdict {
    let message = before.status.revision.map_or_else(
        || "nothing has been written yet".to_owned(),
        |revision| format!("revision {revision}, made from an earlier spec, stays in service"),
    );
    no(PROGRAMMED, &Finding::new("NotProgrammed", message))
}

/// Our own trouble in words for people who do not run the installation.
fn trouble(error: &Error) -> Finding {
    match error {
        Error::Store(StoreError::Unavailable(_)) => {
            Finding::new("StoreUnavailable", "the database does not answer; the operator tries again")
        }
        Error::Kube { .. } => {
            Finding::new("ApiUnavailable", "the Kubernetes API refused a request; the operator tries again")
        }
        Error::Sealed(_) => Finding::new(
            "KeyRing",
            "the tenant's data key does not open with the operator's key ring; the platform's administrator must add the missing key",
        ),
        _ => Finding::new("OperatorError", "the operator failed; its log says why"),
    }
}

pub(crate) fn always_served() -> Verdict {
    yes(SERVED, "Served", "every ready gateway replica has served it")
}

pub(crate) fn yes(type_: &'static str, reason: &'static str, message: impl Into<String>) -> Verdict {
    Verdict { type_, state: State::True, reason: reason.into(), message: message.into() }
}

pub(crate) fn no(type_: &'static str, finding: &Finding) -> Verdict {
    Verdict { type_, state: State::False, reason: finding.reason.into(), message: finding.message.clone() }
}

pub(crate) fn unknown(type_: &'static str, reason: &'static str, message: impl Into<String>) -> Verdict {
    Verdict { type_, state: State::Unknown, reason: reason.into(), message: message.into() }
}

#[cfg(test)]
mod tests;
