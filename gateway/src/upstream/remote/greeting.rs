//! Finding out which era a remote server speaks, and opening a session with one that keeps them.

use std::sync::Arc;

use http::{HeaderMap, StatusCode};
use serde_json::value::RawValue;
use tokio::sync::Notify;
use tokio::time::timeout;

use super::exchange::{Exchange, Exchanges, Identity, Peer};
use super::failure::{Rejected, WireError};
use super::headers::SESSION_ID;
use super::reply::Outcome;
use crate::upstream::era::{self, Era};
use crate::upstream::failure::Failure;
use crate::upstream::outgoing;

/// Greets the server for one identity. `known` is what was learnt before, if anything.
///
/// # Errors
/// Why the server is not to be talked to.
pub(super) async fn greet(
    exchanges: &Exchanges,
    identity: &Identity,
    known: Option<Era>,
) -> Result<Peer, WireError> {
    if known == Some(Era::Legacy) {
        match initialize(exchanges, identity).await {
            Ok(peer) => return Ok(peer),
            // Perhaps it has been replaced by a newer one since.
            Err(error) if !is_final(&error) => {}
            Err(error) => return Err(error),
        }
    }
    let params = outgoing::own_params(Era::Modern);
    let discover = ask(exchanges, identity, Era::Modern, "server/discover", params.as_deref());
    match timeout(exchanges.options.probe_timeout, discover).await {
        Ok(Ok((_, Ok(result)))) => {
            if let Some(description) = era::discovered(&result) {
                let version = era::MODERN_VERSION;
                return Ok(Peer { era: Era::Modern, version, session: None, description });
            }
        }
        Ok(Err(error)) if is_final(&error) => return Err(error),
        // A legacy server's way to say that it does not know the method: an error, a refusal, or silence.
        Ok(Ok((_, Err(_))) | Err(_)) | Err(_) => {}
    }
    initialize(exchanges, identity).await
}

/// Whether another way of greeting would meet the same.
fn is_final(error: &WireError) -> bool {
    match error {
        WireError::Failed(failure) => failure.reason != "NotMcp",
        WireError::Rejected(rejected) => {
            rejected.status.is_redirection()
                || matches!(
                    rejected.status,
                    StatusCode::UNAUTHORIZED
                        | StatusCode::FORBIDDEN
                        | StatusCode::TOO_MANY_REQUESTS
                        | StatusCode::SERVICE_UNAVAILABLE
                )
        }
    }
}

async fn initialize(exchanges: &Exchanges, identity: &Identity) -> Result<Peer, WireError> {
    let params = era::initialize_params();
    let (headers, outcome) = match ask(exchanges, identity, Era::Legacy, "initialize", Some(&params)).await {
        Err(WireError::Rejected(Rejected { status, error: Some(error), .. }))
            if status == StatusCode::BAD_REQUEST =>
        {
            return Err(refused(exchanges, &error).into());
        }
        answer => answer?,
    };
    let result = outcome.map_err(|error| refused(exchanges, &error))?;
    let (description, version) = era::initialized(&result)?;
    let session = headers.get(SESSION_ID).cloned().map(|mut session| {
        session.set_sensitive(true);
        session
    });
    let peer = Peer { era: Era::Legacy, version, session, description };
    exchanges.notify(identity, &peer, "notifications/initialized").await;
    Ok(peer)
}

async fn ask(
    exchanges: &Exchanges,
    identity: &Identity,
    era: Era,
    method: &str,
    params: Option<&RawValue>,
) -> Result<(HeaderMap, Outcome), WireError> {
    let exchange = Exchange {
        identity,
        peer: None,
        era,
        id: exchanges.next_id(),
        method,
        params,
        listener: None,
        progress: Arc::new(Notify::new()),
    };
    exchanges.run(exchange).await
}

fn refused(exchanges: &Exchanges, error: &RawValue) -> Failure {
    let (code, message) = era::error_summary(error);
    let message = format!("{} refuses the MCP handshake: {code} {message}", exchanges.wire.host());
    Failure::new("NotMcp", message)
}
