//! `make up-cluster`: the platform on a real Kubernetes API and Postgres, with two gateways, until Ctrl-C.
//!
//! usage: up-cluster [FOLDER OF MANIFESTS]

use std::path::PathBuf;

use anyhow::Context as _;
use e2e::{Installation, installation};
use testkit::{
    Cluster, Identity, Postgres,
    clients::{self, Call, Endpoint, Mode},
};

/// Where the quick start's objects go.
const NAMESPACE: &str = "default";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let manifests = std::env::args_os().nth(1).map_or_else(e2e::quickstart, PathBuf::from);
    println!("Starting etcd, kube-apiserver, kube-controller-manager and Postgres ...");
    let cluster = Cluster::start().await?;
    let postgres = Postgres::launch().await?;
    println!("Starting the operator and two gateways ...");
    let running = Installation::start(&cluster, &postgres, 2).await?;
    println!("Applying {} and waiting for condition Ready ...", manifests.display());
    installation::apply_and_wait(&cluster, NAMESPACE, &manifests).await?;

    let kinds = "tenants,connectors,apikeys";
    print!("\n{}", cluster.kubectl(Identity::Admin, &["get", kinds, "--namespace", NAMESPACE]).await?);
    let (url, key) = installation::hosted_endpoint(&cluster, NAMESPACE).await?;
    println!("\nCalling a tool with the official Python client, through each gateway ...");
    for gateway in &running.gateways {
        let url = gateway.at(&url)?;
        let arguments = serde_json::json!({ "message": "hello from the cluster" });
        let call = Call { tool: "echo", arguments: &arguments };
        let seen = clients::python(Endpoint { url: &url, key: &key }, Mode::Auto, call).await?;
        println!("  {url} answered {}", seen["result"]["content"][0]["text"]);
    }
    println!(
        "\nIt runs until Ctrl-C. In another terminal:\n\
         \x20 export KUBECONFIG={}\n\
         \x20 kubectl get tenants,connectors,apikeys\n\
         \x20 export ENDPOINT={url}\n\
         \x20 export KEY={key}\n\
         \x20 curl -sS $ENDPOINT -H \"Authorization: Bearer $KEY\" -H 'Content-Type: application/json' \\\n\
         \x20   -H 'Accept: application/json, text/event-stream' -H 'MCP-Protocol-Version: 2025-11-25' \\\n\
         \x20   -d '{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}}'",
        cluster.kubeconfig(Identity::Admin).display(),
    );
    tokio::signal::ctrl_c().await.context("wait for Ctrl-C")?;
    println!("\nEnding everything.");
    running.stop().await
}
