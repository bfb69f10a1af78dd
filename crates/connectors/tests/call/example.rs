//! The example definition of the authoring guide compiles and does what it says.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use connectors::{Connector, compile};
use domain::document::ConnectorDocument;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::server::{Server, object, text};

#[derive(Deserialize)]
struct Manifest {
    kind: String,
    metadata: Metadata,
    spec: ConnectorDocument,
}

#[derive(Deserialize)]
struct Metadata {
    name: String,
}

fn example() -> Connector {
    let text = include_str!("../../../../examples/connector-definition/crates-io.yaml");
    let manifest: Manifest = serde_saphyr::from_str(text).unwrap();
    assert_eq!(manifest.kind, "ConnectorDefinition");
    assert_eq!(manifest.metadata.name, manifest.spec.service);
    compile(&manifest.spec).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn package(name: &str) -> Value {
    json!({"crate": {"name": name, "description": "d", "downloads": 5, "recent_downloads": 1, "created_at": "c",
                     "updated_at": "u", "repository": null, "documentation": null},
           "versions": [{"num": "1.0.0", "created_at": "c", "yanked": false, "license": "MIT"}]})
}

#[tokio::test]
async fn the_example_definition_works() {
    let connector = example();
    let server = Server::start(|_, asked| match asked.uri.path() {
        "/crates" => Json(json!({"meta": {"total": 25}, "crates": [
            {"name": "serde", "description": null, "max_stable_version": null, "max_version": "1.0.0-rc.1", "downloads": 9}]}))
        .into_response(),
        "/crates/serde" => Json(package("serde")).into_response(),
        "/crates/miniserde" => Json(package("miniserde")).into_response(),
        _ => (StatusCode::NOT_FOUND, Json(json!({"errors": [{"detail": "crate `x` does not exist"}]}))).into_response(),
    })
    .await;
    let (client, target) = (server.client(&[]), server.target(None));
    let call = async |tool: &str, arguments: Value| {
        connector.call(&client, &target, tool, &object(arguments)).await.unwrap()
    };
    let found = call("crates_search", json!({"q": "serde", "page": 2})).await;
    let expected = json!({"total": 25, "next_page": 3,
        "crates": [{"name": "serde", "description": null, "version": "1.0.0-rc.1", "downloads": 9}]});
    assert_eq!(found.structured_content, Some(expected));
    assert_eq!(server.asked()[0].uri.to_string(), "/crates?q=serde&sort=relevance&per_page=10&page=2");
    let last = call("crates_search", json!({"q": "serde", "page": 3})).await;
    assert_eq!(last.structured_content.unwrap()["next_page"], Value::Null);
    assert!(text(&call("crates_get", json!({"name": "serde"})).await).contains(r#""license":"MIT""#));
    let compared = call("crates_compare", json!({"one": "serde", "other": "miniserde"})).await;
    assert!(text(&compared).starts_with(r#"[{"name":"serde""#), "{}", text(&compared));
    let missing = call("crates_get", json!({"name": "x"})).await;
    assert!(text(&missing).contains("crate `x` does not exist"), "{}", text(&missing));
    let read = connector.read_resource(&client, &target, "crates://package/serde").await.unwrap();
    assert_eq!(read.mime_type.as_deref(), Some("application/json"));
}

#[test]
fn the_first_document_of_the_guide_compiles() {
    let guide = include_str!("../../../../docs/connectors.md");
    let block = guide.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let manifest: Manifest = serde_saphyr::from_str(block).unwrap();
    let connector = compile(&manifest.spec).unwrap_or_else(|problems| panic!("{problems:?}"));
    assert_eq!(connector.tools()[0].name, "crates_get");
}
