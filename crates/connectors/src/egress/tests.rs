//! Which addresses are reached.

use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::net::TcpListener;
use url::Url;

use super::{EgressDenied, EgressPolicy, EgressRule, GuardedClient, Timeouts};

fn policy(rules: &[&str]) -> EgressPolicy {
    rules.iter().map(|rule| rule.parse::<EgressRule>().unwrap()).collect()
}

fn check(policy: &EgressPolicy, address: &str) -> Result<(), EgressDenied> {
    policy.check_address("host.test", address.parse::<IpAddr>().unwrap(), Some(443))
}

#[test]
fn public_addresses_are_open() {
    for address in ["140.82.121.6", "8.8.8.8", "2606:50c0:8000::64", "100.128.0.1", "64:ff9b::808:808"] {
        assert_eq!(check(&policy(&[]), address), Ok(()), "{address}");
    }
}

#[test]
fn private_addresses_need_a_rule_and_the_refusal_prints_it() {
    for address in [
        "10.0.0.1",
        "127.0.0.1",
        "192.168.1.1",
        "172.16.0.1",
        "100.64.0.1",
        "::1",
        "fd12::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "64:ff9b:1::a00:1",
        "2001::a00:1",
    ] {
        let denied = check(&policy(&[]), address).unwrap_err();
        assert!(matches!(denied, EgressDenied::Private { .. }), "{address}: {denied}");
        assert!(denied.to_string().contains("--egress-allow host.test:443"), "{denied}");
        assert_eq!(check(&policy(&["host.test:443"]), address), Ok(()), "{address}");
    }
    assert_eq!(check(&policy(&["10.0.0.0/8"]), "10.9.9.9"), Ok(()));
    assert_eq!(check(&policy(&["fd00::/8"]), "fd12::1"), Ok(()));
    for other in ["10.0.0.0/8:8443", "other.test", "192.168.0.0/16", "host.test:80"] {
        assert!(check(&policy(&[other]), "10.0.0.1").is_err(), "{other}");
    }
}

#[test]
fn metadata_and_link_local_addresses_are_never_reached() {
    let open = policy(&["0.0.0.0/0", "::/0", "host.test"]);
    for address in [
        "169.254.169.254",
        "169.254.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "0.0.0.0",
        "255.255.255.255",
        "224.0.0.1",
        "fe80::1",
        "fd00:ec2::254",
        "::",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
    ] {
        assert!(matches!(check(&open, address), Err(EgressDenied::Forbidden { .. })), "{address}");
    }
}

#[test]
fn rules_are_read_and_written_alike() {
    for text in
        ["10.0.0.0/8", "10.0.0.0/8:8443", "jira.internal", "jira.internal:8443", "[fd00::/8]:443", "fd00::/8"]
    {
        assert_eq!(text.parse::<EgressRule>().unwrap().to_string(), text);
    }
    for text in
        ["", ":80", "host:0", "host:99999", "10.0.0.0/33", "10.0.0", "a b", "https://x", "*.x", "host/8"]
    {
        assert!(text.parse::<EgressRule>().is_err(), "{text}");
    }
}

#[test]
fn urls_are_checked_before_anything_is_resolved() {
    let url = |text: &str| Url::parse(text).unwrap();
    let strict = policy(&[]);
    assert_eq!(strict.check_url(&url("https://api.github.com/")), Ok(()));
    assert!(matches!(strict.check_url(&url("http://api.github.com/")), Err(EgressDenied::Plain { .. })));
    assert!(matches!(strict.check_url(&url("https://[::1]/")), Err(EgressDenied::Private { .. })));
    assert!(matches!(strict.check_url(&url("https://2130706433/")), Err(EgressDenied::Private { .. })));
    assert!(matches!(
        strict.check_url(&url("https://169.254.169.254/")),
        Err(EgressDenied::Forbidden { .. })
    ));
    assert_eq!(strict.check_url(&url("https://user:pw@x.test/")), Err(EgressDenied::NotHttp));
    assert_eq!(strict.check_url(&url("ftp://x.test/")), Err(EgressDenied::NotHttp));
    let loopback = policy(&["127.0.0.0/8:8080", "vendor.test"]);
    assert_eq!(loopback.check_url(&url("http://127.0.0.1:8080/")), Ok(()));
    assert!(loopback.check_url(&url("http://127.0.0.1:8081/")).is_err());
    assert_eq!(loopback.check_url(&url("http://vendor.test/")), Ok(()));
}

#[tokio::test]
async fn a_name_that_resolves_to_a_private_address_is_refused_when_dialled() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = GuardedClient::new(policy(&["other.test:9"]), Timeouts::default()).unwrap();
    for url in ["https://localhost/", "https://localhost:9/"] {
        let url = Url::parse(url).unwrap();
        let error = client.client_for(&url).unwrap().get(url.clone()).send().await.unwrap_err();
        let denied = super::denial(&error, &url).unwrap_or_else(|| panic!("{error:?}"));
        let flag = format!("--egress-allow localhost:{}", url.port().unwrap_or(443));
        assert!(denied.to_string().ends_with(&flag), "{denied}");
    }
}

#[tokio::test]
async fn a_name_that_moves_to_a_refused_address_between_look_ups_is_refused_from_then_on() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let allowed = TcpListener::bind("127.0.0.2:0").await.unwrap();
    let port = allowed.local_addr().unwrap().port();
    let inner = TcpListener::bind(("127.0.0.3", port)).await.unwrap();
    // What the name stands for, one look-up after the other.
    let answers = Arc::new(Mutex::new(VecDeque::from([
        vec!["127.0.0.2"],
        vec!["127.0.0.3"],
        vec!["127.0.0.2", "127.0.0.3"],
        vec!["169.254.169.254"],
        vec!["::ffff:127.0.0.3"],
    ])));
    let asked = Arc::clone(&answers);
    let names = move |name: String| -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        assert_eq!(name, "moves.test");
        let found = asked.lock().unwrap().pop_front().expect("a connection looks its name up once");
        Box::pin(async move { Ok(found.iter().map(|address| address.parse().unwrap()).collect()) })
    };
    let rules = policy(&[&format!("127.0.0.2/32:{port}")]);
    let names: Arc<super::client::LookUp> = Arc::new(names);
    let client = GuardedClient::with_names(rules, Timeouts::default(), &names).unwrap();
    let url = Url::parse(&format!("https://moves.test:{port}/")).unwrap();
    let send = || client.client_for(&url).unwrap().get(url.clone()).send();

    // It speaks no TLS, but it was dialled.
    let (dialled, sent) = tokio::join!(async { allowed.accept().await.map(drop) }, send());
    dialled.unwrap();
    assert_eq!(super::denial(&sent.unwrap_err(), &url), None);
    for refused in ["127.0.0.3", "127.0.0.3", "169.254.169.254", "127.0.0.3"] {
        let error = send().await.unwrap_err();
        let denied = super::denial(&error, &url).unwrap_or_else(|| panic!("{error:?}"));
        assert!(denied.to_string().contains(refused), "{denied}");
    }
    assert!(answers.lock().unwrap().is_empty());
    assert!(inner.accept().now_or_never().is_none(), "nobody reached the address inside");
}
