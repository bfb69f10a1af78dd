//! What a remote server is, and how long it may take.

use std::time::Duration;

use http::{HeaderName, HeaderValue};
use secrecy::SecretString;
use url::Url;

/// One remote server of one tenant's connector.
#[derive(Clone, Debug)]
pub struct RemoteSpec {
    /// The tenant's slug, for the log.
    pub tenant: String,
    /// The connector's name, for the log.
    pub connector: String,
    /// The server's one MCP endpoint.
    pub url: Url,
    /// Headers sent with every request, values from Secrets.
    pub headers: Vec<(String, SecretString)>,
    /// The connector's own credential, sent as a bearer token. It wins over an `Authorization` among the headers.
    pub credential: Option<SecretString>,
    /// Whether callers bring their own credential, which then takes the place of the connector's. Where this is false a
    /// caller's credential is ignored.
    pub user_level: bool,
}

/// Limits of a remote server. The defaults are for production.
#[derive(Clone, Debug)]
pub struct RemoteOptions {
    /// For the whole handshake.
    pub greeting_timeout: Duration,
    /// How long `server/discover` may stay unanswered before `initialize` is tried.
    pub probe_timeout: Duration,
    /// How long a call may take; progress starts it anew.
    pub call_timeout: Duration,
    /// How long a call may take whatever progress it makes.
    pub call_hard_timeout: Duration,
    /// For messages that have no result: notifications, answers, the end of a session.
    pub errand_timeout: Duration,
    /// The longest reply, and the longest event of a stream, in bytes.
    pub max_reply_bytes: usize,
    /// The most that one stream may bring, in bytes.
    pub max_stream_bytes: usize,
    /// The wait after a failed handshake; it doubles with each further one.
    pub backoff_min: Duration,
    /// The longest wait after a failed handshake, and the longest `Retry-After` that a list request waits for.
    pub backoff_max: Duration,
    /// How many callers' credentials are remembered with their sessions.
    pub max_user_sessions: usize,
}

impl Default for RemoteOptions {
    fn default() -> Self {
        Self {
            greeting_timeout: Duration::from_secs(30),
            probe_timeout: Duration::from_secs(5),
            call_timeout: Duration::from_secs(60),
            call_hard_timeout: Duration::from_secs(600),
            errand_timeout: Duration::from_secs(5),
            max_reply_bytes: 16 * 1024 * 1024,
            max_stream_bytes: 64 * 1024 * 1024,
            backoff_min: Duration::from_secs(1),
            backoff_max: Duration::from_secs(30),
            max_user_sessions: 1_000,
        }
    }
}

/// A header of a [`RemoteSpec`] that cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// Not a header name, or one that is the gateway's own to set: [`domain::headers::is_reserved`].
    #[error("header {name:?} cannot be set for a remote server; remove it from its headers")]
    Name {
        /// The name as given.
        name: String,
    },
    /// The value holds line breaks or other control characters.
    #[error(
        "the value for header {name:?} holds characters that no header can carry; check its Secret for a trailing line break"
    )]
    Value {
        /// The name as given.
        name: String,
    },
}

/// Checks and reads one header of a spec.
pub(super) fn header(name: &str, value: &SecretString) -> Result<(HeaderName, HeaderValue), HeaderError> {
    let parsed = HeaderName::from_bytes(name.as_bytes())
        .ok()
        .filter(|parsed| !domain::headers::is_reserved(parsed.as_str()));
    let parsed = parsed.ok_or_else(|| HeaderError::Name { name: name.to_owned() })?;
    let value = secret_value(value).ok_or_else(|| HeaderError::Value { name: name.to_owned() })?;
    Ok((parsed, value))
}

/// A header value that no log shows.
fn secret_value(value: &SecretString) -> Option<HeaderValue> {
    use secrecy::ExposeSecret as _;
    let mut value = HeaderValue::from_str(value.expose_secret()).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// `Authorization` for a credential; `None` if no header can carry it.
pub(super) fn bearer(credential: &SecretString) -> Option<HeaderValue> {
    use secrecy::ExposeSecret as _;
    secret_value(&format!("Bearer {}", credential.expose_secret()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_the_protocol_are_not_the_connectors_to_set() {
        for name in ["Host", "Mcp-Session-Id", "mcp-method", "Proxy-Authorization", "Cookie", "bad name", ""]
        {
            let refused = header(name, &"x".into());
            assert_eq!(refused.unwrap_err(), HeaderError::Name { name: name.to_owned() });
        }
        assert!(header("X-Api-Key", &"x".into()).is_ok());
    }

    #[test]
    fn a_value_with_a_line_break_is_refused_without_showing_it() {
        let refused = header("X-Api-Key", &"planted\n".into()).unwrap_err();
        assert!(!refused.to_string().contains("planted"));
        assert!(!format!("{:?}", header("X-Api-Key", &"planted".into())).contains("planted"));
    }
}
