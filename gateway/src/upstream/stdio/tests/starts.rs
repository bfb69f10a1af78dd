//! Starting: once, with a clean environment, whatever the era.

use std::os::fd::AsRawFd;

use super::*;
use crate::upstream::testing::{call_tool, eventually, unavailable};

#[tokio::test]
async fn many_first_calls_start_one_process() {
    let mut spec = odd(&[]);
    let log = StartLog::new(&mut spec);
    let server = StdioServer::new(spec, quick());
    assert_eq!(log.starts(), 0, "nothing is started before the first use");
    let calls = (0..25).map(|_| call_text(&server, "pid"));
    let pids: Vec<Value> = futures::future::join_all(calls).await;
    assert!(pids.iter().all(|answer| answer["pid"] == pids[0]["pid"]));
    assert_eq!(log.starts(), 1);
    server.shutdown().await;
}

#[tokio::test]
async fn a_start_goes_on_when_the_caller_that_caused_it_goes_away() {
    let mut spec = odd(&[]);
    let log = StartLog::new(&mut spec);
    let server = StdioServer::new(spec, quick());
    {
        let call = Call::default();
        let mut first = Box::pin(server.describe(&call));
        assert!(futures::poll!(&mut first).is_pending());
    }
    eventually("the process has started", || log.starts() == 1).await;
    pid(&server).await;
    assert_eq!(log.starts(), 1);
}

#[tokio::test]
async fn a_process_sees_the_contract_and_nothing_of_the_gateway() {
    let mut spec = odd(&[]);
    spec.credential = Some("the-credential".to_owned().into());
    spec.env.insert("CONFIG_A".to_owned(), "plain".to_owned());
    spec.secret_env.insert("CONFIG_B".to_owned(), "hidden".to_owned().into());
    let server = StdioServer::new(spec, quick());
    let env = call_text(&server, "environment").await;
    let env = env.as_object().unwrap();
    for (name, value) in [
        ("OAUTH_TOKEN", "the-credential"),
        ("ACCESS_TOKEN", "the-credential"),
        ("TENANT_ID", "acme"),
        ("CONNECTOR_ID", "odd"),
        ("SAGEMCP_MODE", "hosted"),
        ("CONFIG_A", "plain"),
        ("CONFIG_B", "hidden"),
    ] {
        assert_eq!(env[name], value, "{name}");
    }
    // Cargo gives tests many variables; a process that inherits would show them.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    assert!(!env.keys().any(|name| name.starts_with("CARGO")), "{env:?}");
    server.shutdown().await;
}

#[tokio::test]
async fn a_process_inherits_no_file_or_socket_that_the_gateway_opened() {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let file = std::fs::File::open(fixture("odd_server.py")).unwrap();
    let open = call_text(&server(&[]), "pid").await["open"].clone();
    let open: Vec<i32> = serde_json::from_value(open).unwrap();
    assert!(open.starts_with(&[0, 1, 2]), "{open:?}");
    // What the test itself was started with it passes on; those have other numbers.
    for ours in [socket.as_raw_fd(), file.as_raw_fd()] {
        assert!(!open.contains(&ours), "{ours} among {open:?}");
    }
}

#[tokio::test]
async fn the_working_directory_is_empty_and_goes_with_the_process() {
    let server = server(&[]);
    let answer = call_text(&server, "pid").await;
    let folder = PathBuf::from(answer["cwd"].as_str().unwrap());
    assert_eq!(answer["files"], json!([]));
    assert!(folder.is_dir());
    server.shutdown().await;
    assert!(!folder.exists());
}

#[tokio::test]
async fn servers_of_all_manners_are_greeted() {
    let options = StdioOptions { probe_timeout: Duration::from_millis(100), ..quick() };
    for flags in [&["--noise"][..], &["--silent-on-discover"], &["--quits-on-discover"]] {
        let server = StdioServer::new(odd(flags), options.clone());
        let description = server.describe(&Call::default()).await.unwrap();
        assert_eq!(description.server_info["name"], "odd", "{flags:?}");
        assert!(description.capabilities.contains_key("tools"));
        server.shutdown().await;
    }
}

#[tokio::test]
async fn the_manner_of_a_server_is_remembered() {
    let mut spec = odd(&["--quits-on-discover"]);
    let log = StartLog::new(&mut spec);
    let server = StdioServer::new(spec, StdioOptions { backoff_min: Duration::ZERO, ..quick() });
    pid(&server).await;
    assert_eq!(log.starts(), 2, "once to find out, once to stay");
    let ended = call_tool(&server, &Call::default(), "exit").await;
    assert_eq!(unavailable(ended).0, "Exited");
    pid(&server).await;
    assert_eq!(log.starts(), 3);
    server.shutdown().await;
}
