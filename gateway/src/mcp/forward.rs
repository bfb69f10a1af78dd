//! Requests that pass through to the server they belong to.

use std::{borrow::Cow, sync::Arc};

use serde_json::value::RawValue;

use super::{
    error::RpcError,
    job::{Failure, Job, Outcome},
    raw::{Members, raw},
};
use crate::{access::Target, snapshot::Connector};

impl Job {
    /// Prompts, resources and completions: at an endpoint of one connector its server's, else whose they are.
    pub(super) async fn forward_routed(&self) -> Result<Outcome, Failure> {
        match &self.access.target {
            Target::One(connector) => self.forward_to(connector).await,
            Target::All => self.forward_in_all().await,
        }
    }

    /// A method that the gateway does not know. It belongs to some extension that the one server behind an endpoint may
    /// know; among several nobody could say whose it is.
    pub(super) async fn forward_unknown(&self) -> Result<Outcome, Failure> {
        match &self.access.target {
            // What it would change nobody knows, so a read-only key cannot have it.
            Target::One(connector) if !connector.is_native() && !self.access.caller.read_only() => {
                self.forward_to(connector).await
            }
            Target::One(_) | Target::All => Err(RpcError::method_not_found(&self.request.method).into()),
        }
    }

    /// The level belongs to one server; among several it would have to be kept for each. All callers of the server share
    /// it, so a read-only key cannot set it.
    pub(super) async fn set_log_level(&self) -> Result<Outcome, Failure> {
        match &self.access.target {
            Target::One(_) if self.access.caller.read_only() => {
                let message =
                    "the log level is the same for all callers of the server and this key is read-only";
                Err(RpcError::invalid_params(message).into())
            }
            Target::One(connector) => self.forward_to(connector).await,
            Target::All => Err(RpcError::method_not_found(&self.request.method).into()),
        }
    }

    /// Sends the request on as it is, but for what `_meta` says to the gateway.
    pub(super) async fn forward_to(&self, connector: &Arc<Connector>) -> Result<Outcome, Failure> {
        let params = self.forwarded_params()?;
        self.send(connector, params.as_deref()).await
    }

    /// Sends a request on with these parameters.
    pub(super) async fn send(
        &self,
        connector: &Arc<Connector>,
        params: Option<&RawValue>,
    ) -> Result<Outcome, Failure> {
        let instance = self.instance(connector).await.map_err(|error| self.failed(connector, error))?;
        let call = self.call(connector);
        let answered = instance.upstream().request(&call, &self.request.method, params).await;
        answered.map(Outcome::Raw).map_err(|error| self.failed(connector, error))
    }

    fn forwarded_params(&self) -> Result<Option<Cow<'_, RawValue>>, RpcError> {
        let Some(params) = self.request.params.as_deref() else { return Ok(None) };
        if !self.era.is_modern() {
            return Ok(Some(Cow::Borrowed(params)));
        }
        let mut members = Members::parse(params.get())
            .ok_or_else(|| RpcError::invalid_params("params must be an object"))?;
        if members.has_doubles() {
            return Err(RpcError::invalid_params("params has a member twice"));
        }
        let changed = self.strip_meta(&mut members);
        Ok(Some(if changed { Cow::Owned(raw(members.to_json())) } else { Cow::Borrowed(params) }))
    }
}
