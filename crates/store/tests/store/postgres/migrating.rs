//! Preparing a database.

use sqlx::{AssertSqlSafe, Executor, PgConnection};
use store::{MigrateOptions, Options, StoreError};

use crate::{
    fixtures::Scene,
    postgres_server::{Database, database},
};

/// Pretends that a later program has migrated the database.
async fn put_ahead(database: &Database) {
    database
        .run(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (99, 'later', true, ''::bytea, 0)",
        )
        .await;
}

#[tokio::test]
async fn migrating_again_changes_nothing() {
    let database = database().await;
    let scene = database.scene().await;
    scene.put_tenant("acme").await;
    let before = scene.gateway.snapshot(&scene.writer.origin).await.unwrap();
    store::migrate(&database.url, MigrateOptions::default()).await.unwrap();
    assert_eq!(scene.gateway.snapshot(&scene.writer.origin).await.unwrap(), before);
}

#[tokio::test]
async fn migrations_at_the_same_moment_take_turns() {
    let database = database().await;
    database.run("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await;
    let migrations = (0..4).map(|_| store::migrate(&database.url, MigrateOptions::default()));
    futures::future::try_join_all(migrations).await.unwrap();
    database.scene().await.put_tenant("acme").await;
}

#[tokio::test]
async fn a_database_that_was_not_migrated_is_refused() {
    let database = database().await;
    database.run("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await;
    let error = store::open(&database.url, Options::default()).await.map(drop).unwrap_err();
    assert!(matches!(error, StoreError::Schema { found: 0, .. }), "{error}");
    assert!(error.to_string().contains("run `operator migrate`"), "{error}");
}

#[tokio::test]
async fn a_database_that_is_ahead_is_served_but_not_migrated() {
    let database = database().await;
    put_ahead(&database).await;
    Scene::alone(database.open(Options::default()).await).await.put_tenant("acme").await;
    let error = store::migrate(&database.url, MigrateOptions::default()).await.unwrap_err();
    assert!(matches!(error, StoreError::Schema { found: 99, .. }), "{error}");
}

#[tokio::test]
async fn roles_may_have_other_names() {
    let database = database().await;
    let roles =
        MigrateOptions { operator_role: "writes_here".to_owned(), gateway_role: "reads_here".to_owned() };
    store::migrate(&database.url, roles).await.unwrap();
    let scene = Scene::new(database.open_as("writes_here").await, database.open_as("reads_here").await).await;
    scene.put_tenant("acme").await;
    assert_eq!(scene.gateway.snapshot(&scene.writer.origin).await.unwrap().tenants.len(), 1);

    for wrong in ["", "a b", "a\"; DROP TABLE tenants; --", "UPPER"] {
        let roles = MigrateOptions { gateway_role: wrong.to_owned(), ..MigrateOptions::default() };
        let error = store::migrate(&database.url, roles).await.unwrap_err();
        assert!(matches!(error, StoreError::Config { setting: "gateway role", .. }), "{error}");
    }
}

#[tokio::test]
async fn the_roles_cannot_log_in_and_own_nothing() {
    let mut connection: PgConnection = database().await.connect().await;
    for role in ["sagemcp_operator", "sagemcp_gateway"] {
        let rights: (bool, bool, i64) = sqlx::query_as(
            "SELECT rolcanlogin, rolsuper, (SELECT COUNT(*) FROM pg_class WHERE relowner = r.oid)
             FROM pg_roles r WHERE rolname = $1",
        )
        .bind(role)
        .fetch_one(&mut connection)
        .await
        .unwrap();
        assert_eq!(rights, (false, false, 0), "{role}");
        let create = format!("SET ROLE {role}; CREATE TABLE mine (a BIGINT)");
        connection.execute(AssertSqlSafe(create)).await.unwrap_err();
        connection.execute("ROLLBACK; RESET ROLE").await.unwrap();
    }
}
