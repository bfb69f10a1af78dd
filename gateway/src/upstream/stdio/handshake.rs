//! Finding out which era a hosted server speaks.

use std::sync::Arc;
use std::time::Duration;

use serde_json::value::RawValue;
use tokio::time::timeout;

use super::link::{CallError, Link};
use crate::upstream::era::{self, Era};
use crate::upstream::failure::Failure;
use crate::upstream::outgoing;
use crate::upstream::{Call, Description, UpstreamError};

/// What the handshake found.
#[derive(Debug)]
pub(super) struct Greeting {
    /// How to speak to this process.
    pub(super) era: Era,
    /// How to begin with the next one; they differ where the server was slow to answer the probe.
    pub(super) verdict: Era,
    pub(super) description: Description,
}

/// Speaks to a server of which `known` was learnt before, if anything.
///
/// # Errors
/// Why it is not to be talked to. Takes as long as the server: the caller limits it.
pub(super) async fn greet(
    link: &Arc<Link>,
    known: Option<Era>,
    probe: Duration,
) -> Result<Greeting, Failure> {
    if known == Some(Era::Legacy) {
        return match initialize(link).await? {
            Ok(description) => Ok(Greeting { era: Era::Legacy, verdict: Era::Legacy, description }),
            // It was legacy once; perhaps a newer version has been installed since.
            Err(_) => probe_first(link, probe).await,
        };
    }
    probe_first(link, probe).await
}

/// `server/discover`, and `initialize` on any answer but a modern one. A silent server gets `initialize` as well, and then that
/// answer counts, because a server that speaks both eras keeps to the handshake it accepted.
async fn probe_first(link: &Arc<Link>, probe: Duration) -> Result<Greeting, Failure> {
    let params = outgoing::own_params(Era::Modern);
    let mut discover = link
        .begin(Era::Modern, &Call::default(), "server/discover", params.as_deref())
        .await
        .map_err(|error| failure(link, error))?;
    if let Ok(answer) = timeout(probe, discover.answer()).await {
        if let Some(description) = modern(answer)? {
            return Ok(Greeting { era: Era::Modern, verdict: Era::Modern, description });
        }
        return match initialize(link).await? {
            Ok(description) => Ok(Greeting { era: Era::Legacy, verdict: Era::Legacy, description }),
            Err(error) => Err(refused(&error)),
        };
    }
    match initialize(link).await? {
        Ok(description) => {
            let late = timeout(Duration::ZERO, discover.answer()).await;
            let knows_both = matches!(late, Ok(Ok(result)) if era::discovered(&result).is_some());
            discover.forget();
            let verdict = if knows_both { Era::Modern } else { Era::Legacy };
            Ok(Greeting { era: Era::Legacy, verdict, description })
        }
        Err(error) => match modern(discover.answer().await)? {
            Some(description) => Ok(Greeting { era: Era::Modern, verdict: Era::Modern, description }),
            None => Err(refused(&error)),
        },
    }
}

/// The legacy handshake. The inner error is the server's own.
async fn initialize(link: &Arc<Link>) -> Result<Result<Description, Box<RawValue>>, Failure> {
    let params = era::initialize_params();
    let mut outstanding = link
        .begin(Era::Legacy, &Call::default(), "initialize", Some(&params))
        .await
        .map_err(|error| failure(link, error))?;
    match outstanding.answer().await {
        Ok(result) => {
            let (description, _) = era::initialized(&result)?;
            link.notify("notifications/initialized").await;
            Ok(Ok(description))
        }
        Err(UpstreamError::Rpc(error)) => Ok(Err(error)),
        Err(error) => Err(failure(link, error.into())),
    }
}

/// A modern server's description; `None` for any other answer.
fn modern(answer: Result<Box<RawValue>, UpstreamError>) -> Result<Option<Description>, Failure> {
    match answer {
        Ok(result) => Ok(era::discovered(&result)),
        Err(UpstreamError::Unavailable { reason, message }) => Err(Failure { reason, message }),
        Err(UpstreamError::Rpc(_) | UpstreamError::MethodNotFound(_)) => Ok(None),
    }
}

fn refused(error: &RawValue) -> Failure {
    let (code, message) = era::error_summary(error);
    Failure::new("NotMcp", format!("the hosted server refuses the MCP handshake: {code} {message}"))
}

fn failure(link: &Link, error: CallError) -> Failure {
    match error {
        CallError::NotSent => link.closed().map_or_else(
            || Failure::new("Stopped", "the hosted server was stopped"),
            |closed| closed.failure,
        ),
        CallError::Failed(UpstreamError::Unavailable { reason, message }) => Failure { reason, message },
        CallError::Failed(error) => Failure::new("NotMcp", error.to_string()),
    }
}
