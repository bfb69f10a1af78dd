//! `workbook_session`: writes cells within a session of Excel and reads what became of them.
//!
//! A session that is opened without `persistChanges` works on a copy: what is computed in it leaves the workbook as it
//! was. Graph names the session by a header, whose value only the reply of `open` tells.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::{Function, Output, Requests, options};
use crate::failure::Failure;
use crate::session::parse;

/// `open` gives the session's `id`, `write` changes cells within it, `read` gives the result, `close` ends it.
pub(super) const FUNCTION: Function = Function {
    name: "workbook_session",
    requests: Some(&["close", "open", "read", "write"]),
    adds: &[],
    check: options::none,
    run: |requests| Box::pin(run(requests)),
};

/// The header that a session is named by.
const SESSION: HeaderName = HeaderName::from_static("workbook-session-id");

async fn run(requests: &Requests<'_>) -> Result<Output, Failure> {
    let headers = headers(&parse(requests.send("open").await?)?)?;
    let result = compute(requests, &headers).await;
    // A session that is left open ends by itself after some minutes.
    let _ = requests.send_with_headers("close", &headers).await;
    result
}

async fn compute(requests: &Requests<'_>, headers: &HeaderMap) -> Result<Output, Failure> {
    requests.send_with_headers("write", headers).await?;
    let reply = requests.send_with_headers("read", headers).await?;
    let size = reply.body.len();
    Ok(Output::Value(parse(reply)?, size))
}

/// The headers of requests within a session. Without its name a request would change the workbook itself.
fn headers(session: &Value) -> Result<HeaderMap, Failure> {
    let id = session.get("id").and_then(Value::as_str).filter(|id| !id.is_empty());
    let id = id.and_then(|id| HeaderValue::from_str(id).ok());
    let id = id.ok_or_else(|| Failure::new("Excel opened a session without naming it; try again later."))?;
    Ok(HeaderMap::from_iter([(SESSION, id)]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_session_is_named_by_its_header() {
        let headers = headers(&json!({"id": "cluster=PUS5&session=12.a", "persistChanges": false})).unwrap();
        assert_eq!(headers[SESSION], "cluster=PUS5&session=12.a");
    }

    #[test]
    fn nothing_is_written_outside_of_a_session() {
        for session in
            [json!({}), json!({"id": null}), json!({"id": ""}), json!({"id": "a\r\nb: c"}), json!([])]
        {
            assert!(headers(&session).is_err(), "{session}");
        }
    }
}
