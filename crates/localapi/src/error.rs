//! Refusals as the Kubernetes API words them: a `Status` with a code, a reason, a message and the fields at fault.

use http::StatusCode;
use serde_json::{Value, json};

use crate::resource::Resource;

/// One field that is at fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cause {
    /// The field's path, as in `spec.limits.maxStreams`; empty for the object as a whole.
    pub(crate) field: String,
    /// One of Kubernetes' cause types, such as `FieldValueInvalid`.
    pub(crate) reason: &'static str,
    /// What is wrong with it.
    pub(crate) message: String,
}

impl Cause {
    /// A value that breaks a rule.
    pub(crate) fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), reason: "FieldValueInvalid", message: message.into() }
    }

    /// A field that must be there and is not.
    pub(crate) fn required(field: impl Into<String>) -> Self {
        Self { field: field.into(), reason: "FieldValueRequired", message: "Required value".to_owned() }
    }
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.field.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.field, self.message)
        }
    }
}

/// A refusal: what becomes the `Status` in a response or in a watch.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct ApiError {
    code: StatusCode,
    reason: &'static str,
    message: String,
    causes: Vec<Cause>,
}

impl ApiError {
    pub(crate) fn new(code: StatusCode, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), causes: Vec::new() }
    }

    pub(crate) fn not_found(resource: &Resource, name: &str) -> Self {
        let message = format!("{} \"{name}\" not found", resource.qualified_plural());
        Self::new(StatusCode::NOT_FOUND, "NotFound", message)
    }

    pub(crate) fn no_such_path(path: &str) -> Self {
        let message = format!("the server could not find the requested resource: {path}");
        Self::new(StatusCode::NOT_FOUND, "NotFound", message)
    }

    pub(crate) fn already_exists(resource: &Resource, name: &str) -> Self {
        let message = format!("{} \"{name}\" already exists", resource.qualified_plural());
        Self::new(StatusCode::CONFLICT, "AlreadyExists", message)
    }

    pub(crate) fn conflict(resource: &Resource, name: &str, why: &str) -> Self {
        let message =
            format!("Operation cannot be fulfilled on {} \"{name}\": {why}", resource.qualified_plural());
        Self::new(StatusCode::CONFLICT, "Conflict", message)
    }

    pub(crate) fn stale(resource: &Resource, name: &str) -> Self {
        let why =
            "the object has been modified; please apply your changes to the latest version and try again";
        Self::conflict(resource, name, why)
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    pub(crate) fn method_not_allowed(method: &http::Method, resource: &Resource) -> Self {
        let message = format!("{method} is not supported on {} here", resource.qualified_plural());
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", message)
    }

    pub(crate) fn gone(oldest: u64, asked: u64) -> Self {
        let message = format!("too old resource version: {asked} ({oldest})");
        Self::new(StatusCode::GONE, "Expired", message)
    }

    /// An object that breaks its schema or its rules.
    pub(crate) fn invalid(resource: &Resource, name: &str, causes: Vec<Cause>) -> Self {
        let listed = causes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let listed = if causes.len() > 1 { format!("[{listed}]") } else { listed };
        let message = format!("{} \"{name}\" is invalid: {listed}", resource.qualified_kind());
        Self { code: StatusCode::UNPROCESSABLE_ENTITY, reason: "Invalid", message, causes }
    }

    /// Fields that the schema does not know.
    pub(crate) fn unknown_fields(resource: &Resource, fields: Vec<String>) -> Self {
        let listed: Vec<String> = fields.iter().map(|field| format!("unknown field \"{field}\"")).collect();
        let message = format!(
            "{kind} in version \"{version}\" cannot be handled as a {kind}: strict decoding error: {listed}",
            kind = resource.kind,
            version = resource.version,
            listed = listed.join(", "),
        );
        let causes = fields.into_iter().map(|field| Cause::invalid(field, "unknown field")).collect();
        Self { code: StatusCode::BAD_REQUEST, reason: "BadRequest", message, causes }
    }

    /// Fields that another manager set to another value.
    pub(crate) fn apply_conflict(conflicts: &[(String, String)]) -> Self {
        let listed = conflicts
            .iter()
            .map(|(field, manager)| format!("conflict with \"{manager}\": {field}"))
            .collect::<Vec<_>>()
            .join(", ");
        let causes = conflicts
            .iter()
            .map(|(field, manager)| Cause {
                field: field.clone(),
                reason: "FieldManagerConflict",
                message: format!("conflict with \"{manager}\""),
            })
            .collect();
        let many = if conflicts.len() == 1 {
            "1 conflict".to_owned()
        } else {
            format!("{} conflicts", conflicts.len())
        };
        let message = format!("Apply failed with {many}: {listed}");
        Self { code: StatusCode::CONFLICT, reason: "Conflict", message, causes }
    }

    /// The first field that is at fault, if fields are.
    pub(crate) fn first_field(&self) -> Option<&str> {
        self.causes.first().map(|cause| cause.field.as_str()).filter(|it| !it.is_empty())
    }

    pub(crate) fn code(&self) -> StatusCode {
        self.code
    }

    /// Kubernetes' `Status` object.
    pub(crate) fn to_status(&self) -> Value {
        let causes: Vec<Value> = self
            .causes
            .iter()
            .map(|cause| json!({"reason": cause.reason, "message": cause.message, "field": cause.field}))
            .collect();
        let details = if causes.is_empty() { json!({}) } else { json!({ "causes": causes }) };
        json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "details": details,
            "code": self.code.as_u16(),
        })
    }
}
