//! The names that objects and namespaces may have.

use crate::{
    error::{ApiError, Cause},
    resource::{Form, Resource},
};

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or \
                         '.', and must start and end with an alphanumeric character";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must \
                     start and end with an alphanumeric character";

fn is_part(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && !text.starts_with('-') && !text.ends_with('-') && text.bytes().all(is_inner)
}

/// Whether a text is one lower-case DNS label.
pub(crate) fn is_label(text: &str) -> bool {
    text.len() <= 63 && is_part(text)
}

fn is_subdomain(text: &str) -> bool {
    // Kubernetes limits the whole, not each part.
    text.len() <= 253 && text.split('.').all(is_part)
}

/// # Errors
/// 422 for a name that no object of the kind can have.
pub(crate) fn check_name(resource: &Resource, name: &str) -> Result<(), ApiError> {
    let (fits, rule) = match resource.form {
        Form::Namespace => (is_label(name), LABEL),
        _ => (is_subdomain(name), SUBDOMAIN),
    };
    refuse_unless(fits, resource, name, "metadata.name", name, rule)
}

/// # Errors
/// 422 for a namespace that cannot be one.
pub(crate) fn check_namespace(resource: &Resource, name: &str, namespace: &str) -> Result<(), ApiError> {
    refuse_unless(is_label(namespace), resource, name, "metadata.namespace", namespace, LABEL)
}

fn refuse_unless(
    fits: bool,
    resource: &Resource,
    name: &str,
    field: &str,
    value: &str,
    rule: &str,
) -> Result<(), ApiError> {
    if fits {
        return Ok(());
    }
    let cause = Cause::invalid(field, format!("Invalid value: \"{value}\": {rule}"));
    Err(ApiError::invalid(resource, name, vec![cause]))
}
