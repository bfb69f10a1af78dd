//! What is special about Secrets: `stringData` is folded into `data`, values are base64, and some never change.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::{
    error::{ApiError, Cause},
    metadata,
    resource::Resource,
};

/// The most that a Secret's values may take together, in bytes, as in Kubernetes.
const MOST: usize = 1 << 20;

/// Moves `stringData` into `data`.
pub(crate) fn fold(secret: &mut Value) {
    let Some(map) = secret.as_object_mut() else { return };
    let Some(Value::Object(plain)) = map.shift_remove("stringData") else { return };
    let data = map.entry("data").or_insert_with(|| json!({}));
    if data.is_null() {
        *data = json!({});
    }
    for (key, value) in plain {
        // A value of another type is left for the schema to refuse.
        let encoded = value.as_str().map_or_else(|| value.clone(), |text| json!(STANDARD.encode(text)));
        data[key] = encoded;
    }
}

/// # Errors
/// 422 for values that are not base64 or too large, names that cannot be files, and changes of what is immutable.
pub(crate) fn check(resource: &Resource, secret: &Value, old: Option<&Value>) -> Result<(), ApiError> {
    let mut causes = Vec::new();
    let mut total = 0;
    for (key, value) in secret["data"].as_object().into_iter().flatten() {
        let field = format!("data[{key}]");
        let is_named = !key.is_empty()
            && key.len() <= 253
            && key.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_.".contains(&it));
        if !is_named {
            let rule = "Invalid value: a key consists of alphanumeric characters, '-', '_' or '.'";
            causes.push(Cause::invalid(field.clone(), rule));
        }
        match value.as_str().and_then(|text| STANDARD.decode(text).ok()) {
            Some(bytes) => total += bytes.len(),
            None => {
                causes
                    .push(Cause::invalid(field, "Invalid value: not base64; use stringData for plain text"));
            }
        }
    }
    if total > MOST {
        causes.push(Cause::invalid("data", format!("Too long: may not be more than {MOST} bytes")));
    }
    if let Some(old) = old {
        let type_ = |it: &Value| it["type"].as_str().unwrap_or("Opaque").to_owned();
        if type_(old) != type_(secret) {
            causes.push(Cause::invalid("type", "Invalid value: field is immutable"));
        }
        if old["immutable"] == true && (secret["immutable"] != true || old["data"] != secret["data"]) {
            causes.push(Cause::invalid("data", "Forbidden: field is immutable when `immutable` is set"));
        }
    }
    if causes.is_empty() {
        return Ok(());
    }
    Err(ApiError::invalid(resource, metadata::name(secret), causes))
}
