//! Whether a kind's CRD stands. Deleting a CRD deletes every object of it, which looks like as many wishes to delete.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::{Api, Resource};

use crate::{
    context::Context,
    error::Error,
    kind::{Managed, crd_name},
};

/// The state of a CRD.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crd {
    /// It is served, and objects of it can be created. One made within the last hour may have taken the place of one
    /// that was deleted by mistake, with its objects still to come.
    Stands {
        /// Whether it was made within the last hour.
        young: bool,
    },
    /// It is gone, or being deleted together with its objects.
    Going,
}

/// Looks at the CRD of a kind. It is marked before the first object of it goes, so its own word is asked for first; an
/// API that keeps no CRDs as objects is asked whether objects of the kind can be created, which it stops offering.
pub(crate) async fn look<K: Managed>(ctx: &Context) -> Result<Crd, Error> {
    let crds: Api<CustomResourceDefinition> = Api::all(ctx.client.clone());
    match crds.get_metadata(&crd_name(K::KIND)).await {
        Ok(crd) if crd.meta().deletion_timestamp.is_some() => return Ok(Crd::Going),
        Ok(crd) => {
            let hour_ago = ctx.options.clock.now().as_second() - 3600;
            let young = crd.meta().creation_timestamp.as_ref().is_some_and(|it| it.0.as_second() > hour_ago);
            return Ok(Crd::Stands { young });
        }
        Err(kube::Error::Api(answer)) if answer.code == 404 || answer.code == 403 => {}
        Err(error) => return Err(Error::kube("look at the CRD")(error)),
    }
    let version = K::api_version(&());
    match ctx.client.list_api_group_resources(&version).await {
        Ok(offered) => {
            let plural = K::plural(&());
            let creates = offered.resources.iter().any(|resource| {
                resource.name == plural && resource.verbs.iter().any(|verb| verb == "create")
            });
            Ok(if creates { Crd::Stands { young: false } } else { Crd::Going })
        }
        Err(kube::Error::Api(answer)) if answer.code == 404 => Ok(Crd::Going),
        Err(error) => Err(Error::kube("look at the API's resources")(error)),
    }
}
