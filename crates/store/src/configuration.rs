//! Reading configuration: all of it, or what changed.

use domain::ids::Revision;
use sqlx::AnyConnection;

use crate::{
    Result,
    database::Database,
    model::{Changes, Snapshot},
    tables::{api_keys, connectors, definitions, tenants, tombstones},
};

/// Everything.
pub(crate) async fn snapshot(database: &Database) -> Result<Snapshot> {
    let mut view = database.view().await?;
    let newest = tombstones::newest(&mut view).await?;
    // Revisions count from one.
    let snapshot = rows(&mut view, Revision(0), newest).await?;
    view.commit().await?;
    Ok(snapshot)
}

/// What changed after a revision. A reader that is ahead of the database has seen one that was since restored.
pub(crate) async fn changes(database: &Database, after: Revision) -> Result<Changes> {
    let mut view = database.view().await?;
    let (newest, forgotten) = tombstones::horizon(&mut view).await?;
    if after < forgotten || after > newest {
        return Ok(Changes::Reload);
    }
    let removed = tombstones::after(&mut view, after).await?;
    let upserts = rows(&mut view, after, newest).await?;
    view.commit().await?;
    Ok(Changes::Delta { upserts, removed })
}

async fn rows(view: &mut AnyConnection, after: Revision, newest: Revision) -> Result<Snapshot> {
    Ok(Snapshot {
        revision: newest,
        tenants: tenants::changed(view, after).await?,
        connectors: connectors::changed(view, after).await?,
        keys: api_keys::changed(view, after).await?,
        definitions: definitions::changed(view, after).await?,
    })
}
