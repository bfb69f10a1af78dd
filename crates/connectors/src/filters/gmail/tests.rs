//! Mail as Gmail gives it, and mail as it is sent.

use mail_parser::{Message, MessageParser, MimeHeaders as _};
use serde_json::{Value, json};

use super::{gmail_forward, gmail_message, gmail_new, gmail_reply};
use crate::filters::base64url;

/// What was written, as another program reads it.
fn sent(raw: &Value) -> String {
    String::from_utf8(base64url::decode(raw.as_str().unwrap()).unwrap()).unwrap()
}

fn parsed(text: &str) -> Message<'_> {
    MessageParser::new().parse(text).unwrap()
}

/// The header lines of a message, unfolded.
fn headers(text: &str) -> Vec<String> {
    let (head, _) = text.split_once("\r\n\r\n").unwrap();
    head.replace("\r\n ", " ").split("\r\n").map(str::to_owned).collect()
}

fn data(text: &str) -> Value {
    json!({"size": text.len(), "data": to_base64url(text.as_bytes())})
}

fn to_base64url(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE.encode(bytes)
}

fn part(mime_type: &str, body: &str) -> Value {
    json!({"partId": "0", "mimeType": mime_type, "filename": "", "body": data(body)})
}

fn original(headers: &[(&str, &str)]) -> Value {
    let headers: Vec<Value> =
        headers.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    json!({"id": "m", "threadId": "t", "payload": {"mimeType": "text/plain", "headers": headers, "body": data("Hello.\n")}})
}

fn body_of(payload: &Value) -> String {
    gmail_message(&json!({ "payload": payload })).unwrap()["body"].as_str().unwrap().to_owned()
}

#[test]
fn a_message_has_its_headers_text_and_attachments() {
    let message = json!({
        "id": "m1", "threadId": "t1", "labelIds": ["INBOX"], "snippet": "it&#39;s &lt;b&gt;",
        "payload": {
            "partId": "", "mimeType": "multipart/mixed", "filename": "",
            "headers": [{"name": "from", "value": "Ada <ada@example.com>"}, {"name": "SUBJECT", "value": "Plan"}],
            "parts": [
                {"partId": "0", "mimeType": "multipart/alternative", "filename": "", "parts": [
                    part("text/plain", "Hi Bob,\r\nsee the file.\r\n"), part("text/html", "<p>Hi Bob,</p>"),
                ]},
                {"partId": "1", "mimeType": "application/pdf", "filename": "plan.pdf", "body": {"attachmentId": "A", "size": 9}},
                {"partId": "2", "mimeType": "message/rfc822", "filename": "", "body": {"size": 5}, "parts": [part("text/plain", "inner")]},
            ],
        },
    });
    let read = gmail_message(&message).unwrap();
    assert_eq!(read["from"], "Ada <ada@example.com>");
    assert_eq!(read["subject"], "Plan");
    assert_eq!(read["cc"], Value::Null);
    assert_eq!(read["snippet"], "it's <b>");
    assert_eq!(read["body"], "Hi Bob,\r\nsee the file.");
    assert_eq!(
        read["attachments"],
        json!([
            {"part_id": "1", "filename": "plan.pdf", "mime_type": "application/pdf", "size": 9},
            {"part_id": "2", "filename": "", "mime_type": "message/rfc822", "size": 5},
        ])
    );
}

#[test]
fn a_message_of_html_alone_is_read_as_markdown() {
    let html = "<html><body><p>Hello <b>world</b>, <a href='https://x.test/a'>read</a></p></body></html>";
    assert_eq!(body_of(&part("text/html", html)), "Hello **world**, [read](https://x.test/a)");
    let nested = json!({"mimeType": "multipart/related", "parts": [
        {"mimeType": "multipart/alternative", "parts": [part("text/plain", " \n"), part("text/html", "<p>Only here</p>")]},
        {"partId": "1", "mimeType": "image/png", "filename": "x.png", "body": {"attachmentId": "B"}},
    ]});
    assert!(body_of(&nested).contains("Only here"));
}

#[test]
fn all_texts_of_a_mixed_message_are_read_in_order() {
    let mixed = json!({"mimeType": "multipart/mixed", "parts": [part("text/plain", "one"), part("text/plain", "two")]});
    assert_eq!(body_of(&mixed), "one\n\ntwo");
}

#[test]
fn other_character_sets_are_read() {
    let mut latin = part("text/plain", "");
    latin["body"]["data"] = json!(to_base64url(b"Gr\xfc\xdfe"));
    latin["headers"] = json!([{"name": "Content-Type", "value": "text/plain; charset=\"ISO-8859-1\""}]);
    assert_eq!(body_of(&latin), "Grüße");
}

#[test]
fn what_is_missing_makes_no_message_unreadable() {
    let read = gmail_message(&json!({})).unwrap();
    assert_eq!((&read["id"], &read["body"], &read["attachments"]), (&json!(""), &json!(""), &json!([])));
}

#[test]
fn a_new_message_is_read_by_others_as_it_was_meant() {
    let raw = gmail_new(&json!({
        "to": "\"Müller, Zoë\" <zoe@example.com>, bob@example.com", "cc": "", "bcc": "eve@example.com",
        "subject": "Grüße – naïve ✓", "body": "Zeile eins\nüber ✓", "html": "<p>Zeile</p>",
        "attachments": [{"filename": "räum.csv", "mimeType": "text/csv", "content": "YSxi"}],
    }));
    let text = sent(&raw.unwrap());
    assert!(text.is_ascii(), "every transport takes it: {text}");
    let message = parsed(&text);
    let to: Vec<_> = message.to().unwrap().iter().map(|one| (one.name(), one.address())).collect();
    assert_eq!(to, [(Some("Müller, Zoë"), Some("zoe@example.com")), (None, Some("bob@example.com"))]);
    assert_eq!(message.bcc().unwrap().first().unwrap().address(), Some("eve@example.com"));
    assert!(message.cc().is_none());
    assert_eq!(message.subject(), Some("Grüße – naïve ✓"));
    assert_eq!(message.body_text(0).unwrap().replace("\r\n", "\n"), "Zeile eins\nüber ✓");
    assert_eq!(message.body_html(0).unwrap(), "<p>Zeile</p>");
    let file = message.attachments().next().unwrap();
    assert_eq!(file.attachment_name(), Some("räum.csv"));
    assert_eq!(file.contents(), b"a,b");
    assert!(message.message_id().is_none() && message.date().is_none(), "Gmail adds its own");
}

#[test]
fn no_value_brings_a_header_of_its_own() {
    let hostile = "x\r\nBcc: eve@example.com\r\n\r\nbody";
    for field in ["to", "cc", "bcc"] {
        let mut input = json!({"to": "a@example.com", "subject": "s", "body": "b"});
        input[field] = json!(format!("a@example.com{hostile}"));
        assert!(gmail_new(&input).unwrap_err().contains(field));
    }
    for value in [
        hostile,
        "x\nBcc: eve@example.com",
        "x\rBcc: eve@example.com",
        "x\u{b}\u{c}\u{0}\u{2028}Bcc: eve@example.com",
    ] {
        let name = format!("\"{value}\" <a@example.com>");
        assert!(gmail_new(&json!({"to": name, "subject": "", "body": ""})).is_err());
        let raw = gmail_new(&json!({
            "to": "a@example.com", "subject": value, "body": "b",
            "attachments": [{"filename": value, "content": ""}],
        }));
        let text = sent(&raw.unwrap());
        let names: Vec<String> =
            headers(&text).iter().map(|line| line.split(':').next().unwrap().to_owned()).collect();
        assert_eq!(names, ["To", "Subject", "MIME-Version", "Content-Type"], "{text}");
        let message = parsed(&text);
        assert!(message.bcc().is_none() && message.attachment_count() == 1, "{text}");
        assert!(!text.contains("\nBcc"), "{text}");
    }
    // A message that came in is no more to be trusted.
    let hostile = original(&[
        ("From", "\"A\r\nBcc: eve@example.com\" <a@example.com>"),
        ("Subject", "s\r\nBcc: eve@example.com"),
        ("Message-ID", "<1@x>\r\nBcc: eve@example.com"),
        ("References", "<a b@x> <0@x\r\nBcc: eve@example.com>"),
    ]);
    let text =
        sent(&gmail_reply(&json!({"original": hostile, "own": "me@example.com", "body": ""})).unwrap());
    assert!(parsed(&text).bcc().is_none() && !text.contains("\nBcc"), "{text}");
}

#[test]
fn what_cannot_be_sent_is_told() {
    let with = |field: &str, value: Value| {
        let mut input = json!({"to": "a@example.com", "subject": "s", "body": "b"});
        input[field] = value;
        gmail_new(&input).unwrap_err()
    };
    assert!(with("to", json!(" ")).contains("`to`"));
    assert!(with("attachments", json!([{"filename": "a", "content": "%%"}])).contains("\"a\" is not base64"));
    let wrong = json!([{"filename": "a", "content": "", "mimeType": "text/csv\r\nX: y"}]);
    assert!(with("attachments", wrong).contains("mimeType"));
}

fn reply(original: &Value, all: bool) -> Vec<String> {
    headers(&sent(
        &gmail_reply(&json!({"original": original, "own": "me@example.com", "all": all, "body": "Yes."}))
            .unwrap(),
    ))
}

#[test]
fn an_answer_goes_to_the_sender_and_stays_in_the_thread() {
    let original = original(&[
        ("From", "Ada <ada@example.com>"),
        ("To", "me@example.com, Bob <bob@example.com>"),
        ("Cc", "Me <ME@Example.com>, ada@example.com, eve@example.com"),
        ("Subject", "Plan"),
        ("Message-Id", "<2@example.com>"),
        ("References", "<0@example.com>\r\n <1@example.com>"),
    ]);
    let lines = reply(&original, false);
    assert_eq!(
        &lines[..4],
        [
            "To: \"Ada\" <ada@example.com>",
            "Subject: Re: Plan",
            "In-Reply-To: <2@example.com>",
            "References: <0@example.com> <1@example.com> <2@example.com>",
        ]
    );
    let lines = reply(&original, true);
    assert_eq!(
        lines[1], "Cc: \"Bob\" <bob@example.com>, <eve@example.com>",
        "neither oneself nor the sender again"
    );
}

#[test]
fn an_answer_heeds_reply_to_and_ones_own_messages() {
    let list =
        original(&[("From", "ada@example.com"), ("Reply-To", "list@example.com"), ("Subject", "RE: Plan")]);
    let lines = reply(&list, false);
    assert_eq!(&lines[..2], ["To: <list@example.com>", "Subject: RE: Plan"]);
    assert!(!lines.iter().any(|line| line.starts_with("References")), "there is no id to refer to");
    let own =
        original(&[("From", "Me <me@example.com>"), ("To", "bob@example.com"), ("Cc", "eve@example.com")]);
    assert_eq!(reply(&own, false)[0], "To: <bob@example.com>");
    assert_eq!(reply(&own, true)[1], "Cc: <eve@example.com>");
    let alone =
        json!({"original": original(&[("From", "me@example.com")]), "own": "me@example.com", "body": ""});
    assert!(gmail_reply(&alone).unwrap_err().contains("send_message"));
}

#[test]
fn a_message_is_sent_on_with_its_files() {
    let raw = "From: Ada <ada@example.com>\r\nTo: bob@example.com\r\nDate: Fri, 2 Jan 2026 03:04:05 +0100\r\n\
        Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
        --b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello.\r\n\
        --b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"a.pdf\"\r\n\
        Content-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n--b--\r\n";
    let input = json!({"original": {"raw": to_base64url(raw.as_bytes())}, "to": "eve@example.com", "body": "See below."});
    let text = sent(&gmail_forward(&input).unwrap());
    let message = parsed(&text);
    assert_eq!(message.subject(), Some("Fwd: Grüße"));
    let body = message.body_text(0).unwrap().replace("\r\n", "\n");
    assert_eq!(
        body.trim_end(),
        "See below.\n\n---------- Forwarded message ---------\nFrom: Ada <ada@example.com>\n\
         Date: Fri, 2 Jan 2026 03:04:05 +0100\nSubject: Grüße\nTo: bob@example.com\n\nHello."
    );
    let file = message.attachments().next().unwrap();
    assert_eq!((file.attachment_name(), file.contents()), (Some("a.pdf"), &b"%PDF"[..]));
    assert!(message.references().as_text().is_none(), "it starts a thread of its own");
}

#[test]
fn a_message_is_sent_on_without_its_files() {
    let message = original(&[("From", "Ada <ada@example.com>"), ("Subject", "Fwd: Plan")]);
    let text =
        sent(&gmail_forward(&json!({"original": message, "to": "eve@example.com", "body": ""})).unwrap());
    assert!(text.contains("Subject: Fwd: Plan\r\n"), "{text}");
    assert!(
        parsed(&text)
            .body_text(0)
            .unwrap()
            .contains("From: Ada <ada@example.com>\r\nSubject: Fwd: Plan\r\n\r\nHello.")
    );
    assert!(
        gmail_forward(&json!({"original": message, "to": "eve", "body": ""})).unwrap_err().contains("`to`")
    );
}
