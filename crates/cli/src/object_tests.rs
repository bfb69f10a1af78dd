//! The object commands against the local API, as a person would type them.

mod harness;

use harness::{Harness, TENANT_AND_CONNECTOR};

#[tokio::test]
async fn applying_says_what_became_of_each_object() {
    let harness = Harness::new().await;
    let file = harness.file("team.yaml", TENANT_AND_CONNECTOR);
    insta::assert_snapshot!(harness.run(&format!("apply -f {file}")).await, @r"
        tenant.sagemcp.io/acme created
        connector.sagemcp.io/github created
        ");
    insta::assert_snapshot!(harness.run(&format!("apply -f {file}")).await, @r"
        tenant.sagemcp.io/acme unchanged
        connector.sagemcp.io/github unchanged
        ");
    let file = harness.file(
        "team.yaml",
        &TENANT_AND_CONNECTOR.replace("type: github", "type: github\n    baseUrl: https://x.example"),
    );
    insta::assert_snapshot!(harness.run(&format!("apply -f {file} --dry-run")).await, @r"
        tenant.sagemcp.io/acme unchanged (dry run)
        connector.sagemcp.io/github configured (dry run)
        ");
    insta::assert_snapshot!(harness.run(&format!("apply -f {file}")).await, @r"
        tenant.sagemcp.io/acme unchanged
        connector.sagemcp.io/github configured
        ");
}

#[tokio::test]
async fn what_the_api_refuses_is_told_and_the_rest_is_applied() {
    let harness = Harness::new().await;
    let text =
        TENANT_AND_CONNECTOR.replace("spec: {}", "spec: {slgu: acme}").replace("type: github", "type: ''");
    let file =
        harness.file("team.yaml", &format!("{text}---\n{}", TENANT_AND_CONNECTOR.replace("acme", "other")));
    insta::assert_snapshot!(harness.run(&format!("apply -f {file}")).await, @r#"
        tenant.sagemcp.io/other created
        connector.sagemcp.io/github created
        tenant.sagemcp.io/acme not applied (DIR/team.yaml, document 1): Tenant in version "v1alpha1" cannot be handled as a Tenant: strict decoding error: unknown field "spec.slgu"
        connector.sagemcp.io/github not applied (DIR/team.yaml, document 2): Connector.sagemcp.io "github" is invalid: spec.native.type: Invalid value: "": should be at least 1 chars long
        error: 2 of 4 objects failed (exit code 1)
        "#);
}

#[tokio::test]
async fn a_field_of_another_manager_is_not_taken_over() {
    let harness = Harness::new().await;
    harness.apply_as("team-a", TENANT_AND_CONNECTOR).await;
    let text = TENANT_AND_CONNECTOR.replace("type: github", "type: gitlab");
    let file = harness.file("team.yaml", &text);
    insta::assert_snapshot!(harness.run(&format!("apply -f {file}")).await, @r#"
        tenant.sagemcp.io/acme not applied (DIR/team.yaml, document 1): Apply failed with 1 conflict: conflict with "team-a": .spec; the manager named there set these fields: change them where it gets them from, or leave them out of this manifest
        connector.sagemcp.io/github not applied (DIR/team.yaml, document 2): Apply failed with 1 conflict: conflict with "team-a": .spec.native.type; the manager named there set these fields: change them where it gets them from, or leave them out of this manifest
        error: 2 of 2 objects failed (exit code 1)
        "#);
}

#[tokio::test]
async fn an_object_that_a_gitops_tool_owns_is_left_alone() {
    let harness = Harness::new().await;
    let label = "labels: {kustomize.toolkit.fluxcd.io/name: apps, kustomize.toolkit.fluxcd.io/namespace: flux-system}";
    let owned = TENANT_AND_CONNECTOR.replace("name: acme}\n", &format!("name: acme, {label}}}\n"));
    harness.apply_as("kustomize-controller", &owned).await;
    let file = harness.file("team.yaml", TENANT_AND_CONNECTOR);
    insta::assert_snapshot!(harness.run(&format!("apply -f {file}")).await, @r"
        connector.sagemcp.io/github unchanged
        tenant.sagemcp.io/acme not applied (DIR/team.yaml, document 1): Flux owns it (Kustomization flux-system/apps) and would undo the change: make it in the repository that the Kustomization reads
        error: 1 of 2 objects failed (exit code 1)
        ");
    insta::assert_snapshot!(harness.run("delete tenant acme").await, @r"
        tenant.sagemcp.io/acme not deleted: Flux owns it (Kustomization flux-system/apps) and would undo the change: make it in the repository that the Kustomization reads
        error: 1 of 1 objects failed (exit code 1)
        ");
}

#[tokio::test]
async fn objects_are_listed_as_kubectl_lists_them() {
    let harness = Harness::with_status().await;
    insta::assert_snapshot!(harness.run("get tn,conn").await, @r"
        NAME                     SLUG   READY   REASON   AGE
        tenant.sagemcp.io/acme   acme   True    Ready    AGE

        NAME                          TENANT   KIND     TOOLS   READY   REASON             AGE
        connector.sagemcp.io/github   acme     native           False   SecretKeyMissing   AGE
        ");
    insta::assert_snapshot!(harness.run("get conn -o wide --no-headers").await, @"github   acme   native      False   SecretKeyMissing   http://127.0.0.1:8080/github   AGE");
    insta::assert_snapshot!(harness.run("get conn/github -A").await, @"error: --all-namespaces selects objects, so leave their names out (exit code 64)");
    insta::assert_snapshot!(harness.run("get connectors -A").await, @r"
        NAMESPACE   NAME     TENANT   KIND     TOOLS   READY   REASON             AGE
        default     github   acme     native           False   SecretKeyMissing   AGE
        ");
    insta::assert_snapshot!(harness.run("get all -o name").await, @r"
        tenant.sagemcp.io/acme
        connector.sagemcp.io/github
        ");
    insta::assert_snapshot!(harness.run("get ak").await, @"No resources found in default namespace.");
    insta::assert_snapshot!(harness.run("get tenant nobody").await, @r#"error: tenants.sagemcp.io "nobody" not found (exit code 1)"#);
    insta::assert_snapshot!(harness.run("get pods").await, @r#"error: there is no kind "pods"; KIND is one of tenants (tn), connectors (conn), apikeys (ak), connectordefinitions (conndef), secrets, events (ev), or sagemcp for all of ours (exit code 64)"#);
}

#[tokio::test]
async fn objects_are_printed_whole() {
    let harness = Harness::with_status().await;
    let yaml = harness.run("get connector github -o yaml").await;
    assert!(yaml.starts_with("apiVersion: sagemcp.io/v1alpha1\nkind: Connector\n"), "{yaml}");
    assert!(!yaml.contains("managedFields"), "{yaml}");
    assert!(
        harness.run("get connector github -o yaml --show-managed-fields").await.contains("managedFields")
    );
    let list: serde_json::Value = serde_json::from_str(&harness.run("get tn,conn -o json").await).unwrap();
    assert_eq!(list["kind"], "List");
    assert_eq!(list["items"][1]["kind"], "Connector");
    assert_eq!(list["items"][1]["metadata"]["name"], "github");
}

#[tokio::test]
async fn a_description_shows_settings_conditions_and_events() {
    let harness = Harness::with_status().await;
    insta::assert_snapshot!(harness.run("describe conn github").await, @r"
        Name:          github
        Namespace:     default
        Kind:          Connector
        Age:           AGE
        Tenant:        acme
        Server:        native, github
        Credentials:   entry token of Secret github-token, optional
        Tools:         not discovered yet
        Endpoint:      http://127.0.0.1:8080/github
        Conditions:
          TYPE       STATUS   SINCE   REASON             MESSAGE
          Accepted   True     AGE      Valid
          Ready      False    AGE      SecretKeyMissing   Secret github-token has no entry token; add it
        Events:
          TYPE      REASON             AGE       FROM               MESSAGE
          Warning   SecretKeyMissing   AGE (x3)   sagemcp-operator   Secret github-token has no entry token; add it
        ");
    insta::assert_snapshot!(harness.run("describe tenant/acme").await, @r"
        Name:           acme
        Namespace:      default
        Kind:           Tenant
        Age:            AGE
        Slug:           acme
        When deleted:   Retain
        Endpoint:       http://127.0.0.1:8080/acme
        Connectors:
          NAME     SERVER           TOOLS   READY   REASON
          github   native, github           False   SecretKeyMissing
        Keys: <none>
        Conditions:
          TYPE       STATUS   SINCE   REASON   MESSAGE
          Accepted   True     AGE      Valid
          Ready      True     AGE      Ready
        Events: <none>
        ");
}

#[tokio::test]
async fn deleting_waits_until_the_object_is_gone() {
    let harness = Harness::with_status().await;
    insta::assert_snapshot!(harness.run("delete conn/github").await, @r#"connector.sagemcp.io "github" deleted"#);
    insta::assert_snapshot!(harness.run("delete conn/github").await, @r#"
        connector.sagemcp.io/github not deleted: connectors.sagemcp.io "github" not found
        error: 1 of 1 objects failed (exit code 1)
        "#);
    insta::assert_snapshot!(harness.run("delete conn/github --ignore-not-found").await, @"");
    harness.hold("acme").await;
    insta::assert_snapshot!(harness.run("delete tenant acme --timeout 1s").await, @r#"
        tenant.sagemcp.io "acme" deleted
        error: tenant.sagemcp.io/acme did not go within 1 s; finalizers hold it: sagemcp.io/tenant (exit code 1)
        "#);
}

#[tokio::test]
async fn waiting_tells_why_something_is_not_ready() {
    let harness = Harness::with_status().await;
    insta::assert_snapshot!(harness.run("wait tenant/acme").await, @"tenant.sagemcp.io/acme condition met");
    insta::assert_snapshot!(harness.run("wait conn/github --timeout 1s").await, @"error: connector.sagemcp.io/github did not become Ready within 1 s; Ready=False SecretKeyMissing: Secret github-token has no entry token; add it (exit code 1)");
    insta::assert_snapshot!(harness.run("wait conn/nobody --timeout 1s").await, @"error: connector.sagemcp.io/nobody did not become Ready within 1 s; it does not exist (exit code 1)");
    insta::assert_snapshot!(harness.run("wait conn/github --for condition=Ready=False").await, @"connector.sagemcp.io/github condition met");
}

#[tokio::test]
async fn waiting_ends_when_the_condition_comes_true() {
    let harness = Harness::with_status().await;
    let waiting = harness.run("wait connector github --timeout 30s");
    let becoming = harness.set_ready("Connector", "github", "True", "Ready", "");
    let (said, ()) = tokio::join!(waiting, becoming);
    assert_eq!(said, "connector.sagemcp.io/github condition met\n");
}

#[tokio::test]
async fn validating_needs_no_api_and_finds_what_an_operator_would() {
    let harness = Harness::new().await;
    let file = harness.file("team.yaml", TENANT_AND_CONNECTOR);
    insta::assert_snapshot!(harness.run(&format!("validate -f {file}")).await, @r"
        tenant.sagemcp.io/acme valid
        connector.sagemcp.io/github valid
        ");
    let text =
        TENANT_AND_CONNECTOR.replace("spec: {}", "spec: {slug: www}").replace("type: github", "type: gitlub");
    let file = harness.file("team.yaml", &text);
    insta::assert_snapshot!(harness.run(&format!("validate -f {file}")).await, @r#"
        tenant.sagemcp.io/acme not valid (DIR/team.yaml, document 1): Tenant.sagemcp.io "acme" is invalid: .spec.slug: the slug is reserved for the platform; choose another in spec.slug
        connector.sagemcp.io/github not valid (DIR/team.yaml, document 2): spec.native.type: there is no connector "gitlub"; use one of bitbucket, claude_code, codex, confluence, copilot, cursor, discord, excel, github, gitlab, gmail, google_calendar, google_docs, google_sheets, google_slides, jira, linear, notion, outlook, powerpoint, slack, teams, windsurf, zoom, or add a ConnectorDefinition named "gitlub"
        error: 2 of 2 objects failed (exit code 1)
        "#);
    let definition = "apiVersion: sagemcp.io/v1alpha1\nkind: ConnectorDefinition\nmetadata: {name: weather}\nspec:\n  service: weather\n  \
        title: Weather\n  baseUrl: https://weather.example\n  tools:\n  - name: now\n    description: The weather.\n    \
        input: {type: object}\n    request: {method: GET, url: '/now{+city}'}\n    response: env\n";
    let file = harness.file("definition.yaml", definition);
    insta::assert_snapshot!(harness.run(&format!("validate -f {file}")).await, @r"
        connectordefinition.sagemcp.io/weather not valid (DIR/definition.yaml): tools[0].response: the jq program uses `env/0`, which documents may not; use the filters that docs/connectors.md lists, or a function
        connectordefinition.sagemcp.io/weather not valid (DIR/definition.yaml): tools[0].request.url: the operator `{+...}` would let a value leave its place; use `{name}`, or `{/name*}` with a list of segments
        error: 1 of 1 objects failed (exit code 1)
        ");
}

#[tokio::test]
async fn a_watch_prints_what_is_there_and_then_each_change() {
    let harness = Harness::with_status().await;
    let (sender, mut lines) = tokio::sync::mpsc::unbounded_channel();
    let seen = async {
        let mut seen = vec![lines.recv().await.unwrap(), lines.recv().await.unwrap()];
        harness.set_ready("Connector", "github", "True", "Ready", "").await;
        seen.push(lines.recv().await.unwrap());
        harness.apply_as("test", &TENANT_AND_CONNECTOR.replace("name: github}", "name: second}")).await;
        seen.push(lines.recv().await.unwrap());
        seen.join("\n")
    };
    let seen = tokio::select! {
        () = harness.watch("get connectors -w", sender) => panic!("the watch ended"),
        seen = seen => seen,
    };
    insta::assert_snapshot!(seen, @r"
        NAME     TENANT   KIND     TOOLS   READY   REASON             AGE
        github   acme     native           False   SecretKeyMissing   AGE
        github   acme     native           True    Ready              AGE
        second   acme                                                 AGE
        ");
}
