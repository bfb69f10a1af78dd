//! `multipart/form-data` (RFC 7578), written whole, so that it can be sent more than once.

use serde_json::{Map, Value};

use super::body::{content, media_type, scalar};
use crate::failure::Failure;

/// A boundary that no content holds, except by guessing 128 random bits.
pub(super) fn boundary() -> String {
    format!("sagemcp-{:032x}", rand::random::<u128>())
}

/// The media type and the bytes of a form. A field is a text, or a file as `{filename, contentType, text}` or
/// `{filename, contentType, base64}`; null is left out.
pub(super) fn write(fields: &Map<String, Value>, boundary: &str) -> Result<(String, Vec<u8>), Failure> {
    let mut bytes = Vec::new();
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
        let mut head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"", quoted(name));
        let body = match value {
            Value::Object(file) => {
                let text = |field: &str| file.get(field).and_then(Value::as_str);
                let filename = text("filename")
                    .ok_or_else(|| Failure::new(format!("field `{name}` of the body has no `filename`")))?;
                let kind = text("contentType").unwrap_or("application/octet-stream");
                media_type(kind)?;
                head = format!("{head}; filename=\"{}\"\r\nContent-Type: {kind}", quoted(filename));
                content(&format!("field `{name}` of the body"), file)?
            }
            value => scalar(name, value)?.into_bytes(),
        };
        bytes.extend_from_slice(head.as_bytes());
        bytes.extend_from_slice(b"\r\n\r\n");
        bytes.extend_from_slice(&body);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Ok((format!("multipart/form-data; boundary={boundary}"), bytes))
}

/// A name between quotes, as browsers write it: what could end the quotes or the line is percent-encoded.
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(fields: &Value) -> Result<String, String> {
        let (content_type, bytes) = write(fields.as_object().unwrap(), "b").map_err(|it| it.to_string())?;
        assert_eq!(content_type, "multipart/form-data; boundary=b");
        Ok(String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn texts_and_files_are_parts() {
        let fields = json!({"channel": "C1", "n": 2, "none": null,
            "file": {"filename": "é.txt", "contentType": "text/plain", "base64": "aGk="}});
        let expected = "--b\r\nContent-Disposition: form-data; name=\"channel\"\r\n\r\nC1\r\n\
             --b\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n2\r\n\
             --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"é.txt\"\r\nContent-Type: text/plain\r\n\r\nhi\r\n\
             --b--\r\n";
        assert_eq!(written(&fields).unwrap(), expected);
        assert_eq!(written(&json!({})).unwrap(), "--b--\r\n");
        assert_ne!(boundary(), boundary());
    }

    #[test]
    fn no_name_leaves_its_quotes() {
        let name = "a\"; filename=\"x\r\nContent-Type: text/html\r\n\r\n<b>";
        let text = written(&json!({"f": {"filename": name, "text": ""}, (name): "v"})).unwrap();
        assert_eq!(text.matches("\r\n\r\n").count(), 2, "{text}");
        assert_eq!(text.matches('"').count(), 6, "{text}");
        assert!(
            text.contains("filename=\"a%22; filename=%22x%0D%0AContent-Type: text/html%0D%0A%0D%0A<b>\"")
        );
        let kind = json!({"f": {"filename": "x", "contentType": "a/b\r\nX: 1", "text": ""}});
        assert!(written(&kind).unwrap_err().contains("media type"));
    }

    #[test]
    fn what_is_no_part_is_told() {
        for (fields, expected) in [
            (json!({"f": {"text": "x"}}), "field `f` of the body has no `filename`"),
            (json!({"f": {"filename": "x"}}), "neither `text` nor `base64`"),
            (json!({"f": [1]}), "nested value"),
        ] {
            assert!(written(&fields).unwrap_err().contains(expected), "{fields}");
        }
    }
}
