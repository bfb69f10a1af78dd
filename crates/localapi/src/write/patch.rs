//! JSON patch and merge patch.

use http::StatusCode;
use json_patch::{Patch, PatchOperation};
use serde_json::Value;

use super::{Writing, Written, apply, update::update};
use crate::{error::ApiError, event, resource::Form};

/// How a patch is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PatchKind {
    /// RFC 6902.
    Json,
    /// RFC 7386.
    Merge,
    /// Kubernetes' own, for built-in kinds.
    Strategic,
    /// Server-side apply.
    Apply,
}

impl PatchKind {
    /// # Errors
    /// 415 for anything that is no patch.
    pub(crate) fn of(content_type: &str) -> Result<Self, ApiError> {
        match content_type.split(';').next().unwrap_or_default().trim() {
            "application/json-patch+json" => Ok(Self::Json),
            "application/merge-patch+json" => Ok(Self::Merge),
            "application/strategic-merge-patch+json" => Ok(Self::Strategic),
            "application/apply-patch+yaml" | "application/apply-patch+json" => Ok(Self::Apply),
            other => Err(unsupported(other)),
        }
    }
}

fn unsupported(content_type: &str) -> ApiError {
    let message = format!("the body of the request was in an unknown format: {content_type}");
    ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", message)
}

/// Patches an object.
///
/// # Errors
/// 400, 404, 409, 415 and 422 as in Kubernetes.
pub(crate) fn patch(
    writing: &mut Writing<'_>,
    kind: PatchKind,
    namespace: &str,
    name: &str,
    mut body: Value,
) -> Result<Written, ApiError> {
    let is_translated = writing.resource.form == Form::Event;
    if is_translated && kind != PatchKind::Json {
        event::to_core(&mut body);
    }
    if kind == PatchKind::Apply {
        return apply(writing, namespace, name, body);
    }
    let key = writing.key(namespace, name);
    let Some(old) = writing.state.get(&key).cloned() else {
        return Err(ApiError::not_found(writing.resource, name));
    };
    let mut object = (*old.object).clone();
    match kind {
        PatchKind::Json if is_translated => {
            event::from_core(&mut object);
            json_patch(&mut object, body)?;
            event::to_core(&mut object);
        }
        PatchKind::Json => json_patch(&mut object, body)?,
        PatchKind::Strategic if writing.resource.form == Form::Custom => {
            return Err(unsupported("application/strategic-merge-patch+json"));
        }
        // The kinds served here hold maps and plain lists; without directives the two patches mean the same.
        PatchKind::Strategic if has_directive(&body) => {
            return Err(ApiError::bad_request(
                "strategic merge patches with $ directives are not supported here",
            ));
        }
        PatchKind::Strategic | PatchKind::Merge | PatchKind::Apply => json_patch::merge(&mut object, &body),
    }
    update(writing, &key, &old, object, None)
}

fn json_patch(object: &mut Value, body: Value) -> Result<(), ApiError> {
    let Patch(operations) = serde_json::from_value(body)
        .map_err(|error| ApiError::bad_request(format!("the body is no JSON patch: {error}")))?;
    for operation in operations {
        // For Kubernetes a path that is not there is null; for RFC 6902 it is an error.
        if let PatchOperation::Test(test) = &operation
            && test.value.is_null()
            && test.path.resolve(object).is_err()
        {
            continue;
        }
        json_patch::patch(object, &[operation]).map_err(|error| {
            let message = format!("the server rejected our request due to an error in our request: {error}");
            ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid", message)
        })?;
    }
    Ok(())
}

fn has_directive(patch: &Value) -> bool {
    match patch {
        Value::Object(map) => map.iter().any(|(name, value)| name.starts_with('$') || has_directive(value)),
        Value::Array(list) => list.iter().any(has_directive),
        _ => false,
    }
}
