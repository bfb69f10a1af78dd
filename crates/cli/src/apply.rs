//! `sagemcp apply`: server-side apply under a field manager of our own, without force.

mod owner;

use std::path::PathBuf;

use http::{HeaderValue, StatusCode, header};
use kube::{
    api::{Api, DynamicObject, Patch, PatchParams},
    core::Request as Builder,
};
use serde_json::Value;

pub(crate) use owner::Owner;

use crate::{
    connection::{Connection, ConnectionArgs},
    error::Error,
    get::path,
    manifest::{self, Manifest},
    terminal::Terminal,
};

/// The field manager of what the CLI applies.
const FIELD_MANAGER: &str = "sagemcp-cli";

/// Arguments of `apply`.
#[derive(clap::Args, Clone, Debug)]
#[command(after_help = "\
Applies Tenants, Connectors, ApiKeys, ConnectorDefinitions and Secrets. Unknown fields are refused. A field that somebody \
else manages is never taken over, and an object that Argo CD, Flux or Helm owns is left alone.

Examples:
  sagemcp apply -f examples/quickstart/
  sagemcp apply -f - < tenant.yaml")]
pub struct Args {
    /// A file, a directory, or - for standard input; may be given several times
    #[arg(short, long = "filename", required = true, value_name = "FILE")]
    pub filenames: Vec<PathBuf>,
    /// Only ask the API whether it would accept the objects
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

/// What became of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was not there.
    Created,
    /// It says something else now.
    Configured,
    /// It said so already.
    Unchanged,
}

impl Outcome {
    fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Configured => "configured",
            Self::Unchanged => "unchanged",
        }
    }
}

/// Applies every object; one that fails does not keep the others from being applied.
pub(crate) async fn run(
    args: &Args,
    connection: &Connection,
    terminal: &mut Terminal<'_>,
) -> Result<(), Error> {
    let manifests = manifest::read(&args.filenames)?;
    let mut failed = 0;
    for manifest in &manifests {
        let label = manifest.kind.label(&manifest.name);
        match apply(manifest, args.dry_run, connection).await {
            Ok(outcome) => {
                let dry = if args.dry_run { " (dry run)" } else { "" };
                writeln!(terminal.out, "{label} {}{dry}", outcome.as_str())?;
            }
            Err(Error::Refused(reason)) => {
                failed += 1;
                writeln!(terminal.err, "{label} not applied ({}): {reason}", manifest.place)?;
            }
            // Nothing will go better with the next object.
            Err(other) => return Err(other),
        }
    }
    if failed > 0 {
        return Err(Error::Some { failed, total: manifests.len() });
    }
    Ok(())
}

/// Applies one object.
pub(crate) async fn apply(
    manifest: &Manifest,
    dry_run: bool,
    connection: &Connection,
) -> Result<Outcome, Error> {
    let kind = &manifest.kind;
    let namespace = manifest.namespace.as_deref().unwrap_or(&connection.namespace);
    let namespace = kind.namespaced.then_some(namespace);
    let api: Api<DynamicObject> = match namespace {
        Some(namespace) => Api::namespaced_with(connection.client.clone(), namespace, &kind.resource),
        None => Api::all_with(connection.client.clone(), &kind.resource),
    };
    let before = connection.optional(api.get(&manifest.name)).await?;
    if let Some(owner) = before.as_ref().and_then(|it| Owner::of(&it.metadata, connection.is_local)) {
        return Err(Error::Refused(owner.refusal()));
    }
    let params = PatchParams { dry_run, ..PatchParams::apply(FIELD_MANAGER).validation_strict() };
    let (code, after) = connection
        .bounded(async {
            let mut request = Builder::new(path(kind, namespace))
                .patch(&manifest.name, &params, &Patch::Apply(&manifest.object))
                .map_err(kube::Error::BuildRequest)?;
            request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
            send(connection, request).await
        })
        .await
        .map_err(explain_conflict)?;
    Ok(match before {
        _ if code == StatusCode::CREATED => Outcome::Created,
        Some(before) if says_the_same(&before, &after) => Outcome::Unchanged,
        _ => Outcome::Configured,
    })
}

/// Whether two states of an object differ in bookkeeping only.
fn says_the_same(before: &DynamicObject, after: &Value) -> bool {
    let mut before = serde_json::to_value(before).unwrap_or_default();
    let mut after = after.clone();
    for object in [&mut before, &mut after] {
        for field in ["resourceVersion", "managedFields", "generation"] {
            object["metadata"].as_object_mut().and_then(|metadata| metadata.shift_remove(field));
        }
        object.as_object_mut().and_then(|object| object.shift_remove("status"));
    }
    before == after
}

/// Sends a request; the code tells whether the object is new.
async fn send(connection: &Connection, request: http::Request<Vec<u8>>) -> kube::Result<(StatusCode, Value)> {
    use http_body_util::BodyExt;

    let response = connection.client.send(request.map(kube::client::Body::from)).await?;
    let code = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    if code.is_success() {
        return serde_json::from_slice(&body).map(|object| (code, object)).map_err(kube::Error::SerdeError);
    }
    let status = serde_json::from_slice(&body).unwrap_or_else(|_| {
        let text = String::from_utf8_lossy(&body[..body.len().min(300)]).into_owned();
        kube::core::Status { message: text, code: code.as_u16(), ..kube::core::Status::default() }
    });
    Err(kube::Error::Api(Box::new(status)))
}

/// What to do about a conflict of field managers.
fn explain_conflict(error: Error) -> Error {
    match error {
        Error::Refused(message) if message.starts_with("Apply failed with ") => Error::Refused(format!(
            "{message}; the manager named there set these fields: change them where it gets them from, or leave them out \
             of this manifest"
        )),
        other => other,
    }
}
