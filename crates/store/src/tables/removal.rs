//! Removing an object's rows.

use async_trait::async_trait;
use domain::ids::{ObjectKey, Revision, TenantId};

use crate::{
    Result,
    database::{Change, Edit},
    model::Kind,
    tables::{provenance, retention, tombstones},
};

/// Removes an object.
pub(crate) struct Removal<'a> {
    pub(crate) kind: Kind,
    pub(crate) key: &'a ObjectKey,
    pub(crate) uid: Option<&'a str>,
    pub(crate) now_ms: i64,
}

#[async_trait]
impl Edit for Removal<'_> {
    type Outcome = Option<Revision>;

    async fn run(&self, change: &mut Change) -> Result<Option<Revision>> {
        let Some(stored) = provenance::uid(change.sql(), self.kind, self.key).await? else {
            return Ok(None);
        };
        if self.uid.is_some_and(|uid| uid != stored) {
            return Ok(None);
        }
        let revision = change.revision().await?;
        match self.kind {
            Kind::Tenant => self.tenant(change, revision).await?,
            Kind::Connector => self.connector(change, revision).await?,
            Kind::ApiKey => {
                let delete = "DELETE FROM api_keys WHERE origin = $1 AND namespace = $2 AND name = $3
                              RETURNING key_id";
                self.delete_object(change, delete, revision).await?;
            }
            Kind::Definition => {
                let delete = "DELETE FROM connector_definitions WHERE origin = $1 AND $2 = '' AND name = $3
                              RETURNING name";
                self.delete_object(change, delete, revision).await?;
            }
        }
        Ok(Some(revision))
    }
}

impl Removal<'_> {
    /// Takes the tenant's keys first, then its connectors, then itself, as they refer to each other.
    async fn tenant(&self, change: &mut Change, revision: Revision) -> Result<()> {
        let (id, retain): (String, i64) = sqlx::query_as(
            "SELECT tenant_id, retain FROM tenants WHERE origin = $1 AND namespace = $2 AND name = $3",
        )
        .bind(self.key.origin.as_str())
        .bind(self.key.namespace.as_str())
        .bind(self.key.name.as_str())
        .fetch_one(change.sql())
        .await?;
        for (kind, delete) in [
            (Kind::ApiKey, "DELETE FROM api_keys WHERE tenant_id = $1 RETURNING key_id"),
            (Kind::Connector, "DELETE FROM connectors WHERE tenant_id = $1 RETURNING connector_id"),
            (Kind::Tenant, "DELETE FROM tenants WHERE tenant_id = $1 RETURNING tenant_id"),
        ] {
            let gone = sqlx::query_scalar(delete).bind(id.as_str()).fetch_all(change.sql()).await?;
            self.bury(change, kind, gone, revision).await?;
        }
        let tenant = TenantId::new(id);
        match retain {
            0 => retention::purge_tenant(change.sql(), &tenant).await,
            _ => retention::begin(change.sql(), &tenant, self.now_ms).await,
        }
    }

    async fn connector(&self, change: &mut Change, revision: Revision) -> Result<()> {
        let delete = "DELETE FROM connectors WHERE origin = $1 AND namespace = $2 AND name = $3
                      RETURNING connector_id";
        for id in self.delete_object(change, delete, revision).await? {
            sqlx::query("DELETE FROM observations WHERE connector_id = $1")
                .bind(id)
                .execute(change.sql())
                .await?;
        }
        Ok(())
    }

    /// Runs a statement that deletes the object's rows and returns their ids; leaves a tombstone for each.
    async fn delete_object(
        &self,
        change: &mut Change,
        delete: &'static str,
        revision: Revision,
    ) -> Result<Vec<String>> {
        let gone: Vec<String> = sqlx::query_scalar(delete)
            .bind(self.key.origin.as_str())
            .bind(self.key.namespace.as_str())
            .bind(self.key.name.as_str())
            .fetch_all(change.sql())
            .await?;
        self.bury(change, self.kind, gone.clone(), revision).await?;
        Ok(gone)
    }

    async fn bury(
        &self,
        change: &mut Change,
        kind: Kind,
        ids: Vec<String>,
        revision: Revision,
    ) -> Result<()> {
        for id in ids {
            tombstones::bury(change.sql(), &self.key.origin, kind, &id, revision, Some(self.now_ms)).await?;
        }
        Ok(())
    }
}
