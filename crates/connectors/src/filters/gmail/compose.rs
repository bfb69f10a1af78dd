//! Messages to send, written as RFC 5322 wants them.
//!
//! No value can bring a header of its own: addresses are parsed, and the builder encodes texts and folds lines. Gmail
//! adds sender, date and message id.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use mail_builder::MessageBuilder;
use mail_builder::headers::Header;
use mail_builder::headers::message_id::MessageId;
use mail_builder::headers::text::Text;
use serde_json::Value;

use super::address::{Mailbox, header, recipients, typed};
use super::text;
use crate::filters::base64url;

/// A message that is being written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Composed {
    pub(super) to: Vec<Mailbox>,
    pub(super) cc: Vec<Mailbox>,
    pub(super) bcc: Vec<Mailbox>,
    pub(super) subject: String,
    pub(super) body: String,
    pub(super) html: Option<String>,
    pub(super) files: Vec<File>,
    /// Message ids without their angle brackets, oldest first; the last is the one that this answers.
    pub(super) references: Vec<String>,
}

/// An attached file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) mime_type: String,
    pub(super) bytes: Vec<u8>,
}

impl Composed {
    /// Reads what a tool was given.
    pub(super) fn read(input: &Value) -> Result<Self, String> {
        let files = input.get("attachments").and_then(Value::as_array).into_iter().flatten();
        Ok(Self {
            to: recipients(text(input, "to"))?,
            cc: typed("cc", text(input, "cc"))?,
            bcc: typed("bcc", text(input, "bcc"))?,
            subject: text(input, "subject").to_owned(),
            body: text(input, "body").to_owned(),
            html: input.get("html").and_then(Value::as_str).map(str::to_owned),
            files: files.map(File::read).collect::<Result<_, _>>()?,
            references: Vec::new(),
        })
    }

    /// The message as the field `raw` of the API.
    pub(super) fn into_raw(self) -> Result<Value, String> {
        Ok(Value::String(URL_SAFE_NO_PAD.encode(self.into_bytes())))
    }

    fn into_bytes(self) -> Vec<u8> {
        let mut message = Vec::new();
        let mut write = |name: &str, value: &dyn Fn(&mut Vec<u8>, usize)| {
            message.extend_from_slice(name.as_bytes());
            message.extend_from_slice(b": ");
            value(&mut message, name.len() + 2);
        };
        for (name, boxes) in [("To", &self.to), ("Cc", &self.cc), ("Bcc", &self.bcc)] {
            if !boxes.is_empty() {
                write(name, &|out, column| header(boxes).write_header(out, column));
            }
        }
        let subject = one_line(&self.subject);
        write("Subject", &|out, column| Text::new(subject.as_str()).write_header(out, column));
        if let Some(answered) = self.references.last() {
            write("In-Reply-To", &|out, column| MessageId::new(answered.as_str()).write_header(out, column));
            let all = self.references.iter().map(String::as_str);
            write("References", &|out, column| MessageId::new_list(all.clone()).write_header(out, column));
        }
        message.extend_from_slice(b"MIME-Version: 1.0\r\n");
        let mut body = MessageBuilder::new().text_body(self.body);
        if let Some(html) = self.html {
            body = body.html_body(html);
        }
        for file in self.files {
            body = body.attachment(file.mime_type, file.name, file.bytes);
        }
        body.serialize_body(&mut message);
        message
    }
}

impl File {
    fn read(input: &Value) -> Result<Self, String> {
        let name = text(input, "filename");
        let compact: String = text(input, "content").split_ascii_whitespace().collect();
        let bytes = STANDARD.decode(&compact).or_else(|_| base64url::decode(&compact));
        Ok(Self {
            name: one_line(name),
            mime_type: media_type(name, text(input, "mimeType"))?,
            bytes: bytes.map_err(|_| format!("the content of the attachment {name:?} is not base64"))?,
        })
    }
}

/// A media type as given, if it is one.
fn media_type(name: &str, given: &str) -> Result<String, String> {
    let token = |text: &str| {
        !text.is_empty() && text.bytes().all(|it| it.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&it))
    };
    match given.split_once('/') {
        _ if given.is_empty() => Ok("application/octet-stream".to_owned()),
        Some((kind, subtype)) if token(kind) && token(subtype) => Ok(given.to_owned()),
        _ => Err(format!("the mimeType of the attachment {name:?} is none; write one as text/csv")),
    }
}

/// A text without line breaks and other control characters.
pub(super) fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ").trim().to_owned()
}
