//! Connector definitions.

use crds::v1alpha1::{Connector, ConnectorDefinition};
use kube::{Api, api::DeleteParams};

use crate::world::{World, condition, is_programmed, until};

const TOOL: &str =
    "{name: list, description: Lists things., input: {type: object}, request: {method: GET, url: /things}}";

async fn put(world: &World, name: &str, spec: &str) {
    world
        .apply(&format!(
            "{{apiVersion: sagemcp.io/v1alpha1, kind: ConnectorDefinition, metadata: {{name: {name}}}, spec: {spec}}}"
        ))
        .await;
}

fn document(config: &str, tool: &str) -> String {
    format!("{{service: crm, title: CRM, baseUrl: 'https://crm.example', config: {config}, tools: [{tool}]}}")
}

fn definitions(world: &World) -> Api<ConnectorDefinition> {
    Api::all(world.client.clone())
}

const USES_IT: &str = "{tenantRef: {name: acme}, native: {type: crm, config: {region: eu}}}";

#[tokio::test]
async fn a_definition_brings_a_type_and_its_changes_reach_the_connectors() {
    let world = World::start().await;
    world.put("Tenant", "acme", "{}").await;
    world.put("Connector", "crm", USES_IT).await;
    let message = world.reason::<Connector>("crm", "ReferencesResolved", "False", "TypeNotFound").await;
    assert!(message.contains("github"), "{message}");
    let open = "{type: object, properties: {region: {type: string}}}";
    put(&world, "crm", &document(open, TOOL)).await;
    let definition = until(&definitions(&world), "crm", is_programmed).await;
    assert_eq!(definition.status.unwrap().tools, Some(1));
    world.programmed::<Connector>("crm").await;

    let strict = "{type: object, properties: {region: {type: string, enum: [us]}}}";
    put(&world, "crm", &document(strict, TOOL)).await;
    world.reason::<Connector>("crm", "Accepted", "False", "InvalidConfig").await;
    put(&world, "crm", &document(open, TOOL)).await;
    world.programmed::<Connector>("crm").await;
    definitions(&world).delete("crm", &DeleteParams::default()).await.unwrap();
    world.reason::<Connector>("crm", "ReferencesResolved", "False", "TypeNotFound").await;
}

#[tokio::test]
async fn a_refused_document_is_explained_and_the_previous_one_stays() {
    let world = World::start().await;
    put(&world, "crm", &document("{type: object}", TOOL)).await;
    until(&definitions(&world), "crm", is_programmed).await;
    put(&world, "crm", &document("{type: object}", &TOOL.replace("request:", "response: env, request:")))
        .await;
    let refused = until(&definitions(&world), "crm", |it| {
        condition(it, "Accepted").is_some_and(|it| it.status == "False")
    })
    .await;
    let accepted = condition(&refused, "Accepted").unwrap();
    assert_eq!(accepted.reason, "InvalidDocument");
    assert!(accepted.message.starts_with("spec.tools[0].response:"), "{}", accepted.message);
    let row = world.store.snapshot(&world.options.origin).await.unwrap().definitions.remove(0);
    assert_eq!(row.document.tools[0].response, None);
}

#[tokio::test]
async fn the_name_is_the_services() {
    let world = World::start().await;
    put(&world, "other", &document("{type: object}", TOOL)).await;
    let refused = until(&definitions(&world), "other", |it| condition(it, "Accepted").is_some()).await;
    assert_eq!(condition(&refused, "Accepted").unwrap().reason, "NameMismatch");
}
