//! The API over HTTP: who may use it, and real `kubectl` on it.

use std::{net::SocketAddr, path::PathBuf, process::Output};

use k8s_openapi::api::core::v1::Secret;
use kube::{
    Api, ResourceExt,
    api::{Patch, PatchParams},
    runtime::events::{Event, EventType, Recorder},
};
use localapi::{Access, serve};
use secrecy::ExposeSecret;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

use crate::{Fixture, soon};

struct Served {
    fixture: Fixture,
    address: SocketAddr,
    kubeconfig: PathBuf,
    _server: AbortOnDropHandle<()>,
}

impl Served {
    async fn new() -> Self {
        let fixture = Fixture::new().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let access = Access::random();
        let kubeconfig = fixture.root.path().join("kubeconfig");
        std::fs::write(&kubeconfig, access.kubeconfig(address, "default").expose_secret()).unwrap();
        let service = fixture.api.service();
        let server = tokio::spawn(async move {
            serve(listener, service, access).await.unwrap();
        });
        Self { fixture, address, kubeconfig, _server: AbortOnDropHandle::new(server) }
    }

    async fn kubectl(&self, arguments: &[&str]) -> Output {
        let home = self.fixture.root.path();
        let mut command = tokio::process::Command::new("kubectl");
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", home);
        command.arg("--kubeconfig").arg(&self.kubeconfig).args(arguments).kill_on_drop(true);
        soon("kubectl", command.output()).await.unwrap()
    }

    async fn prints(&self, arguments: &[&str]) -> String {
        let output = self.kubectl(arguments).await;
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "kubectl {arguments:?}: {out}{err}");
        out.into_owned()
    }

    async fn refuses(&self, arguments: &[&str]) -> String {
        let output = self.kubectl(arguments).await;
        assert!(!output.status.success(), "kubectl {arguments:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.fixture.root.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_string_lossy().into_owned()
    }
}

#[tokio::test]
async fn a_kubeconfig_is_all_that_a_client_needs() {
    let served = Served::new().await;
    let kubeconfig = kube::config::Kubeconfig::read_from(&served.kubeconfig).unwrap();
    let config = kube::Config::from_custom_kubeconfig(kubeconfig, &Default::default()).await.unwrap();
    let client = kube::Client::try_from(config).unwrap();
    let tenants: Api<crds::v1alpha1::Tenant> = Api::default_namespaced(client);
    tenants.create(&Default::default(), &crate::tenant("acme")).await.unwrap();
    assert_eq!(served.fixture.tenants().get("acme").await.unwrap().name_any(), "acme");
}

#[tokio::test]
async fn others_and_web_pages_are_refused() {
    let served = Served::new().await;
    let config = std::fs::read_to_string(&served.kubeconfig).unwrap();
    let config: serde_json::Value = serde_json::from_str(&config).unwrap();
    let server = config["clusters"][0]["cluster"]["server"].as_str().unwrap().to_owned();
    let path = server.strip_prefix(&format!("http://{}", served.address)).unwrap();
    let cases = [
        (format!("{path}/version"), "127.0.0.1", "", 200),
        (format!("{path}/version"), "localhost:80", "", 200),
        ("/version".to_owned(), "127.0.0.1", "", 403),
        (format!("{path}x/version"), "127.0.0.1", "", 403),
        (format!("/{}/version", "0".repeat(32)), "127.0.0.1", "", 403),
        (format!("{path}/version"), "evil.example.com", "", 403),
        (format!("{path}/version"), "127.0.0.1", "Origin: https://evil.example.com\r\n", 403),
    ];
    for (path, host, more, code) in cases {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut stream = tokio::net::TcpStream::connect(served.address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{more}Connection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        soon("an answer", stream.read_to_string(&mut answer)).await.unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {code}")), "{host} {more} {answer}");
    }
}

const TEAM: &str = "apiVersion: sagemcp.io/v1alpha1
kind: Tenant
metadata:
  name: acme
spec:
  displayName: Acme
---
apiVersion: sagemcp.io/v1alpha1
kind: ApiKey
metadata:
  name: ci
spec:
  tenantRef:
    name: acme
  scope: tenant_user
  expiresAt: 2099-01-01T00:00:00Z
---
apiVersion: v1
kind: Secret
metadata:
  name: token
data:
  token: aHVudGVyMg==
";

/// Real `kubectl` does what people do with it. Without `kubectl` this fails, unless the environment says that it is
/// meant to be missing.
#[tokio::test]
async fn kubectl_applies_gets_describes_edits_and_deletes() {
    if std::env::var_os("SAGEMCP_NO_KUBECTL").is_some_and(|it| it == "1") {
        eprintln!("skipped: SAGEMCP_NO_KUBECTL=1 says that kubectl is not to be used");
        return;
    }
    let served = Served::new().await;
    let team = served.file("team.yaml", TEAM);
    let applied = served.prints(&["apply", "-f", &team]).await;
    assert_eq!(
        applied,
        "tenant.sagemcp.io/acme created\napikey.sagemcp.io/ci created\nsecret/token created\n"
    );
    let again = served.prints(&["apply", "-f", &team]).await;
    assert_eq!(again.matches("unchanged").count(), 3, "{again}");

    let status = json!({"status": {"slug": "acme", "conditions": [{"type": "Ready", "status": "True",
        "reason": "Served", "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z"}]}});
    let tenants = served.fixture.tenants();
    tenants.patch_status("acme", &PatchParams::default(), &Patch::Merge(&status)).await.unwrap();
    let expires = Patch::Merge(json!({"status": {"expiresAt": "2099-01-01T00:00:00Z"}}));
    served.fixture.keys().patch_status("ci", &PatchParams::default(), &expires).await.unwrap();
    let table = served.prints(&["get", "tenants,connectors,apikeys"]).await;
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let lines: Vec<_> = table.lines().map(words).collect();
    assert_eq!(lines[0], ["NAME", "SLUG", "READY", "REASON", "AGE"], "{table}");
    assert_eq!(lines[1][..4], ["tenant.sagemcp.io/acme", "acme", "True", "Served"], "{table}");
    let key = lines.last().unwrap();
    assert_eq!(key[..4], ["apikey.sagemcp.io/ci", "acme", "tenant_user", "2099-01-01T00:00:00Z"], "{table}");
    let by_category = served.prints(&["get", "sagemcp", "-o", "name"]).await;
    assert_eq!(by_category, "tenant.sagemcp.io/acme\napikey.sagemcp.io/ci\n");
    assert!(served.prints(&["get", "tn", "-o", "wide"]).await.contains("ENDPOINT"));
    let secrets = served.prints(&["get", "secrets"]).await;
    assert!(secrets.contains("token   Opaque   1"), "{secrets}");

    let about = tenants.get("acme").await.unwrap();
    let recorder = Recorder::new(served.fixture.client(), "sagemcp-operator".into());
    let event = Event {
        type_: EventType::Warning,
        reason: "SlugTaken".to_owned(),
        note: Some("choose another".to_owned()),
        action: "Validate".to_owned(),
        secondary: None,
    };
    recorder.publish(&event, &kube::Resource::object_ref(&about, &())).await.unwrap();
    let described = served.prints(&["describe", "tenant", "acme"]).await;
    assert!(described.contains("Display Name:     Acme"), "{described}");
    assert!(described.contains("SlugTaken") && described.contains("choose another"), "{described}");
    let events = served.prints(&["get", "events"]).await;
    assert!(events.contains("tenant/acme"), "{events}");

    served.prints(&["wait", "--for=condition=Ready", "tenant/acme", "--timeout=5s"]).await;
    served.prints(&["label", "tenant", "acme", "tier=gold"]).await;
    served.prints(&["annotate", "tenant", "acme", "note=x"]).await;
    served.prints(&["patch", "tenant", "acme", "--type=merge", "-p", r#"{"spec":{"suspended":true}}"#]).await;
    let suspended =
        served.prints(&["get", "tn", "-l", "tier=gold", "-o", "jsonpath={.items[*].spec.suspended}"]);
    assert_eq!(suspended.await, "true");
    let server_side = ["apply", "--server-side", "--force-conflicts", "-f", &team];
    assert!(served.prints(&server_side).await.contains("tenant.sagemcp.io/acme serverside-applied"));

    let bad = served.file("bad.yaml", &TEAM.replace("displayName: Acme", "slug: Bad"));
    let refused = served.refuses(&["apply", "-f", &bad]).await;
    assert!(refused.contains("spec.slug: Invalid value: \"Bad\""), "{refused}");
    let bad = served.file("bad.yaml", &TEAM.replace("displayName: Acme", "colour: red"));
    let refused = served.refuses(&["apply", "-f", &bad]).await;
    assert!(refused.contains("unknown field \"spec.colour\""), "{refused}");
    let explained = served.prints(&["explain", "tenant.spec.deletionPolicy"]).await;
    assert!(explained.contains("KIND:       Tenant") && explained.contains("Retain"), "{explained}");
    let refused = served.refuses(&["get", "tenant", "other"]).await;
    assert_eq!(refused, "Error from server (NotFound): tenants.sagemcp.io \"other\" not found\n");

    let deleted = served.prints(&["delete", "-f", &team]).await;
    assert_eq!(deleted.matches("deleted").count(), 3, "{deleted}");
    let secrets: Api<Secret> = Api::default_namespaced(served.fixture.client());
    assert!(secrets.list(&Default::default()).await.unwrap().items.is_empty());
}
