//! One JSON-RPC message, parsed once. Parameters stay raw.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::error::{INVALID_REQUEST, PARSE_ERROR, RpcError};

/// What a client sent.
#[derive(Debug)]
pub enum Message {
    /// A request, which wants an answer.
    Request(Request),
    /// A notification, which wants none.
    Notification {
        /// The method.
        method: String,
        /// Its parameters.
        params: Option<Box<RawValue>>,
    },
    /// The answer to a request of ours.
    Response,
}

/// A request.
#[derive(Debug)]
pub struct Request {
    /// Its id, as it was written: a text or a number.
    pub id: Box<RawValue>,
    /// The method.
    pub method: String,
    /// Its parameters: an object.
    pub params: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    jsonrpc: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    method: Option<&'a RawValue>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

/// Keeps a null apart from nothing: a null id is an error, no id makes a notification.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// Why a body is no message, with the id to answer to where there is one.
#[derive(Debug)]
pub struct Malformed {
    /// The request's id, if it could be read.
    pub id: Option<Box<RawValue>>,
    /// What is wrong.
    pub error: RpcError,
}

/// Reads a request body.
///
/// # Errors
/// [`Malformed`]: not JSON, a batch, or JSON that is no JSON-RPC 2.0 message.
pub fn parse(body: &[u8]) -> Result<Message, Malformed> {
    let fail = |id: Option<&RawValue>, code: i64, message: &str| Malformed {
        id: id.filter(|id| is_id(id)).map(ToOwned::to_owned),
        error: RpcError::new(code, message),
    };
    if body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
        return Err(fail(None, INVALID_REQUEST, "batches are not supported: send one message a request"));
    }
    let envelope: Envelope<'_> = serde_json::from_slice(body).map_err(|error| {
        if error.is_data() {
            fail(None, INVALID_REQUEST, "the body is no JSON-RPC message")
        } else {
            fail(None, PARSE_ERROR, "the body is not valid JSON")
        }
    })?;
    let invalid = |message| fail(envelope.id, INVALID_REQUEST, message);
    if envelope.jsonrpc.map(RawValue::get) != Some("\"2.0\"") {
        return Err(invalid("`jsonrpc` must be \"2.0\""));
    }
    if envelope.id.is_some_and(|id| !is_id(id)) {
        return Err(invalid("`id` must be a text or a number"));
    }
    let Some(method) = envelope.method else {
        let answers = envelope.id.is_some() && (envelope.result.is_some() || envelope.error.is_some());
        return if answers { Ok(Message::Response) } else { Err(invalid("`method` is missing")) };
    };
    let method: String =
        serde_json::from_str(method.get()).map_err(|_| invalid("`method` must be a text"))?;
    if envelope.params.is_some_and(|params| !params.get().starts_with('{')) {
        return Err(invalid("`params` must be an object"));
    }
    let params = envelope.params.map(ToOwned::to_owned);
    Ok(match envelope.id {
        Some(id) => Message::Request(Request { id: id.to_owned(), method, params }),
        None => Message::Notification { method, params },
    })
}

/// MCP narrows JSON-RPC: an id is a text or a number, never null.
fn is_id(id: &RawValue) -> bool {
    id.get().starts_with(|first: char| first == '"' || first == '-' || first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(body: &str) -> i64 {
        parse(body.as_bytes()).unwrap_err().error.code
    }

    #[test]
    fn messages_are_told_apart() {
        let request = parse(br#"{"jsonrpc":"2.0","id":"a","method":"ping"}"#).unwrap();
        assert!(matches!(request, Message::Request(Request { ref id, .. }) if id.get() == "\"a\""));
        let notification = parse(br#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).unwrap();
        assert!(matches!(notification, Message::Notification { .. }));
        assert!(matches!(parse(br#"{"jsonrpc":"2.0","id":1,"result":{}}"#), Ok(Message::Response)));
    }

    #[test]
    fn malformed_bodies_have_their_code() {
        for (body, expected) in [
            ("", PARSE_ERROR),
            ("{", PARSE_ERROR),
            ("nonsense", PARSE_ERROR),
            ("\u{0}", PARSE_ERROR),
            (r#"{"jsonrpc":"2.0","id":1,"method":"ping"} x"#, PARSE_ERROR),
            ("1", INVALID_REQUEST),
            ("null", INVALID_REQUEST),
            ("[]", INVALID_REQUEST),
            ("  [{}]", INVALID_REQUEST),
            ("{}", INVALID_REQUEST),
            (r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, INVALID_REQUEST),
            (r#"{"jsonrpc":"2.0","id":1}"#, INVALID_REQUEST),
            (r#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#, INVALID_REQUEST),
            (r#"{"jsonrpc":"2.0","id":1,"method":7}"#, INVALID_REQUEST),
            (r#"{"jsonrpc":"2.0","id":1,"method":"x","params":[]}"#, INVALID_REQUEST),
            (r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"x"}"#, INVALID_REQUEST),
        ] {
            assert_eq!(code(body), expected, "{body}");
        }
        assert!(parse(&[0xff, 0xfe]).is_err());
        let deep = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"x","params":{}1{}}}"#,
            "{\"a\":".repeat(100_000),
            "}".repeat(100_000)
        );
        let _ = parse(deep.as_bytes());
    }

    #[test]
    fn the_id_of_a_malformed_request_is_kept() {
        let malformed = parse(br#"{"jsonrpc":"1.0","id":9,"method":"x"}"#).unwrap_err();
        assert_eq!(malformed.id.unwrap().get(), "9");
    }

    #[test]
    fn a_null_id_is_refused() {
        assert_eq!(code(r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#), INVALID_REQUEST);
    }
}
