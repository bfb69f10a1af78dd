//! From the outcome of a pass to conditions, and from a status to the API.

pub(crate) mod news;
pub(crate) mod verdicts;
pub(crate) mod write;

use crds::v1alpha1::status::{Verdict, merge};
use domain::ids::Revision;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

use crate::{
    context::Context,
    error::{Error, Finding},
    kind::{Managed, Pass},
};

/// The rows say what the spec says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Programmed {
    /// The revision at which they came to say so.
    pub(crate) revision: Revision,
    /// Why the object is of no use all the same, as an expired key is.
    pub(crate) but: Option<Finding>,
}

impl Programmed {
    /// Rows that came to say so at a revision.
    pub(crate) fn at(revision: Revision) -> Self {
        Self { revision, but: None }
    }
}

/// A condition that only one kind has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Own {
    /// What it says.
    pub(crate) verdict: Verdict,
    /// Whether `Ready` takes it into account.
    pub(crate) weighs: bool,
}

/// The conditions after a pass, with those that only the kind has; `None` if nothing about them changes.
pub(crate) fn conditions<K: Managed>(
    ctx: &Context,
    pass: &Pass<K>,
    outcome: Result<&Programmed, &Error>,
    own: Vec<Own>,
) -> Option<Vec<Condition>> {
    let old = pass.object.status().map(K::common).unwrap_or_default();
    let generation = pass.object.meta().generation;
    let before = verdicts::Before { generation, status: old };
    let judge = |revision| ctx.runtime.judge(K::KIND, &pass.key, revision);
    let verdicts = verdicts::verdicts(outcome, before, K::REFERS, own, judge)?;
    Some(merge(old.conditions, &verdicts, generation, ctx.options.clock.now_in_seconds()))
}
