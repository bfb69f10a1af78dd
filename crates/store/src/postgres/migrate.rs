//! Preparing a database: its schema, and the two roles that use it.

use std::time::Duration;

use super::{check_url, roles};
use crate::{Options, Result, open::connect, schema};

/// How a Postgres database is prepared.
#[derive(Clone, Debug)]
pub struct MigrateOptions {
    /// The role that writes configuration. Made if missing, without login; grant it to the operator's login.
    pub operator_role: String,
    /// The role that reads configuration and reports. Made if missing, without login; grant it to the gateway's login.
    pub gateway_role: String,
}

impl Default for MigrateOptions {
    fn default() -> Self {
        Self { operator_role: "sagemcp_operator".to_owned(), gateway_role: "sagemcp_gateway".to_owned() }
    }
}

/// Brings the Postgres database at `url` to the schema this program needs and grants the two roles their rights. It can
/// be run again. The login must own the schema, and may create roles unless both are there.
///
/// # Errors
///
/// [`StoreError::Config`](crate::StoreError::Config) for a wrong URL or role name,
/// [`StoreError::Schema`](crate::StoreError::Schema) if the database is ahead of this program,
/// [`StoreError::Refused`](crate::StoreError::Refused) if the login lacks a right.
pub async fn migrate(url: &str, options: MigrateOptions) -> Result<()> {
    check_url(url)?;
    let grants = roles::Grants::new(&options)?;
    // One connection, so that the advisory lock of the migrations is held by whoever takes it. Another migration at the
    // same moment waits for its end.
    let limits = Options { max_connections: 1, acquire_timeout: CONNECT, ..Options::default() };
    let pool = connect(limits.pool(), url).await?;
    let work = async {
        grants.make_roles(&pool).await?;
        schema::migrate(&pool).await?;
        grants.apply(&pool).await
    };
    let outcome = tokio::time::timeout(PATIENCE, work).await;
    pool.close().await;
    outcome.unwrap_or(Err(sqlx::Error::PoolTimedOut.into()))
}

/// How long a database that is not there yet is waited for. Whoever gave a wrong address wants to hear of it.
const CONNECT: Duration = Duration::from_secs(30);
/// How long a migration may take, and wait for another.
const PATIENCE: Duration = Duration::from_secs(300);
