//! What every write goes through before it is stored: unknown fields, nulls and defaults, the schema, the CEL rules.

mod defaults;
mod names;
mod structure;
mod unknown;

use serde_json::Value;

pub(crate) use defaults::{fill, prune_nulls};
pub(crate) use names::{check_name, check_namespace, is_label};

use crate::{
    error::{ApiError, Cause},
    metadata,
    request::UnknownFields,
    resource::{Form, Resource},
};

/// Drops fields that the schema does not know. The result is what to warn of.
///
/// # Errors
/// 400 naming each such field, if the client asked to be strict.
pub(crate) fn drop_unknown(
    resource: &Resource,
    object: &mut Value,
    policy: UnknownFields,
) -> Result<Vec<String>, ApiError> {
    let fields = unknown::prune(&resource.schema, object);
    let listed: Vec<String> = fields.iter().map(|field| format!("unknown field \"{field}\"")).collect();
    match policy {
        UnknownFields::Ignore => Ok(Vec::new()),
        UnknownFields::Warn => Ok(listed),
        UnknownFields::Strict if listed.is_empty() => Ok(Vec::new()),
        UnknownFields::Strict => Err(ApiError::unknown_fields(resource, fields)),
    }
}

/// Holds an object against its kind's schema and rules; `old` is what it replaces.
///
/// # Errors
/// 422 with every field at fault.
pub(crate) fn validate(resource: &Resource, object: &Value, old: Option<&Value>) -> Result<(), ApiError> {
    // The values of a Secret never appear in a message.
    let show_values = resource.form == Form::Custom;
    let mut causes = structure::check(&resource.schema, object, show_values);
    if causes.is_empty()
        && let Some(rules) = &resource.rules
        && let Err(broken) = kube::core::cel::validate_compiled(rules, object, old)
    {
        causes = broken.into_vec().into_iter().map(|it| Cause::invalid(it.field_path, it.message)).collect();
    }
    if causes.is_empty() {
        return Ok(());
    }
    Err(ApiError::invalid(resource, metadata::name(object), causes))
}
