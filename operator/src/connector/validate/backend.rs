//! What stands behind the connector: exactly one of three, each with its own rules.

use std::collections::BTreeMap;

use ::connectors::egress::EgressDenied;
use crds::v1alpha1::{Connector, HostedRuntime, HostedSpec, NativeSpec, RemoteSpec};
use domain::{config::Backend, document::definition_name, headers::is_reserved};
use url::Url;

use super::{Rules, refused};
use crate::error::{Error, Finding};

pub(super) fn validate(
    connector: &Connector,
    document: Option<&::connectors::Connector>,
    rules: &Rules<'_>,
) -> Result<Backend, Error> {
    let spec = &connector.spec;
    match (&spec.native, &spec.hosted, &spec.remote) {
        (Some(native), None, None) => self::native(native, document, rules),
        (None, Some(hosted), None) => self::hosted(hosted, rules),
        (None, None, Some(remote)) => self::remote(remote, rules),
        _ => Err(refused("InvalidSpec", "spec: set exactly one of native, hosted and remote")),
    }
}

fn native(
    native: &NativeSpec,
    document: Option<&::connectors::Connector>,
    rules: &Rules<'_>,
) -> Result<Backend, Error> {
    if let Some(base_url) = &native.base_url {
        outside(base_url, "spec.native.baseUrl", rules)?;
    }
    let document = document.ok_or_else(|| {
        let message = format!(
            "spec.native.type: there is no connector \"{}\"; use one of {}, or create a ConnectorDefinition named \"{}\"",
            native.type_,
            rules.built_in,
            definition_name(&native.type_)
        );
        Error::Unresolved(Finding::new("TypeNotFound", message))
    })?;
    let settings = document
        .check_settings(&native.config)
        .map_err(|fault| refused("InvalidConfig", format!("spec.native.config: {fault}")))?;
    let given: Vec<&str> = native.headers_from.iter().map(|header| header.name.as_str()).collect();
    document
        .check_secret_headers(&given)
        .map_err(|fault| refused("InvalidConfig", format!("spec.native.headersFrom: {fault}")))?;
    Ok(Backend::Native { service: native.type_.clone(), base_url: native.base_url.clone(), settings })
}

fn hosted(hosted: &HostedSpec, rules: &Rules<'_>) -> Result<Backend, Error> {
    let HostedSpec { runtime, command, args, env } = hosted;
    match runtime {
        HostedRuntime::Process if !rules.allow_process_runtime => {
            return Err(refused(
                "ProcessRuntimeDisabled",
                "spec.hosted.runtime: a process shares the gateway's trust, so a platform administrator must permit it \
                 with --allow-process-runtime on the operator and the gateway",
            ));
        }
        HostedRuntime::Process => {}
    }
    if command.trim().is_empty() {
        return Err(refused("InvalidSpec", "spec.hosted.command: is empty; name the program to start"));
    }
    let texts = [command].into_iter().chain(args).chain(env.iter().filter_map(|it| it.value.as_ref()));
    if texts.into_iter().any(|text| text.contains('\0')) {
        return Err(refused("InvalidSpec", "spec.hosted: command, args and env cannot hold a NUL character"));
    }
    let mut plain = BTreeMap::new();
    for variable in env {
        if variable.value.is_some() == variable.secret_ref.is_some() {
            let message =
                format!("spec.hosted.env[{}]: set exactly one of value and secretRef", variable.name);
            return Err(refused("InvalidSpec", message));
        }
        if let Some(value) = &variable.value {
            plain.insert(variable.name.clone(), value.clone());
        }
    }
    Ok(Backend::Hosted { command: command.clone(), args: args.clone(), env: plain })
}

fn remote(remote: &RemoteSpec, rules: &Rules<'_>) -> Result<Backend, Error> {
    outside(&remote.url, "spec.remote.url", rules)?;
    for header in &remote.headers_from {
        if is_reserved(&header.name) {
            let message = format!(
                "spec.remote.headersFrom[{}]: the gateway sets this header itself; remove it",
                header.name
            );
            return Err(refused("InvalidHeader", message));
        }
    }
    Ok(Backend::Remote { url: remote.url.clone() })
}

/// Checks that a URL leads where connectors may go.
fn outside(text: &str, field: &'static str, rules: &Rules<'_>) -> Result<(), Error> {
    let url = Url::parse(text)
        .map_err(|error| refused("InvalidUrl", format!("{field}: {error}; write https://host/path")))?;
    rules.egress.check_url(&url).map_err(|denied| {
        let reason = if denied == EgressDenied::NotHttp { "InvalidUrl" } else { "EgressRefused" };
        refused(reason, format!("{field}: {denied}"))
    })
}
