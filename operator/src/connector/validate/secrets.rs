//! The values of the Secrets that a connector names.

use std::collections::BTreeMap;

use ::secrets::ConnectorSecrets;
use crds::v1alpha1::{Connector, SecretKeyRef};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    credentials::{ReadSecret, entry},
    error::{Error, Finding},
};

pub(super) fn resolve(
    connector: &Connector,
    read: &BTreeMap<String, ReadSecret>,
) -> Result<ConnectorSecrets, Error> {
    let namespace = connector.metadata.namespace.as_deref().unwrap_or_default();
    let value = |reference: &SecretKeyRef, field: &str| {
        let secret = read.get(&reference.name).unwrap_or(&ReadSecret::Missing);
        entry(secret, reference, namespace, field)
    };
    let spec = &connector.spec;
    let mut secrets = ConnectorSecrets::default();
    if let Some(reference) = spec.credentials.as_ref().and_then(|it| it.secret_ref.as_ref()) {
        let field = "spec.credentials.secretRef";
        secrets.credential = value(reference, field)?;
        if let Some(credential) = &secrets.credential {
            one_line(credential, reference, field)?;
        }
    }
    for variable in spec.hosted.iter().flat_map(|hosted| &hosted.env) {
        let Some(reference) = &variable.secret_ref else { continue };
        let field = format!("spec.hosted.env[{}].secretRef", variable.name);
        if let Some(found) = value(reference, &field)? {
            without_nul(&found, reference, &field)?;
            secrets.env.insert(variable.name.clone(), found);
        }
    }
    let native = spec.native.iter().flat_map(|native| &native.headers_from).map(|header| ("native", header));
    let remote = spec.remote.iter().flat_map(|remote| &remote.headers_from).map(|header| ("remote", header));
    for (backend, header) in native.chain(remote) {
        let field = format!("spec.{backend}.headersFrom[{}].secretRef", header.name);
        if let Some(found) = value(&header.secret_ref, &field)? {
            one_line(&found, &header.secret_ref, &field)?;
            secrets.headers.insert(header.name.clone(), found);
        }
    }
    Ok(secrets)
}

/// A value that travels in a header holds visible ASCII and spaces (RFC 9110 section 5.5). A line break at its end is
/// the usual slip, and would be found only when the first call fails.
fn one_line(value: &SecretString, reference: &SecretKeyRef, field: &str) -> Result<(), Error> {
    let text = value.expose_secret();
    if text.is_empty() {
        return Err(invalid(reference, field, "is empty; store the credential in it"));
    }
    if text.ends_with(['\n', '\r']) {
        return Err(invalid(
            reference,
            field,
            "ends with a line break; store it without, as with `printf %s`",
        ));
    }
    if !text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
        return Err(invalid(
            reference,
            field,
            "holds characters that no HTTP header may; store visible ASCII characters only",
        ));
    }
    Ok(())
}

fn without_nul(value: &SecretString, reference: &SecretKeyRef, field: &str) -> Result<(), Error> {
    if value.expose_secret().contains('\0') {
        return Err(invalid(reference, field, "holds a NUL character, which no environment variable may"));
    }
    Ok(())
}

fn invalid(reference: &SecretKeyRef, field: &str, fault: &str) -> Error {
    let SecretKeyRef { name, key, .. } = reference;
    Error::Unresolved(Finding::new(
        "SecretInvalid",
        format!("{field}: entry \"{key}\" of Secret \"{name}\" {fault}"),
    ))
}
