//! What a gateway reports of new connectors.

use domain::{ids::ConnectorId, tools::ToolRules};
use store::model::DiscoveryOutcome;

use crate::support::{Harness, eventually, github, hosted};

#[tokio::test]
async fn tools_are_counted_after_the_rules_and_failures_have_a_reason() {
    let mut harness = Harness::start().await;
    let tenant = harness.tenant("acme").await;
    let script = harness.doubles.script("h");
    script.tools(&["a", "b c", "secret"]);
    let mut config = hosted();
    config.tools = ToolRules { deny: vec!["secret".to_owned()], ..ToolRules::default() };
    let counted = harness.connector(&tenant, "h", config).await;
    let native = harness.connector(&tenant, "gh", github("https://github.example")).await;
    harness.doubles.script("down").answer("tools/list", "down");
    let down = harness.connector(&tenant, "down", hosted()).await;
    let mut unknown = github("https://x.example");
    unknown.backend = domain::config::Backend::Native {
        service: "nothing".into(),
        base_url: None,
        settings: serde_json::Map::new(),
    };
    let unknown = harness.connector(&tenant, "unknown", unknown).await;
    let store = harness.store.clone();
    let outcome = |id: &ConnectorId| {
        let (store, id) = (store.clone(), id.clone());
        async move { store.discovery(&id).await.unwrap().map(|report| report.outcome) }
    };
    for id in [&counted, &native, &down, &unknown] {
        eventually("a report comes", || async { outcome(id).await.is_some() }).await;
    }
    let Some(DiscoveryOutcome::Tools { count: 2, unportable }) = outcome(&counted).await else {
        panic!("{:?}", outcome(&counted).await);
    };
    assert_eq!(unportable.tools, 1);
    assert!(unportable.findings[0].contains("\"b c\""), "{:?}", unportable.findings);
    assert!(matches!(outcome(&native).await, Some(DiscoveryOutcome::Tools { count, .. }) if count > 0));
    assert!(
        matches!(outcome(&down).await, Some(DiscoveryOutcome::Failed { reason, .. }) if reason == "Exited")
    );
    assert!(
        matches!(outcome(&unknown).await, Some(DiscoveryOutcome::Failed { reason, .. }) if reason == "UnknownService")
    );
    // A failure is tried again without anybody changing anything.
    harness.doubles.script("down").tools(&["x"]);
    eventually("it recovers", || async {
        matches!(outcome(&down).await, Some(DiscoveryOutcome::Tools { count: 1, .. }))
    })
    .await;
}
