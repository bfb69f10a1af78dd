//! `sagemcp describe`: how objects fare, for people.

mod children;
mod events;
mod fields;
mod sections;

use jiff::Timestamp;
use kube::api::{Api, DynamicObject, ListParams};

use crate::{
    connection::{Connection, ConnectionArgs},
    error::Error,
    kinds::Kind,
    selection,
    terminal::Terminal,
};

/// Arguments of `describe`.
#[derive(clap::Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  sagemcp describe tenant acme
  sagemcp describe conn/github apikey/acme-admin")]
pub struct Args {
    /// KIND, KIND NAME..., or KIND/NAME...
    #[arg(required = true, value_name = "KIND [NAME]")]
    pub objects: Vec<String>,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

/// Describes every object.
pub(crate) async fn run(
    args: &Args,
    connection: &Connection,
    now: Timestamp,
    terminal: &mut Terminal<'_>,
) -> Result<(), Error> {
    let mut is_first = true;
    for selection in selection::parse(&args.objects)? {
        let kind = &selection.kind;
        let (client, resource) = (connection.client.clone(), &kind.resource);
        let api: Api<DynamicObject> = match kind.namespaced {
            true => Api::namespaced_with(client, &connection.namespace, resource),
            false => Api::all_with(client, resource),
        };
        let mut objects = Vec::new();
        if selection.names.is_empty() {
            objects.extend(connection.bounded(api.list(&ListParams::default())).await?.items);
        }
        for name in &selection.names {
            objects.push(connection.bounded(api.get(name)).await?);
        }
        for object in objects {
            if !std::mem::take(&mut is_first) {
                writeln!(terminal.out, "\n")?;
            }
            write!(terminal.out, "{}", describe(kind, &object, connection, now).await?)?;
        }
    }
    if is_first {
        writeln!(terminal.err, "No resources found in {} namespace.", connection.namespace)?;
    }
    Ok(())
}

async fn describe(
    kind: &Kind,
    object: &DynamicObject,
    connection: &Connection,
    now: Timestamp,
) -> Result<String, Error> {
    let mut text = sections::fields(&fields::of(kind, object, now));
    if kind.resource.kind == "Tenant" {
        text.push_str(&children::of_tenant(object, connection).await?);
    }
    text.push_str(&sections::conditions(object, now));
    text.push_str(&events::of(kind, object, connection, now).await?);
    Ok(text)
}
