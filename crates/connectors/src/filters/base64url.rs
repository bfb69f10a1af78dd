//! Base64 in the alphabet of URLs (RFC 4648 section 5), in which Gmail writes mail.

use base64::alphabet::URL_SAFE;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{DecodeError, Engine as _};
use serde_json::Value;

use super::text;

/// Reads with padding and without.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The bytes that a base64url text stands for.
pub(crate) fn decode(text: &str) -> Result<Vec<u8>, DecodeError> {
    LENIENT.decode(text)
}

/// The text that a base64url text stands for. Bytes that are no UTF-8 become U+FFFD.
pub(super) fn from_base64url(input: &Value) -> Result<Value, String> {
    let bytes = decode(text(input, "from_base64url")?)
        .map_err(|error| format!("from_base64url was given what is not base64url: {error}"))?;
    Ok(Value::String(String::from_utf8_lossy(&bytes).into_owned()))
}

/// A text as base64url, without padding.
pub(super) fn to_base64url(input: &Value) -> Result<Value, String> {
    Ok(Value::String(URL_SAFE_NO_PAD.encode(text(input, "to_base64url")?)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_go_there_and_back() {
        for (text, encoded) in [("", ""), ("hé?>", "aMOpPz4"), ("\u{ff}~~~", "w79-fn4"), ("a", "YQ")] {
            assert_eq!(to_base64url(&json!(text)), Ok(json!(encoded)));
            assert_eq!(from_base64url(&json!(encoded)), Ok(json!(text)));
        }
        assert_eq!(from_base64url(&json!("YQ==")), Ok(json!("a")), "with padding");
        assert_eq!(from_base64url(&json!("_w")), Ok(json!("\u{fffd}")), "no UTF-8");
    }

    #[test]
    fn what_is_no_base64url_is_told() {
        assert!(from_base64url(&json!("a+b/")).unwrap_err().contains("not base64url"));
        assert_eq!(from_base64url(&json!(1)), Err("from_base64url takes a text".to_owned()));
        assert_eq!(to_base64url(&json!(null)), Err("to_base64url takes a text".to_owned()));
    }
}
