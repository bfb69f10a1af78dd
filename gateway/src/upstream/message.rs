//! JSON-RPC messages as they cross the wire to a server: written by us, read without loss.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::entries::{Entries, raw};

/// What a server may send.
#[derive(Debug)]
pub(super) enum Incoming {
    /// An answer to one of our requests: its result, or its error object.
    Reply { id: Option<u64>, outcome: Result<Box<RawValue>, Box<RawValue>> },
    /// A request of its own.
    Request { id: Box<RawValue>, method: String },
    /// A notification: all of it, and apart its method and parameters.
    Notification { method: String, params: Option<Entries>, message: Box<RawValue> },
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(default)]
    method: Option<String>,
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
    #[serde(borrow, default)]
    result: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
}

/// Reads one message or, from a server of 2025-03-26, a batch of them. `None`: this is no JSON-RPC.
pub(super) fn read(text: &str) -> Option<Vec<Incoming>> {
    if text.trim_start().starts_with('[') {
        let batch: Vec<&RawValue> = serde_json::from_str(text).ok()?;
        return batch.into_iter().map(|message| read_one(message.get())).collect();
    }
    read_one(text).map(|message| vec![message])
}

fn read_one(text: &str) -> Option<Incoming> {
    let envelope: Envelope<'_> = serde_json::from_str(text).ok()?;
    match envelope {
        Envelope { method: Some(method), id: Some(id), .. } => {
            Some(Incoming::Request { id: id.to_owned(), method })
        }
        Envelope { method: Some(method), params, .. } => {
            let params = params.and_then(Entries::parse);
            let message = RawValue::from_string(text.trim().to_owned()).ok()?;
            Some(Incoming::Notification { method, params, message })
        }
        Envelope { id, error: Some(error), .. } => {
            Some(Incoming::Reply { id: id.and_then(number), outcome: Err(error.to_owned()) })
        }
        Envelope { id: Some(id), result, .. } => {
            let result = result.map_or_else(|| raw(&()), ToOwned::to_owned);
            Some(Incoming::Reply { id: number(id), outcome: Ok(result) })
        }
        _ => None,
    }
}

/// One of our ids, also from a server that gives numbers back as strings.
pub(super) fn number(id: &RawValue) -> Option<u64> {
    id.get().trim_matches('"').parse().ok()
}

#[derive(Serialize)]
struct Outgoing<'a> {
    jsonrpc: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    params: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a RawValue>,
}

const EMPTY: Outgoing<'static> =
    Outgoing { jsonrpc: "2.0", id: None, method: None, params: None, result: None, error: None };

/// A request of ours.
pub(super) fn request(id: u64, method: &str, params: Option<&RawValue>) -> Vec<u8> {
    one_line(&Outgoing { id: Some(&raw(&id)), method: Some(method), params, ..EMPTY })
}

/// A notification of ours.
pub(super) fn notification(method: &str, params: Option<&RawValue>) -> Vec<u8> {
    one_line(&Outgoing { method: Some(method), params, ..EMPTY })
}

/// Tells the server that nobody waits for request `id` any more.
pub(super) fn cancellation(id: u64) -> Vec<u8> {
    let params = serde_json::json!({"requestId": id, "reason": "the caller no longer waits"});
    notification("notifications/cancelled", Some(&raw(&params)))
}

/// Our answer to a server's own request. We declare no capability that lets it ask for anything but `ping`.
pub(super) fn answer(id: &RawValue, method: &str) -> Vec<u8> {
    if method == "ping" {
        return one_line(&Outgoing { id: Some(id), result: Some(&raw(&serde_json::json!({}))), ..EMPTY });
    }
    let error = serde_json::json!({"code": -32601, "message": format!("method not found: {method}")});
    one_line(&Outgoing { id: Some(id), error: Some(&raw(&error)), ..EMPTY })
}

/// Raw parameters may hold line breaks between tokens; inside strings JSON has none. As spaces they mean the same, and a
/// message stays one line.
fn one_line(message: &Outgoing<'_>) -> Vec<u8> {
    let mut bytes = raw(message).get().as_bytes().to_vec();
    flatten(&mut bytes);
    bytes
}

/// Turns the line breaks of a JSON text into spaces.
pub(super) fn flatten(json: &mut [u8]) {
    json.iter_mut().filter(|byte| matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(text: &str) -> Incoming {
        read(text).unwrap().pop().unwrap()
    }

    #[test]
    fn a_result_is_kept_byte_for_byte() {
        let Incoming::Reply { id: Some(7), outcome: Ok(result) } =
            only(r#"{"result":{"n":1.50, "x":[ 12345678901234567890 ]},"id":"7","jsonrpc":"2.0"}"#)
        else {
            panic!("a reply")
        };
        assert_eq!(result.get(), r#"{"n":1.50, "x":[ 12345678901234567890 ]}"#);
    }

    #[test]
    fn what_is_no_message_is_told_apart() {
        for text in ["listening on 3000", "", "{}", "[1]", "\"text\"", "{\"level\":\"info\"}", "42"] {
            assert!(read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_batch_is_read_message_by_message() {
        let batch = read(r#"[{"jsonrpc":"2.0","id":1,"result":{}},{"jsonrpc":"2.0","method":"x"}]"#).unwrap();
        assert_eq!(batch.len(), 2);
    }

    #[test]
    fn a_request_is_one_line_whatever_the_caller_wrote() {
        let params = RawValue::from_string("{\n  \"a\": \"x\\ny\"\r\n}".to_owned()).unwrap();
        let text = String::from_utf8(request(1, "tools/call", Some(&params))).unwrap();
        assert!(!text.contains(['\n', '\r']));
        assert!(text.contains(r#""x\ny""#), "{text}");
    }

    #[test]
    fn only_ping_gets_a_result() {
        let id = RawValue::from_string("\"s-1\"".to_owned()).unwrap();
        assert_eq!(answer(&id, "ping"), br#"{"jsonrpc":"2.0","id":"s-1","result":{}}"#);
        let refused = String::from_utf8(answer(&id, "roots/list")).unwrap();
        assert!(refused.contains("-32601"), "{refused}");
    }
}
