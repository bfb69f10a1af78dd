//! Who may do what: the operator writes configuration, a gateway reads it and reports.
//!
//! Neither owns the schema, so neither can change it. A gateway faces the internet: taken over, it can still not change
//! who is let in to what.

use sqlx::{AnyPool, AssertSqlSafe};

use super::{LOCK, migrate::MigrateOptions};
use crate::{Result, StoreError};

/// What each of the two may do with each table: its columns are table, operator, gateway.
const RIGHTS: [(&str, &str, &str); 14] = [
    ("_sqlx_migrations", "SELECT", "SELECT"),
    ("revision", "SELECT, UPDATE", "SELECT"),
    ("writers", "SELECT, INSERT, UPDATE", ""),
    ("identities", "SELECT, INSERT, UPDATE", ""),
    ("provenance", "SELECT", ""),
    ("tenants", WRITE, "SELECT"),
    ("connectors", WRITE, "SELECT"),
    ("api_keys", WRITE, "SELECT"),
    ("connector_definitions", WRITE, "SELECT"),
    ("tombstones", WRITE, "SELECT"),
    ("retained_tenants", WRITE, ""),
    // The operator seals configuration and so makes a tenant's first key. It removes keys and reports of what is gone.
    ("tenant_keys", "SELECT, INSERT, DELETE", "SELECT"),
    ("observations", "SELECT, DELETE", "SELECT, INSERT, UPDATE"),
    ("replicas", "SELECT, DELETE", WRITE),
];

const WRITE: &str = "SELECT, INSERT, UPDATE, DELETE";

/// The two roles, their names checked.
pub(crate) struct Grants<'a> {
    operator: &'a str,
    gateway: &'a str,
}

impl<'a> Grants<'a> {
    /// Checks the names: they become part of statements, which take no parameters for roles.
    pub(crate) fn new(options: &'a MigrateOptions) -> Result<Self> {
        Ok(Self {
            operator: name("operator role", &options.operator_role)?,
            gateway: name("gateway role", &options.gateway_role)?,
        })
    }

    /// Makes the roles that are missing.
    pub(crate) async fn make_roles(&self, pool: &AnyPool) -> Result<()> {
        for role in [self.operator, self.gateway] {
            let there: Option<i32> = sqlx::query_scalar("SELECT 1 FROM pg_roles WHERE rolname = $1")
                .bind(role)
                .fetch_optional(pool)
                .await?;
            if there.is_some() {
                continue;
            }
            match run(pool, format!("CREATE ROLE \"{role}\" NOLOGIN")).await {
                // Roles belong to the server: a migration of another of its databases was faster.
                Err(StoreError::Refused(sqlx::Error::Database(error)))
                    if error.code().is_some_and(|code| EXISTS.contains(&code.as_ref())) => {}
                made => made?,
            }
        }
        Ok(())
    }

    /// Gives each role what it may do, and takes what it may no longer do.
    pub(crate) async fn apply(&self, pool: &AnyPool) -> Result<()> {
        let mut statements = Vec::new();
        for (table, operator, gateway) in RIGHTS {
            for (role, rights) in [(self.operator, operator), (self.gateway, gateway)] {
                statements.push(format!("REVOKE ALL ON \"{table}\" FROM \"{role}\""));
                if !rights.is_empty() {
                    statements.push(format!("GRANT {rights} ON \"{table}\" TO \"{role}\""));
                }
            }
        }
        let schema: String =
            sqlx::query_scalar("SELECT quote_ident(current_schema()::text)").fetch_one(pool).await?;
        for role in [self.operator, self.gateway] {
            statements.push(format!("GRANT USAGE ON SCHEMA {schema} TO \"{role}\""));
        }
        // Two migrations that grant at the same moment would fail on each other's rows of the catalogue.
        run(pool, format!("BEGIN; {LOCK}; {}; COMMIT", statements.join("; "))).await
    }
}

/// Postgres: the object exists already; found by looking, or by a unique index of the catalogue.
const EXISTS: [&str; 2] = ["42710", "23505"];

/// Runs a statement that we put together from checked names.
async fn run(pool: &AnyPool, statement: String) -> Result<()> {
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(pool).await?;
    Ok(())
}

fn name<'a>(setting: &'static str, role: &'a str) -> Result<&'a str> {
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if role.is_empty() || role.len() > 63 || !role.chars().all(legal) {
        let reason = format!("\"{role}\" must be 1 to 63 lower-case letters, digits and '_'");
        return Err(StoreError::Config { setting, reason });
    }
    Ok(role)
}
