//! What each of the two roles may do.

use domain::ids::{Origin, Revision};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, error::DatabaseError};
use store::{
    Options, StoreError,
    model::{Heartbeat, Kind},
};

use crate::{
    fixtures::{NOW_MS, Scene},
    postgres_server::database,
};

/// Postgres: insufficient privilege.
const DENIED: &str = "42501";

fn denied<T>(outcome: store::Result<T>) {
    let error = outcome.map(drop).unwrap_err();
    let StoreError::Refused(sqlx::Error::Database(report)) = &error else { panic!("{error:?}") };
    assert_eq!(report.code().as_deref(), Some(DENIED));
    assert!(!error.is_transient());
}

#[tokio::test]
async fn a_gateway_cannot_write_configuration() {
    let scene = database().await.scene().await;
    let Scene { writer, gateway, .. } = &scene;
    let tenant = scene.tenant("acme").await;
    scene.store.apply_tenant(writer, &tenant).await.unwrap();
    let connector = scene.connector(&tenant.tenant_id, "github").await;
    let key = scene.key("acme");
    denied(gateway.raise_writer(&Origin::new("main"), "intruder").await);
    denied(gateway.tenant_identity(writer, &key).await);
    denied(gateway.put_tenant_key(&tenant.tenant_id, "mine").await);
    denied(gateway.apply_tenant(writer, &tenant).await);
    denied(gateway.apply_connector(writer, &connector).await);
    denied(gateway.apply_api_key(writer, &scene.api_key(None, "admin", &["k1"])).await);
    denied(gateway.apply_definition(writer, &scene.definition("crm")).await);
    denied(gateway.remove(writer, Kind::Tenant, &key, None, NOW_MS).await);
    denied(gateway.purge(writer, NOW_MS).await);
    denied(gateway.objects(&writer.origin, Kind::Tenant).await);
    let found = gateway.snapshot(&writer.origin).await.unwrap();
    assert_eq!((found.tenants.len(), found.revision), (1, scene.newest().await));
}

#[tokio::test]
async fn an_operator_cannot_report_for_a_gateway() {
    let scene = database().await.scene().await;
    let beat = Heartbeat {
        replica: "a".to_owned(),
        origin: Origin::new("main"),
        revision: Revision(1),
        ready: true,
        at_ms: NOW_MS,
    };
    denied(scene.store.heartbeat(&beat).await);
    scene.gateway.heartbeat(&beat).await.unwrap();
    assert_eq!(scene.store.replicas(0).await.unwrap().len(), 1);
}

/// The same rights reach a login that is a member and takes on no role, as behind a transaction pooler.
#[tokio::test]
async fn a_login_inherits_its_roles_rights_and_no_others() {
    let database = database().await;
    database.run("CREATE ROLE serves_here LOGIN IN ROLE sagemcp_gateway").await;
    let scene = database.scene().await;
    scene.put_tenant("acme").await;
    let url = database.url.replace("postgres://postgres@", "postgres://serves_here@");
    let gateway = store::open(&url, Options::default()).await.unwrap();
    assert_eq!(gateway.snapshot(&scene.writer.origin).await.unwrap().tenants.len(), 1);
    denied(gateway.apply_tenant(&scene.writer, &scene.tenant("acme").await).await);

    let mut connection = PgConnection::connect(&url).await.unwrap();
    for statement in [
        "UPDATE api_keys SET scope = 'platform_admin'",
        "INSERT INTO tombstones (origin, kind, id, revision) VALUES ('main', 'tenant', 'a', 1)",
        "UPDATE revision SET value = 0",
        "DELETE FROM tenant_keys",
        "SELECT * FROM identities",
        "ALTER TABLE tenants DROP COLUMN slug",
        "CREATE TABLE mine (a BIGINT)",
        "SET ROLE sagemcp_operator",
    ] {
        let error = connection.execute(AssertSqlSafe(statement)).await.unwrap_err();
        let code = error.as_database_error().and_then(DatabaseError::code);
        assert_eq!(code.as_deref(), Some(DENIED), "{statement}: {error}");
    }
}
