//! Messages of the API, in parts, as people read them.

use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::decoders::html::html_to_text;
use serde_json::{Map, Value, json};

use super::text;
use crate::filters::{base64url, html::markdown_of};

/// A header and the field of a result that holds it.
const HEADERS: &[(&str, &str)] = &[
    ("date", "Date"),
    ("from", "From"),
    ("to", "To"),
    ("cc", "Cc"),
    ("bcc", "Bcc"),
    ("reply_to", "Reply-To"),
    ("subject", "Subject"),
    ("message_id", "Message-ID"),
    ("in_reply_to", "In-Reply-To"),
    ("references", "References"),
];

/// What people look for in a message.
pub(super) fn message(message: &Value) -> Value {
    let payload = &message["payload"];
    let mut fields = Map::new();
    for name in ["id", "threadId"] {
        fields.insert(name.to_owned(), text(message, name).into());
    }
    fields.insert("labelIds".to_owned(), message.get("labelIds").cloned().unwrap_or_else(|| json!([])));
    fields.insert("snippet".to_owned(), html_to_text(text(message, "snippet")).trim().into());
    for (name, title) in HEADERS {
        fields.insert((*name).to_owned(), header(payload, title).map_or(Value::Null, Value::from));
    }
    fields.insert("body".to_owned(), body(payload).into());
    let mut attachments = Vec::new();
    collect(payload, &mut attachments);
    fields.insert("attachments".to_owned(), Value::Array(attachments));
    Value::Object(fields)
}

/// A header of a part, by its name in any case.
pub(super) fn header<'a>(part: &'a Value, name: &str) -> Option<&'a str> {
    let headers = part.get("headers").and_then(Value::as_array)?;
    let found = headers.iter().find(|header| text(header, "name").eq_ignore_ascii_case(name))?;
    found.get("value").and_then(Value::as_str)
}

/// The text of a message: the plain one, else its HTML as Markdown.
pub(super) fn body(payload: &Value) -> String {
    readable(payload).map(|found| found.text).unwrap_or_default()
}

/// A text that was found in a part.
struct Found {
    text: String,
    is_plain: bool,
}

/// The text to read in a part and those within it. Of alternatives the plain one, otherwise all, in order.
fn readable(part: &Value) -> Option<Found> {
    if is_attachment(part) {
        return None;
    }
    let kind = text(part, "mimeType").to_ascii_lowercase();
    let inner = part.get("parts").and_then(Value::as_array);
    let found: Vec<Found> = inner.into_iter().flatten().filter_map(readable).collect();
    if kind == "multipart/alternative" {
        let plain = found.iter().position(|found| found.is_plain).unwrap_or(0);
        return found.into_iter().nth(plain);
    }
    let own = match kind.as_str() {
        "text/html" => Some((markdown_of(&decoded(part)), false)),
        _ if kind.starts_with("text/") => Some((decoded(part), true)),
        _ => None,
    };
    let own = own.map(|(text, is_plain)| Found { text: text.trim().to_owned(), is_plain });
    let all: Vec<Found> = own.into_iter().chain(found).filter(|found| !found.text.is_empty()).collect();
    let is_plain = all.iter().all(|found| found.is_plain);
    let texts: Vec<String> = all.into_iter().map(|found| found.text).collect();
    (!texts.is_empty()).then(|| Found { text: texts.join("\n\n"), is_plain })
}

/// The attachments in a part and those within it.
fn collect(part: &Value, attachments: &mut Vec<Value>) {
    if is_attachment(part) {
        attachments.push(json!({
            "part_id": text(part, "partId"),
            "filename": text(part, "filename"),
            "mime_type": text(part, "mimeType"),
            "size": part["body"]["size"].as_u64().unwrap_or(0),
        }));
        return;
    }
    for inner in part.get("parts").and_then(Value::as_array).into_iter().flatten() {
        collect(inner, attachments);
    }
}

/// Whether a part is a file rather than text to read. A message within a message is one.
fn is_attachment(part: &Value) -> bool {
    let kind = text(part, "mimeType").to_ascii_lowercase();
    let disposition = header(part, "Content-Disposition").unwrap_or_default().trim().to_ascii_lowercase();
    !text(part, "filename").is_empty()
        || disposition.starts_with("attachment")
        || kind == "message/rfc822"
        || (part["body"].get("attachmentId").is_some()
            && !matches!(kind.as_str(), "text/plain" | "text/html"))
}

/// The bytes of a part as a text, in the character set that it says.
fn decoded(part: &Value) -> String {
    let bytes = base64url::decode(text(&part["body"], "data")).unwrap_or_default();
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => return text,
        Err(error) => error.into_bytes(),
    };
    let kind = header(part, "Content-Type").unwrap_or_default().to_ascii_lowercase();
    let charset = kind.split(';').find_map(|piece| piece.trim().strip_prefix("charset="));
    let decode = charset.and_then(|name| charset_decoder(name.trim_matches('"').as_bytes()));
    decode.map_or_else(|| String::from_utf8_lossy(&bytes).into_owned(), |decode| decode(&bytes))
}
