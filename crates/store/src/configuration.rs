//! Reading an installation's configuration: all of it, or what changed.

use domain::ids::{Origin, Revision};

use crate::{
    Result,
    database::Database,
    model::{Changes, Snapshot},
    tables::{api_keys, connectors, definitions, reading::Reading, tenants, tombstones},
};

/// Everything.
pub(crate) async fn snapshot(database: &Database, origin: &Origin) -> Result<Snapshot> {
    let mut view = database.view().await?;
    let newest = tombstones::newest(&mut view).await?;
    // Revisions count from one.
    let snapshot = rows(&mut Reading::new(&mut view, origin, Revision(0)), newest).await?;
    view.commit().await?;
    Ok(snapshot)
}

/// What changed after a revision. A reader that is ahead of the database has seen one that was since restored.
pub(crate) async fn changes(database: &Database, origin: &Origin, after: Revision) -> Result<Changes> {
    let mut view = database.view().await?;
    let (newest, forgotten) = tombstones::horizon(&mut view).await?;
    if after < forgotten || after > newest {
        return Ok(Changes::Reload);
    }
    let mut removed = tombstones::after(&mut view, origin, after).await?;
    let mut reading = Reading::new(&mut view, origin, after);
    let upserts = rows(&mut reading, newest).await?;
    removed.extend(reading.unreadable());
    view.commit().await?;
    Ok(Changes::Delta { upserts, removed })
}

async fn rows(reading: &mut Reading<'_>, newest: Revision) -> Result<Snapshot> {
    Ok(Snapshot {
        revision: newest,
        tenants: tenants::changed(reading).await?,
        connectors: connectors::changed(reading).await?,
        keys: api_keys::changed(reading).await?,
        definitions: definitions::changed(reading).await?,
    })
}
