//! `gmail_attachment`: a part of a message as a file.
//!
//! Gmail gives an attachment a new id each time the message is read, and the attachment itself has neither name nor
//! type. So the part is looked up in its message by the number that stays, the argument `part_id`.

use serde_json::{Map, Value};

use super::{Function, Output, Requests, options};
use crate::failure::Failure;
use crate::file::contents;
use crate::filters::base64url;
use crate::session::parse;

/// `message` asks for the message in full, `attachment` for the bytes of `attachment_id`.
pub(super) const FUNCTION: Function = Function {
    name: "gmail_attachment",
    requests: Some(&["attachment", "message"]),
    adds: &["attachment_id"],
    check: options::none,
    run: |requests| Box::pin(run(requests)),
};

async fn run(requests: &Requests<'_>) -> Result<Output, Failure> {
    let (message_id, part_id) = (requests.text("message_id"), requests.text("part_id"));
    let message = parse(requests.send("message").await?)?;
    let part = message.get("payload").and_then(|payload| find(payload, part_id)).ok_or_else(|| {
        Failure::new(format!("The message has no part {part_id:?}: get_message lists its attachments."))
    })?;
    let body = part.get("body").unwrap_or(&Value::Null);
    let fetched = match body.get("attachmentId").and_then(Value::as_str) {
        Some(id) => {
            let values = Map::from_iter([("attachment_id".to_owned(), Value::from(id))]);
            parse(requests.send_with("attachment", &values).await?)?
        }
        // A short part is in the message itself.
        None if body.get("data").is_some() || body.get("size").and_then(Value::as_u64) == Some(0) => {
            body.clone()
        }
        None => {
            return Err(Failure::new(format!(
                "Gmail gives no contents of part {part_id:?}, as of a message within the message: forward_message sends it along."
            )));
        }
    };
    let data = fetched.get("data").and_then(Value::as_str).unwrap_or_default();
    let bytes = base64url::decode(data)
        .map_err(|_| Failure::new("Gmail sent an attachment that is not valid base64."))?;
    let text = |name: &str| part.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let name = text("filename").map(|name| format!("File: {name}")).unwrap_or_default();
    let uri = format!("gmail://attachment/{message_id}/{part_id}");
    Ok(Output::File(name, contents(uri, text("mimeType").map(str::to_owned), bytes)))
}

/// The part of this number, which may lie within others.
fn find<'a>(part: &'a Value, id: &str) -> Option<&'a Value> {
    if part.get("partId").and_then(Value::as_str) == Some(id) {
        return Some(part);
    }
    part.get("parts")?.as_array()?.iter().find_map(|inner| find(inner, id))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_part_is_found_wherever_it_lies() {
        let payload = json!({"partId": "", "parts": [
            {"partId": "0", "parts": [{"partId": "0.0"}, {"partId": "0.1", "filename": "a.txt"}]},
            {"partId": "1", "filename": "b.pdf"},
        ]});
        assert_eq!(find(&payload, "0.1").unwrap()["filename"], "a.txt");
        assert_eq!(find(&payload, "1").unwrap()["filename"], "b.pdf");
        assert!(find(&payload, "2").is_none());
    }
}
