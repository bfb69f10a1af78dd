//! Claiming a Lease, by the rules of client-go's leader election: a Lease that has not been seen to move for its whole
//! duration is free, by our own clock, so that clocks need not agree.

use std::time::Duration;

use crds::v1alpha1::names::OPERATOR;
use k8s_openapi::{
    api::coordination::v1::{Lease as LeaseObject, LeaseSpec},
    apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta},
    jiff::Timestamp,
};
use kube::{Api, Client, api::PostParams};
use tokio::time::Instant;

use super::LeaderOptions;
use crate::error::Error;

/// A Lease that this process wants, or has.
pub struct Lease {
    api: Api<LeaseObject>,
    options: LeaderOptions,
    /// The Lease as last seen, and since when it has looked so.
    seen: Option<(LeaseSpec, Instant)>,
}

/// What came of a claim.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// The Lease is ours for its duration.
    Held,
    /// Somebody else has it.
    HeldBy(String),
}

impl std::fmt::Debug for Lease {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lease").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Lease {
    pub(super) fn new(client: Client, options: LeaderOptions) -> Self {
        let api = Api::namespaced(client, &options.namespace);
        Self { api, options, seen: None }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.options.name
    }

    pub(super) fn duration(&self) -> Duration {
        self.options.duration
    }

    pub(super) fn period(&self) -> Duration {
        self.options.period
    }

    /// Takes the Lease if it is free, and renews it if it is ours.
    pub(super) async fn claim(&mut self) -> Result<Claim, Error> {
        let found = self.api.get_opt(self.name()).await.map_err(Error::kube("read the lease"))?;
        let Some(found) = found else {
            let lease = self.object(ObjectMeta::default(), self.ours(0));
            return self.written(self.api.create(&params(), &lease).await);
        };
        let spec = found.spec.unwrap_or_default();
        if let Some(holder) = self.other_holder(&spec) {
            return Ok(Claim::HeldBy(holder));
        }
        let mut ours = self.ours(spec.lease_transitions.unwrap_or_default());
        if spec.holder_identity.as_ref() == Some(&self.options.identity) {
            ours.acquire_time = spec.acquire_time;
        } else {
            ours.lease_transitions = Some(spec.lease_transitions.unwrap_or_default() + 1);
        }
        // The resource version makes the write fail if anybody else was faster.
        let lease = self.object(found.metadata, ours);
        self.written(self.api.replace(self.name(), &params(), &lease).await)
    }

    /// Lets go of the Lease, so that a standby need not wait for it to run out.
    ///
    /// # Errors
    /// The API refused or did not answer; the Lease then runs out by itself.
    pub async fn release(self) -> Result<(), Error> {
        let failed = |error| Error::kube("release the lease")(error);
        let Some(mut lease) = self.api.get_opt(self.name()).await.map_err(failed)? else { return Ok(()) };
        let spec = lease.spec.get_or_insert_default();
        if spec.holder_identity.as_ref() != Some(&self.options.identity) {
            return Ok(());
        }
        spec.holder_identity = None;
        self.api.replace(self.name(), &params(), &lease).await.map_err(failed)?;
        Ok(())
    }

    /// Who else holds the Lease, unless it has run out.
    fn other_holder(&mut self, spec: &LeaseSpec) -> Option<String> {
        let holder = spec.holder_identity.clone().filter(|holder| !holder.is_empty())?;
        if holder == self.options.identity {
            return None;
        }
        let now = Instant::now();
        let since = match &self.seen {
            Some((seen, since)) if seen == spec => *since,
            _ => {
                self.seen = Some((spec.clone(), now));
                now
            }
        };
        let seconds = spec.lease_duration_seconds.and_then(|secs| u64::try_from(secs).ok());
        let duration = seconds.map_or(self.options.duration, Duration::from_secs);
        (now < since + duration).then_some(holder)
    }

    fn written(&self, outcome: kube::Result<LeaseObject>) -> Result<Claim, Error> {
        match outcome {
            Ok(_) => Ok(Claim::Held),
            Err(kube::Error::Api(answer)) if answer.code == 409 => {
                Ok(Claim::HeldBy("a process that was faster".to_owned()))
            }
            Err(error) => Err(Error::kube("write the lease")(error)),
        }
    }

    fn ours(&self, transitions: i32) -> LeaseSpec {
        let now = MicroTime(Timestamp::now());
        LeaseSpec {
            holder_identity: Some(self.options.identity.clone()),
            lease_duration_seconds: i32::try_from(self.options.duration.as_secs()).ok(),
            acquire_time: Some(now.clone()),
            renew_time: Some(now),
            lease_transitions: Some(transitions),
            ..LeaseSpec::default()
        }
    }

    fn object(&self, metadata: ObjectMeta, spec: LeaseSpec) -> LeaseObject {
        let metadata = ObjectMeta {
            name: Some(self.options.name.clone()),
            namespace: Some(self.options.namespace.clone()),
            managed_fields: None,
            ..metadata
        };
        LeaseObject { metadata, spec: Some(spec) }
    }
}

fn params() -> PostParams {
    PostParams { field_manager: Some(OPERATOR.to_owned()), ..PostParams::default() }
}
