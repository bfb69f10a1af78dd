//! Answers to messages, and messages sent on.

use std::borrow::Cow;

use mail_parser::{Message, MessageParser, MimeHeaders as _, PartType};
use serde_json::Value;

use super::address::{Mailbox, received, recipients};
use super::compose::{Composed, File, one_line};
use super::read;
use crate::filters::{base64url, html::markdown_of};

/// An answer to a message in full: to Reply-To or the sender, with `all` to its other recipients, never to oneself.
pub(super) fn reply(original: &Value, own: &str, all: bool, body: &str) -> Result<Composed, String> {
    let payload = &original["payload"];
    let header = |name: &str| read::header(payload, name).unwrap_or_default();
    let is_own = |one: &Mailbox| one.is(own);
    let from = received(header("From"));
    let mut to = if from.iter().any(is_own) {
        // One's own message is answered to whom it went.
        received(header("To"))
    } else {
        let wanted = received(header("Reply-To"));
        if wanted.is_empty() { from } else { wanted }
    };
    to.retain(|one| !is_own(one));
    let mut cc: Vec<Mailbox> = Vec::new();
    if all {
        for one in received(header("To")).into_iter().chain(received(header("Cc"))) {
            let known = to.iter().chain(&cc).any(|known| known.is(&one.address));
            if !known && !is_own(&one) {
                cc.push(one);
            }
        }
    }
    if to.is_empty() {
        // Nobody but oneself wrote it, so the others are whom it is for.
        to = std::mem::take(&mut cc);
    }
    if to.is_empty() {
        return Err("the message has no sender and no recipient to answer to: use send_message".to_owned());
    }
    let subject = with_prefix("Re:", &["re:", "aw:"], header("Subject"));
    Ok(Composed {
        to,
        cc,
        subject,
        body: body.to_owned(),
        references: references(payload),
        ..Composed::default()
    })
}

/// The ids of the messages before an answer (RFC 5322 section 3.6.4): those that the answered one names, and its own.
fn references(payload: &Value) -> Vec<String> {
    let ids = |name: &str| message_ids(read::header(payload, name).unwrap_or_default());
    let mut before = ids("References");
    if before.is_empty() {
        before = ids("In-Reply-To");
        before.truncate(1);
    }
    let own = ids("Message-ID");
    before.retain(|id| !own.contains(id));
    before.extend(own.into_iter().take(1));
    before
}

/// Message ids of a header, without their angle brackets.
fn message_ids(header: &str) -> Vec<String> {
    let clean =
        |id: &&str| !id.is_empty() && id.bytes().all(|it| it.is_ascii_graphic() && !b"<>".contains(&it));
    let ids = header.split('<').skip(1).filter_map(|rest| rest.split_once('>').map(|(id, _)| id.trim()));
    ids.filter(clean).map(str::to_owned).collect()
}

/// A subject with a prefix, unless it has one of those that mean the same.
fn with_prefix(prefix: &str, same: &[&str], subject: &str) -> String {
    let subject = one_line(subject);
    let lower = subject.to_lowercase();
    if same.iter().any(|one| lower.starts_with(one)) {
        subject
    } else {
        format!("{prefix} {subject}").trim_end().to_owned()
    }
}

/// A message sent on. One in full goes without its files, one that is raw with them.
pub(super) fn forward(original: &Value, to: &str, body: &str) -> Result<Composed, String> {
    let to = recipients(to)?;
    let original = match original.get("raw").and_then(Value::as_str) {
        Some(raw) => {
            let bytes =
                base64url::decode(raw).map_err(|_| "Gmail sent a message that is not base64".to_owned())?;
            let message = MessageParser::new().parse(&bytes);
            Original::parse(&message.ok_or_else(|| "Gmail sent a message that cannot be read".to_owned())?)
        }
        None => Original::of_parts(&original["payload"]),
    };
    let before = if body.is_empty() { String::new() } else { format!("{body}\n\n") };
    let headers: String = original.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    let text =
        format!("{before}---------- Forwarded message ---------\n{headers}\n{}\n", original.body.trim_end());
    let subject = with_prefix("Fwd:", &["fwd:", "fw:", "wg:"], &original.subject);
    Ok(Composed { to, subject, body: text, files: original.files, ..Composed::default() })
}

/// What is sent on of a message.
struct Original {
    subject: String,
    headers: Vec<(&'static str, String)>,
    body: String,
    files: Vec<File>,
}

/// The headers that are quoted.
const QUOTED: [&str; 5] = ["From", "Date", "Subject", "To", "Cc"];

impl Original {
    fn of_parts(payload: &Value) -> Self {
        let header = |name| read::header(payload, name).map(one_line).filter(|value| !value.is_empty());
        Self {
            subject: header("Subject").unwrap_or_default(),
            headers: QUOTED.into_iter().filter_map(|name| Some((name, header(name)?))).collect(),
            body: read::body(payload),
            files: Vec::new(),
        }
    }

    fn parse(message: &Message<'_>) -> Self {
        let header = |name: &'static str| quoted(message, name).filter(|value| !value.is_empty());
        let body = (0..message.text_body_count())
            .filter_map(|at| readable(message, at))
            .collect::<Vec<Cow<'_, str>>>();
        Self {
            subject: message.subject().map(one_line).unwrap_or_default(),
            headers: QUOTED.into_iter().filter_map(|name| Some((name, header(name)?))).collect(),
            body: body.join("\n\n"),
            files: message.attachments().map(file).collect(),
        }
    }
}

/// A body of a message as people read it: HTML as Markdown.
fn readable<'a>(message: &'a Message<'_>, at: usize) -> Option<Cow<'a, str>> {
    match message.text_body.get(at).and_then(|part| message.parts.get(*part as usize)).map(|part| &part.body)
    {
        Some(PartType::Html(html)) => Some(markdown_of(html).into()),
        _ => message.body_text(at),
    }
}

/// A header of a message as people read it.
fn quoted(message: &Message<'_>, name: &str) -> Option<String> {
    match name {
        "Subject" => message.subject().map(one_line),
        "Date" => message.date().map(mail_parser::DateTime::to_rfc822),
        _ => {
            let raw = message.header_raw(name)?;
            let boxes = received(raw);
            let shown = boxes.iter().map(|one| match &one.name {
                Some(name) => format!("{name} <{}>", one.address),
                None => one.address.clone(),
            });
            Some(shown.collect::<Vec<_>>().join(", "))
        }
    }
}

/// An attached file as it is. A message within the message is a file, too.
fn file(part: &mail_parser::MessagePart<'_>) -> File {
    let kind = part.content_type();
    let mime_type = kind.map(|kind| match kind.subtype() {
        Some(subtype) => format!("{}/{subtype}", kind.ctype()),
        None => kind.ctype().to_owned(),
    });
    let nested = matches!(part.body, PartType::Message(_));
    File {
        name: one_line(part.attachment_name().unwrap_or(if nested { "message.eml" } else { "attachment" })),
        mime_type: mime_type
            .filter(|kind| kind.contains('/'))
            .unwrap_or_else(|| "application/octet-stream".to_owned()),
        bytes: part.contents().to_vec(),
    }
}
