//! Mail as Gmail's API has it: messages in parts to read, and messages of RFC 5322 in base64url to send.

mod address;
mod answer;
mod compose;
mod read;

use serde_json::{Value, json};

use self::answer::{forward, reply};
use self::compose::Composed;

/// A message of the API with what people look for: `{id, threadId, labelIds, snippet, date, from, ..., body, attachments}`.
pub(super) fn gmail_message(input: &Value) -> Result<Value, String> {
    Ok(read::message(input))
}

/// A new message: `{to, subject, body, cc, bcc, html, attachments}` to `raw`.
pub(super) fn gmail_new(input: &Value) -> Result<Value, String> {
    Composed::read(input)?.into_raw()
}

/// An answer: `{original, own, all, body}` to `raw`. `original` is a message in full, `own` the account's address.
pub(super) fn gmail_reply(input: &Value) -> Result<Value, String> {
    reply(&input["original"], text(input, "own"), input["all"] == json!(true), text(input, "body"))?
        .into_raw()
}

/// A message sent on: `{original, to, body}` to `raw`. `original` is a message in full, or raw if its files go along.
pub(super) fn gmail_forward(input: &Value) -> Result<Value, String> {
    forward(&input["original"], text(input, "to"), text(input, "body"))?.into_raw()
}

/// A field that is a text; empty where there is none.
fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests;
