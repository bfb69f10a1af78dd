//! No secret is anywhere but where it belongs, whatever goes well or wrong.

use std::{fmt::Write as _, fs};

use anyhow::{Context as _, ensure};
use base64::{Engine as _, prelude::BASE64_STANDARD as STANDARD};
use e2e::installation::{self, DATABASE_PASSWORD};
use serde_json::{Value, json};
use testkit::{Identity, Reply, Vendor, eventually, programs};

use crate::{
    client::{Client, Era},
    planted::{self, Needles},
    site::{PATIENCE, Site, Team, careless, metrics, object, site},
};

/// A tool of the native connector, and what the vendor is asked for it.
const TOOL: &str = "github_get_repository";
const PATH: &str = "/repos/a/b";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_where_it_does_not_belong() -> anyhow::Result<()> {
    let site = site().await?;
    let team = site.team().await?;
    let vendor = Vendor::start().await?;
    let mut replies = String::new();
    exercise(&site, &team, &vendor, &mut replies).await?;

    let ring = fs::read_to_string(site.installation.folder().join("keyring"))?;
    let ring = ring.split_whitespace().last().context("a ring has a key")?.to_owned();
    let everywhere = planted::ALL.into_iter().chain([&*team.key, &*ring, DATABASE_PASSWORD]);
    let needles = Needles::of(everywhere);
    needles.must_not_be_in("an answer to a client", &replies)?;
    needles.must_not_be_in("a log", &site.installation.logs())?;
    needles.must_not_be_in("the output of a program that cannot start", &without_database().await?)?;
    for server in site.installation.operators.iter().chain(&site.installation.gateways) {
        needles.must_not_be_in("the metrics", &metrics(server).await?)?;
    }
    let kinds =
        "tenants,connectors,apikeys,connectordefinitions,events,events.events.k8s.io,leases,configmaps";
    let get = ["get", kinds, "--all-namespaces", "--output=yaml", "--show-managed-fields"];
    needles.must_not_be_in("an object", &site.cluster.kubectl(Identity::Admin, &get).await?)?;
    needles.must_not_be_in("the database", &site.postgres.dump(site.installation.database_url()).await?)?;

    let secrets = ["get", "secrets", "--all-namespaces", "--output=json"];
    let secrets = site.cluster.kubectl(Identity::Admin, &secrets).await?;
    ensure!(needles.are_in(secrets.as_bytes()), "what was planted is not even found in its Secret");
    let secrets: Value = serde_json::from_str(&secrets)?;
    let key = STANDARD.encode(&team.key);
    let holders = secrets["items"].as_array().into_iter().flatten();
    let holders = holders.filter(|secret| secret.to_string().contains(&key));
    let holders: Vec<&Value> = holders.map(|secret| &secret["metadata"]["name"]).collect();
    ensure!(holders == ["key"], "the minted key is in {holders:?}");
    Ok(())
}

/// Makes connectors of all kinds with secrets, and uses them so that everything succeeds once and fails once.
async fn exercise(site: &Site, team: &Team, vendor: &Vendor, replies: &mut String) -> anyhow::Result<()> {
    let ours = &team.namespace;
    site.apply(ours, &secrets()).await?;
    site.apply(ours, &connectors(ours, &vendor.url())).await?;
    // These are turned away; the last word on them is in their status and in events.
    for name in ["unlabelled", "keyless", "broken"] {
        eventually(PATIENCE, async || {
            let connector = installation::get(site.cluster, ours, &format!("connector/{name}")).await?;
            let conditions = connector["status"]["conditions"].to_string();
            ensure!(conditions.contains("Secret"), "{name}: {conditions}");
            Ok(())
        })
        .await?;
    }
    let both =
        json!({ "hosted": { "env": [{ "name": "X", "value": "y", "secretRef": { "name": "labelled" } }] } });
    ensure!(site.apply(ours, &[careless("refused", ours, both)]).await.is_err(), "admission lets it in");

    let echo = json!({ "message": "all is well" });
    let repository = json!({ "owner": "a", "repo": "b" });
    let remote_refusal = format!("{} {}", planted::HEADER, planted::BEARER);
    for replica in 0..site.installation.gateways.len() {
        let at = |connector: &str| anyhow::Ok(site.clients(team, connector)?.remove(replica));
        let mut say = async |client: &Client, tool: &str, arguments: &Value, expected: &str| {
            for era in [Era::Legacy, Era::Modern] {
                // A connector that was just made needs a moment until it is served.
                let answer = eventually(PATIENCE, async || {
                    let answer = client.call(era, None, tool, arguments.clone()).await?;
                    ensure!(answer.body.to_string().contains(expected), "{tool}: {answer:?}");
                    Ok(answer)
                })
                .await?;
                writeln!(replies, "{answer:?}")?;
            }
            anyhow::Ok(())
        };
        let native = at("native")?;
        let mut callers = at("callers")?;
        callers.headers.push(("x-user-oauth-token", planted::CALLERS_TOKEN.to_owned()));
        for (client, sent) in [(&native, planted::TOKEN), (&callers, planted::CALLERS_TOKEN)] {
            vendor.reply("GET".parse()?, PATH, Reply::json(200, &json!({ "full_name": "a/b" })));
            say(client, TOOL, &repository, "a/b").await?;
            // Vendors do repeat what they were sent.
            let refusal = json!({ "message": format!("Bad credentials: {sent}") });
            vendor.reply("GET".parse()?, PATH, Reply::json(401, &refusal));
            say(client, TOOL, &repository, "401").await?;
        }
        say(&at("hosted")?, "echo", &echo, "all is well").await?;
        say(&at("hosted")?, "crash", &echo, "exited with status 3").await?;
        for status in [401, 500] {
            vendor.reply("POST".parse()?, "/mcp", Reply::bytes(status, remote_refusal.clone()));
            say(&at("remote")?, "echo", &echo, &status.to_string()).await?;
        }
        say(&Client { key: planted::WRONG_KEY.to_owned(), ..native.clone() }, TOOL, &repository, "not valid")
            .await?;
    }
    let asked = vendor.asked();
    for sent in [planted::TOKEN, planted::CALLERS_TOKEN, planted::BEARER] {
        let sent = format!("Bearer {sent}");
        ensure!(
            asked.iter().any(|asked| asked.header("authorization") == sent),
            "the vendor was not sent {sent}"
        );
    }
    ensure!(asked.iter().any(|asked| asked.header("x-vendor-key") == planted::HEADER));
    Ok(())
}

/// Secrets with everything planted that a Secret can hold.
fn secrets() -> Vec<Value> {
    let secret = |name: &str, labels: Value| {
        json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": { "name": name, "labels": labels },
            "stringData": {
                "token": planted::TOKEN, "file": planted::KEY_FILE, "header": planted::HEADER,
                "bearer": planted::BEARER, "broken": planted::BROKEN,
            },
        })
    };
    vec![secret("labelled", json!({ "sagemcp.io/use": "credentials" })), secret("unlabelled", json!({}))]
}

/// Connectors that use them, rightly and wrongly.
fn connectors(tenant: &str, vendor: &str) -> Vec<Value> {
    let entry = |key: &str| json!({ "name": "labelled", "key": key });
    let native = |name: &str, credentials: Value| {
        let native = json!({ "type": "github", "baseUrl": vendor });
        object(
            "Connector",
            name,
            json!({ "tenantRef": { "name": tenant }, "native": native, "credentials": credentials }),
        )
    };
    let environment = json!([{ "name": "KEY_FILE", "secretRef": entry("file") }]);
    let hosted = json!({ "hosted": { "env": environment }, "credentials": { "secretRef": entry("token") } });
    let headers = json!([{ "name": "X-Vendor-Key", "secretRef": entry("header") }]);
    let remote = json!({
        "tenantRef": { "name": tenant }, "remote": { "url": format!("{vendor}/mcp"), "headersFrom": headers },
        "credentials": { "secretRef": entry("bearer") },
    });
    vec![
        native("native", json!({ "secretRef": entry("token") })),
        native("callers", json!({ "oauth": { "level": "User" } })),
        native("broken", json!({ "secretRef": entry("broken") })),
        native("unlabelled", json!({ "secretRef": { "name": "unlabelled" } })),
        native("keyless", json!({ "secretRef": entry("missing") })),
        careless("hosted", tenant, hosted),
        object("Connector", "remote", remote),
    ]
}

/// What the programs say where there is no database.
async fn without_database() -> anyhow::Result<String> {
    let nobody_there = format!("postgres://me:{DATABASE_PASSWORD}@127.0.0.1:1/x");
    let no_database = format!("mysql://me:{DATABASE_PASSWORD}@host/x");
    let said = async |program: &str, command: &str, url: &str| {
        let mut run = tokio::process::Command::new(programs::ours(program)?);
        run.arg(command)
            .env("DATABASE_URL", url)
            .env("SECRET_KEY", planted::TOKEN)
            .env("SAGEMCP_LOG", "debug");
        let output = tokio::time::timeout(PATIENCE, run.kill_on_drop(true).output()).await;
        let output = output.with_context(|| format!("{program} {command} goes on without a database"))??;
        ensure!(!output.status.success(), "{program} {command} succeeds without a database");
        anyhow::Ok(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    };
    let said = tokio::try_join!(
        said("gateway", "serve", &nobody_there),
        said("gateway", "serve", &no_database),
        said("operator", "migrate", &no_database),
    )?;
    Ok([said.0, said.1, said.2].concat())
}
