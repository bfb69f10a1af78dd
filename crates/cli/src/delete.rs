//! `sagemcp delete`: deletes objects, and waits until they are gone.

use std::{path::PathBuf, time::Duration};

use kube::api::{Api, DeleteParams, DynamicObject, Preconditions};

use crate::{
    apply::Owner,
    connection::{Connection, ConnectionArgs},
    error::Error,
    kinds::Kind,
    manifest, selection,
    terminal::Terminal,
    wait::{self, Goal, span},
};

/// Arguments of `delete`.
#[derive(clap::Args, Clone, Debug)]
#[command(after_help = "\
A Tenant takes its rows with it at once, and its retained data after seven days (spec.deletionPolicy). An object that \
Argo CD, Flux or Helm owns is left alone.

Examples:
  sagemcp delete connector github
  sagemcp delete -f examples/quickstart/")]
pub struct Args {
    /// KIND NAME..., or KIND/NAME...
    #[arg(value_name = "KIND NAME", required_unless_present = "filenames", conflicts_with = "filenames")]
    pub objects: Vec<String>,
    /// Delete what a file or directory describes, or - for standard input
    #[arg(short, long = "filename", value_name = "FILE")]
    pub filenames: Vec<PathBuf>,
    /// Wait until the objects are gone
    #[arg(long, default_value_t = true, action = clap::ArgAction::Set, value_name = "BOOL")]
    pub wait: bool,
    /// How long to wait, as in 30s or 2m
    #[arg(long, default_value = "60s", value_parser = span, value_name = "TIME")]
    pub timeout: Duration,
    /// An object that does not exist counts as deleted
    #[arg(long)]
    pub ignore_not_found: bool,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

/// One object to delete.
struct Target {
    kind: Kind,
    name: String,
    namespace: Option<String>,
}

/// Deletes every object; one that fails does not keep the others from being deleted.
pub(crate) async fn run(
    args: &Args,
    connection: &Connection,
    terminal: &mut Terminal<'_>,
) -> Result<(), Error> {
    let targets = targets(args)?;
    let mut failed = 0;
    let mut going = Vec::new();
    for target in &targets {
        let label = target.kind.label(&target.name);
        match delete(target, args.ignore_not_found, connection).await {
            Ok(Some(uid)) => {
                writeln!(terminal.out, "{} \"{}\" deleted", target.kind.qualified(), target.name)?;
                going.push((target, uid));
            }
            Ok(None) => {}
            Err(Error::Refused(reason)) => {
                failed += 1;
                writeln!(terminal.err, "{label} not deleted: {reason}")?;
            }
            Err(other) => return Err(other),
        }
    }
    if args.wait {
        for (target, uid) in going {
            let api = api(target, connection);
            wait::until(&api, &target.kind, &target.name, &Goal::Gone { uid }, args.timeout, connection)
                .await?;
        }
    }
    if failed > 0 {
        return Err(Error::Some { failed, total: targets.len() });
    }
    Ok(())
}

fn targets(args: &Args) -> Result<Vec<Target>, Error> {
    if args.filenames.is_empty() {
        let selections = selection::parse_named(&args.objects)?;
        let one = |kind: &Kind, name| Target { kind: kind.clone(), name, namespace: None };
        return Ok(selections
            .into_iter()
            .flat_map(|it| it.names.into_iter().map(move |name| one(&it.kind, name)))
            .collect());
    }
    let manifests = manifest::read(&args.filenames)?;
    // What was applied last may refer to what was applied first.
    let targets = manifests.into_iter().rev();
    Ok(targets.map(|it| Target { kind: it.kind, name: it.name, namespace: it.namespace }).collect())
}

fn api(target: &Target, connection: &Connection) -> Api<DynamicObject> {
    let (client, resource) = (connection.client.clone(), &target.kind.resource);
    if !target.kind.namespaced {
        return Api::all_with(client, resource);
    }
    Api::namespaced_with(client, target.namespace.as_deref().unwrap_or(&connection.namespace), resource)
}

/// Deletes one object and returns its uid; `None` if there was none and that is fine.
async fn delete(
    target: &Target,
    ignore_not_found: bool,
    connection: &Connection,
) -> Result<Option<String>, Error> {
    let api = api(target, connection);
    let found = if ignore_not_found {
        connection.optional(api.get_metadata(&target.name)).await?
    } else {
        Some(connection.bounded(api.get_metadata(&target.name)).await?)
    };
    let Some(found) = found else { return Ok(None) };
    if let Some(owner) = Owner::of(&found.metadata, connection.is_local) {
        return Err(Error::Refused(owner.refusal()));
    }
    let uid = found.metadata.uid.unwrap_or_default();
    // The object that was looked at, not one that took its place since.
    let preconditions = Preconditions { uid: Some(uid.clone()), resource_version: None };
    let params = DeleteParams::default().preconditions(preconditions);
    connection.optional(async { api.delete(&target.name, &params).await.map(drop) }).await?;
    Ok(Some(uid))
}
