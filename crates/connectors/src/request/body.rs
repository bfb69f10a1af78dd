//! Bodies: what a program gave, as bytes on the wire.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use domain::document::Encoding;
use reqwest::header::HeaderValue;
use serde_json::{Map, Value};

use super::multipart;
use crate::failure::Failure;

/// A body. It can be sent more than once.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    /// JSON, which may yet get a credential.
    Json(Value),
    /// Bytes of a media type.
    Bytes {
        /// The value of `Content-Type`.
        content_type: HeaderValue,
        /// The bytes.
        bytes: Bytes,
    },
}

impl Body {
    /// What a `body` program gave, written as its document says.
    pub(crate) fn of(value: Value, encoding: Encoding) -> Result<Self, Failure> {
        let fields = match (encoding, value) {
            (Encoding::Json, value) => return Ok(Self::Json(value)),
            (_, Value::Object(fields)) => fields,
            _ => return Err(Failure::new("the connector's `body` program gives no object")),
        };
        match encoding {
            Encoding::Json => Ok(Self::Json(Value::Object(fields))),
            Encoding::Form => form(&fields),
            Encoding::Multipart => {
                let (content_type, bytes) = multipart::write(&fields, &multipart::boundary())?;
                Ok(Self::Bytes { content_type: media_type(&content_type)?, bytes: bytes.into() })
            }
            Encoding::Raw => raw(&fields),
        }
    }
}

/// A form as browsers write it: null is left out, a list repeats its field.
fn form(fields: &Map<String, Value>) -> Result<Body, Failure> {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields {
        let values =
            if let Value::Array(items) = value { items.as_slice() } else { std::slice::from_ref(value) };
        for value in values.iter().filter(|value| !value.is_null()) {
            pairs.append_pair(name, &scalar(name, value)?);
        }
    }
    let content_type = HeaderValue::from_static("application/x-www-form-urlencoded");
    Ok(Body::Bytes { content_type, bytes: pairs.finish().into() })
}

/// Bytes as they are.
fn raw(fields: &Map<String, Value>) -> Result<Body, Failure> {
    let content_type = fields.get("contentType").and_then(Value::as_str);
    let content_type = content_type.ok_or_else(|| {
        Failure::new("the connector's `body` program gives no `contentType`, which is a text")
    })?;
    Ok(Body::Bytes { content_type: media_type(content_type)?, bytes: content("the body", fields)?.into() })
}

/// A field's value as a text.
pub(super) fn scalar(name: &str, value: &Value) -> Result<String, Failure> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(_) | Value::Bool(_) => Ok(value.to_string()),
        _ => Err(Failure::new(format!(
            "field `{name}` of the body holds a nested value, which a form cannot say"
        ))),
    }
}

/// The bytes of `{text}` or `{base64}`.
pub(super) fn content(what: &str, fields: &Map<String, Value>) -> Result<Vec<u8>, Failure> {
    match (fields.get("text").and_then(Value::as_str), fields.get("base64").and_then(Value::as_str)) {
        (Some(text), None) => Ok(text.as_bytes().to_vec()),
        (None, Some(text)) => decode(text).ok_or_else(|| Failure::new(format!("{what} is not valid base64"))),
        _ => Err(Failure::new(format!("{what} is neither `text` nor `base64`"))),
    }
}

/// Decodes base64 in either alphabet, with padding and line breaks or without.
fn decode(text: &str) -> Option<Vec<u8>> {
    const CONFIG: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let compact: String = text.split_ascii_whitespace().collect();
    let alphabet = if compact.contains(['-', '_']) { &alphabet::URL_SAFE } else { &alphabet::STANDARD };
    GeneralPurpose::new(alphabet, CONFIG).decode(compact).ok()
}

/// A media type as a header, which no value can break out of.
pub(super) fn media_type(text: &str) -> Result<HeaderValue, Failure> {
    HeaderValue::try_from(text)
        .ok()
        .filter(|_| text.contains('/'))
        .ok_or_else(|| Failure::new("the media type of the body is none; it is written as `image/png`"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(value: Value, encoding: Encoding) -> Result<(String, String), String> {
        match Body::of(value, encoding).map_err(|failure| failure.to_string())? {
            Body::Json(value) => Ok(("application/json".to_owned(), value.to_string())),
            Body::Bytes { content_type, bytes } => {
                Ok((content_type.to_str().unwrap().to_owned(), String::from_utf8_lossy(&bytes).into_owned()))
            }
        }
    }

    #[test]
    fn a_form_keeps_each_value_in_its_field() {
        let fields = json!({"a": "x&b=1", "n": null, "list": [1, null, "two words"], "t": true, "e": ""});
        let (content_type, text) = written(fields, Encoding::Form).unwrap();
        assert_eq!(content_type, "application/x-www-form-urlencoded");
        assert_eq!(text, "a=x%26b%3D1&list=1&list=two+words&t=true&e=");
        assert!(written(json!({"a": {"b": 1}}), Encoding::Form).unwrap_err().contains("field `a`"));
        assert!(written(json!([1]), Encoding::Form).unwrap_err().contains("gives no object"));
    }

    #[test]
    fn raw_bytes_are_sent_as_they_are() {
        let (content_type, text) =
            written(json!({"contentType": "text/csv; charset=utf-8", "text": "a,b\r\n"}), Encoding::Raw)
                .unwrap();
        assert_eq!((content_type.as_str(), text.as_str()), ("text/csv; charset=utf-8", "a,b\r\n"));
        for base64 in ["aMOp", "aMOp\n", "aM Op"] {
            let body = json!({"contentType": "text/plain", "base64": base64});
            assert_eq!(written(body, Encoding::Raw).unwrap().1, "hé");
        }
        for (body, expected) in [
            (json!({"text": "x"}), "no `contentType`"),
            (json!({"contentType": "a/b\r\nX-Evil: 1", "text": "x"}), "media type"),
            (json!({"contentType": "nothing", "text": "x"}), "media type"),
            (json!({"contentType": "a/b", "base64": "?"}), "not valid base64"),
            (json!({"contentType": "a/b", "base64": "YQ==", "text": "a"}), "neither"),
        ] {
            assert!(written(body.clone(), Encoding::Raw).unwrap_err().contains(expected), "{body}");
        }
    }
}
