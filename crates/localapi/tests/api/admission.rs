//! What is refused, and in which words.

use k8s_openapi::api::core::v1::Secret;
use kube::{
    Api,
    api::{Patch, PatchParams, PostParams, ValidationDirective},
};
use serde_json::{Value, json};

use crate::{Fixture, refusal, tenant};

async fn refused(fixture: &Fixture, kind: &str, plural: &str, name: &str, spec: Value) -> kube::core::Status {
    let gvk = kube::core::GroupVersionKind::gvk("sagemcp.io", "v1alpha1", kind);
    let resource = kube::core::ApiResource::from_gvk_with_plural(&gvk, plural);
    let api: Api<kube::core::DynamicObject> = Api::default_namespaced_with(fixture.client(), &resource);
    let mut object = kube::core::DynamicObject::new(name, &resource);
    object.data = json!({ "spec": spec });
    let mut params = PatchParams::apply("test");
    params.field_validation = Some(ValidationDirective::Strict);
    refusal(api.patch(name, &params, &Patch::Apply(&object)).await)
}

#[tokio::test]
async fn a_bad_object_is_told_every_field_at_fault() {
    let fixture = Fixture::new().await;
    let cases = [
        (
            "Tenant",
            "tenants",
            "acme",
            json!({"slug": "Not A Slug"}),
            "Tenant.sagemcp.io \"acme\" is invalid: spec.slug: Invalid value: \"Not A Slug\": should match",
        ),
        (
            "Tenant",
            "tenants",
            "acme",
            json!({"suspended": "yes"}),
            "spec.suspended: Invalid value: \"yes\": must be of type boolean: \"string\"",
        ),
        (
            "Tenant",
            "tenants",
            "acme",
            json!({"deletionPolicy": "Keep"}),
            "spec.deletionPolicy: Unsupported value: \"Keep\": supported values: \"Retain\", \"Delete\"",
        ),
        (
            "Tenant",
            "tenants",
            "acme",
            json!({"rateLimit": {}}),
            "spec.rateLimit.requestsPerMinute: Required value",
        ),
        (
            "Tenant",
            "tenants",
            "acme",
            json!({"rateLimit": {"requestsPerMinute": 0}}),
            "spec.rateLimit.requestsPerMinute: Invalid value: 0: should be greater than or equal to 1",
        ),
        ("Tenant", "tenants", "admin", json!({}), "the slug is reserved for the platform"),
        (
            "Tenant",
            "tenants",
            "acme",
            json!({"limits": {"maxConcurrentCals": 1}}),
            "Tenant in version \"v1alpha1\" cannot be handled as a Tenant: strict decoding error: unknown field \
             \"spec.limits.maxConcurrentCals\"",
        ),
        (
            "Tenant",
            "tenants",
            "Acme",
            json!({}),
            "metadata.name: Invalid value: \"Acme\": a lowercase RFC 1123",
        ),
        (
            "Connector",
            "connectors",
            "c",
            json!({"tenantRef": {"name": "a"}}),
            "set exactly one of spec.native, spec.hosted and spec.remote",
        ),
        (
            "Connector",
            "connectors",
            "c",
            json!({"tenantRef": {"name": "a"},
            "native": {"type": "github"}, "remote": {"url": "https://example.com"}}),
            "spec: set exactly one of spec.native, spec.hosted and spec.remote",
        ),
        (
            "Connector",
            "connectors",
            "c",
            json!({"tenantRef": {"name": "a"}, "hosted": {"command": "x",
            "env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]}}),
            "spec.hosted.env[1]: Duplicate value: {\"name\":\"A\"}",
        ),
        (
            "Connector",
            "connectors",
            "c",
            json!({"tenantRef": {"name": "a"}, "hosted": {"command": "x",
            "env": [{"name": "A"}]}}),
            "spec.hosted.env[0]: set exactly one of value and secretRef",
        ),
        (
            "ApiKey",
            "apikeys",
            "k",
            json!({"scope": "tenant_user"}),
            "spec.tenantRef is required for tenant_admin and tenant_user keys",
        ),
        (
            "ApiKey",
            "apikeys",
            "k",
            json!({"scope": "platform_admin", "expiresAt": "tomorrow"}),
            "spec.expiresAt: Invalid value: \"tomorrow\": should be a time such as",
        ),
    ];
    for (kind, plural, name, spec, message) in cases {
        let status = refused(&fixture, kind, plural, name, spec).await;
        assert!(status.message.contains(message), "{}\nwanted: {message}", status.message);
    }
    let both = refused(&fixture, "Tenant", "tenants", "acme", json!({"slug": "A", "suspended": 1})).await;
    assert_eq!((both.code, both.reason.as_str()), (422, "Invalid"));
    let causes = both.details.unwrap().causes;
    assert_eq!(
        causes.iter().map(|it| it.field.as_str()).collect::<Vec<_>>(),
        ["spec.slug", "spec.suspended"]
    );
}

#[tokio::test]
async fn an_immutable_field_stays() {
    let fixture = Fixture::new().await;
    let tenants = fixture.tenants();
    tenants.create(&PostParams::default(), &tenant("acme")).await.unwrap();
    let patch = Patch::Merge(json!({"spec": {"slug": "other"}}));
    let refused = refusal(tenants.patch("acme", &PatchParams::default(), &patch).await);
    assert!(refused.message.contains("spec.slug is immutable"), "{}", refused.message);
}

#[tokio::test]
async fn defaults_are_filled_in_and_nulls_are_dropped() {
    let fixture = Fixture::new().await;
    let body = json!({"apiVersion": "sagemcp.io/v1alpha1", "kind": "Tenant", "metadata": {"name": "acme"},
        "spec": {"suspended": null}});
    let request = http::Request::post("/apis/sagemcp.io/v1alpha1/namespaces/default/tenants")
        .header("content-type", "application/json")
        .body(serde_json::to_vec(&body).unwrap())
        .unwrap();
    let made: Value = fixture.client().request(request).await.unwrap();
    assert_eq!(made["spec"], json!({"suspended": false, "deletionPolicy": "Retain", "limits": {}}));
}

#[tokio::test]
async fn unknown_fields_are_dropped_with_a_warning_unless_strict() {
    let fixture = Fixture::new().await;
    let body = json!({"apiVersion": "sagemcp.io/v1alpha1", "kind": "Tenant", "metadata": {"name": "acme"},
        "spec": {"colour": "red"}});
    let request = |query: &str| {
        http::Request::post(format!("/apis/sagemcp.io/v1alpha1/namespaces/default/tenants?{query}"))
            .header("content-type", "application/json")
            .body(kube::client::Body::from(serde_json::to_vec(&body).unwrap()))
            .unwrap()
    };
    let response = fixture.client().send(request("fieldValidation=Strict")).await.unwrap();
    assert_eq!(response.status(), 400);
    let response = fixture.client().send(request("")).await.unwrap();
    assert_eq!(response.status(), 201);
    assert_eq!(response.headers()["warning"], "299 - \"unknown field \\\"spec.colour\\\"\"");
    let stored = serde_json::to_value(fixture.tenants().get("acme").await.unwrap()).unwrap();
    assert_eq!(stored["spec"].get("colour"), None);
}

#[tokio::test]
async fn a_bad_secret_is_refused_without_naming_its_values() {
    let fixture = Fixture::new().await;
    let secrets: Api<Secret> = Api::default_namespaced(fixture.client());
    for fields in [
        json!({"data": {"token": "hunter2?"}}),
        json!({"data": {"token": {"hunter2": 1}}}),
        json!({"stringData": {"token": 2222}}),
        json!({"type": ["hunter2"]}),
        json!({"colour": "hunter2"}),
    ] {
        let mut body = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let mut params = PatchParams::apply("test");
        params.field_validation = Some(ValidationDirective::Strict);
        let refused = refusal(secrets.patch("s", &params, &Patch::Apply(&body)).await);
        let told = format!("{refused:?}");
        assert!(!told.contains("hunter2") && !told.contains("2222"), "{told}");
    }
}

#[tokio::test]
async fn an_immutable_secret_stays() {
    let fixture = Fixture::new().await;
    let secrets: Api<Secret> = Api::default_namespaced(fixture.client());
    let mut secret = Secret { immutable: Some(true), ..Secret::default() };
    secret.metadata.name = Some("s".to_owned());
    secret.string_data = Some([("token".to_owned(), "a".to_owned())].into());
    secrets.create(&PostParams::default(), &secret).await.unwrap();
    let patch = Patch::Merge(json!({"stringData": {"token": "b"}}));
    let refused = refusal(secrets.patch("s", &PatchParams::default(), &patch).await);
    assert_eq!(refused.code, 422, "{}", refused.message);
}

#[tokio::test]
async fn requests_that_are_no_requests_are_refused_in_kind() {
    let fixture = Fixture::new().await;
    let base = "/apis/sagemcp.io/v1alpha1/namespaces/default/tenants";
    let large = format!("{{\"a\": \"{}\"}}", "x".repeat(4 << 20));
    let json = "application/json";
    let cases = [
        ("POST", base.to_owned(), json, "{", 400),
        ("POST", base.to_owned(), json, "{\"kind\": \"Connector\"}", 400),
        ("POST", base.to_owned(), json, large.as_str(), 413),
        ("PATCH", format!("{base}/acme"), "text/plain", "{}", 415),
        ("PATCH", format!("{base}/acme"), "application/merge-patch+json", "{}", 404),
        ("PUT", base.to_owned(), json, "{}", 405),
        ("GET", "/apis/sagemcp.io/v1alpha1/widgets".to_owned(), json, "", 404),
        ("GET", "/apis/apps/v1/deployments".to_owned(), json, "", 404),
        ("GET", format!("{base}/a%2Fb"), json, "", 404),
        ("DELETE", "/api/v1/namespaces/default".to_owned(), json, "", 405),
        ("DELETE", "/apis/sagemcp.io/v1alpha1/tenants".to_owned(), json, "", 405),
        ("POST", "/apis/sagemcp.io/v1alpha1/tenants".to_owned(), json, "{}", 405),
    ];
    for (method, path, content_type, body, code) in cases {
        let request = http::Request::builder()
            .method(method)
            .uri(&path)
            .header("content-type", content_type)
            .body(kube::client::Body::from(body.as_bytes().to_vec()))
            .unwrap();
        let response = fixture.client().send(request).await.unwrap();
        assert_eq!(response.status(), code, "{method} {path}");
    }
}
