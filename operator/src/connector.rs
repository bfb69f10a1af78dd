//! Connectors: one MCP server of a tenant, with everything it refers to resolved and its secrets sealed.

mod apply;
mod build;
mod dereference;
mod discovered;
mod status;
mod validate;

use std::{collections::BTreeSet, time::Duration};

use crds::v1alpha1::{Connector, ConnectorStatus, SecretKeyRef};
use domain::document::definition_name;
use domain::ids::ObjectKey;
use store::model::Kind;

use crate::{
    backoff,
    context::{Context, Watched},
    error::Error,
    kind::{Common, Managed, Pass, beside},
    references::Referent,
};

impl Managed for Connector {
    const KIND: Kind = Kind::Connector;
    const REFERS: bool = true;
    type Status = ConnectorStatus;

    fn watched(ctx: &Context) -> &Watched<Self> {
        &ctx.connectors
    }

    fn status(&self) -> Option<&ConnectorStatus> {
        self.status.as_ref()
    }

    fn common(status: &ConnectorStatus) -> Common<'_> {
        Common {
            observed_generation: status.observed_generation,
            conditions: &status.conditions,
            revision: status.revision,
        }
    }

    fn referents(&self, key: &ObjectKey) -> Vec<Referent> {
        let tenant = Referent::Tenant(beside(key, &self.spec.tenant_ref.name));
        let document =
            self.spec.native.as_ref().map(|native| Referent::Definition(definition_name(&native.type_)));
        let secrets = secret_names(self).into_iter().map(|name| Referent::Secret(beside(key, name)));
        [tenant].into_iter().chain(document).chain(secrets).collect()
    }

    async fn reconcile(ctx: &Context, pass: &Pass<Self>) -> Result<Duration, Error> {
        let outcome = program(ctx, pass).await;
        status::update(ctx, pass, outcome.as_ref()).await?;
        outcome.map(|_| backoff::until_drift_check())
    }
}

async fn program(ctx: &Context, pass: &Pass<Connector>) -> Result<apply::Applied, Error> {
    let dereferenced = dereference::dereference(ctx, pass).await?;
    let rules = validate::Rules {
        egress: &ctx.options.egress,
        allow_process_runtime: ctx.options.allow_process_runtime,
        built_in: &ctx.documents.built_in(),
    };
    let validated = validate::validate(&pass.object, &dereferenced, &rules)?;
    let identity = dereference::identify(ctx, pass, &validated).await?;
    let prepared = build::build(&ctx.ring, pass, validated, identity)?;
    apply::apply(ctx, prepared).await
}

/// Every place where a connector names a Secret's entry, with the field's name.
fn secret_references(connector: &Connector) -> impl Iterator<Item = (String, &SecretKeyRef)> {
    let spec = &connector.spec;
    let credential = spec.credentials.iter().filter_map(|credentials| credentials.secret_ref.as_ref());
    let env = spec.hosted.iter().flat_map(|hosted| &hosted.env);
    let env = env.filter_map(|variable| Some((&variable.name, variable.secret_ref.as_ref()?)));
    let native = spec.native.iter().flat_map(|native| &native.headers_from);
    let native = native.map(|header| ("native", header));
    let remote = spec.remote.iter().flat_map(|remote| &remote.headers_from);
    let headers = native.chain(remote.map(|header| ("remote", header)));
    credential
        .map(|reference| ("spec.credentials.secretRef".to_owned(), reference))
        .chain(env.map(|(name, reference)| (format!("spec.hosted.env[{name}].secretRef"), reference)))
        .chain(headers.map(|(backend, header)| {
            (format!("spec.{backend}.headersFrom[{}].secretRef", header.name), &header.secret_ref)
        }))
}

fn secret_names(connector: &Connector) -> BTreeSet<&str> {
    secret_references(connector).map(|(_, reference)| reference.name.as_str()).collect()
}
