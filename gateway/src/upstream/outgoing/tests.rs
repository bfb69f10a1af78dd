use serde_json::Value;

use super::*;

fn raw_text(text: &str) -> Box<RawValue> {
    RawValue::from_string(text.to_owned()).unwrap()
}

fn listening() -> (Call, mpsc::Receiver<Box<RawValue>>) {
    let (sender, receiver) = mpsc::channel(4);
    (Call { notifications: Some(sender), ..Call::default() }, receiver)
}

#[test]
fn a_legacy_server_gets_the_parameters_as_they_came() {
    let params = raw_text(r#"{"name":"t","arguments":{"n":1.50},"x":[1]}"#);
    let prepared = prepare(Era::Legacy, 1, &Call::default(), "tools/call", Some(&params)).unwrap();
    assert_eq!(prepared.params.unwrap().get(), params.get());
}

#[test]
fn a_legacy_server_gets_no_modern_identity() {
    let params = raw_text(
        r#"{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","vendor/x":1,"baggage":"secret=1"}}"#,
    );
    let prepared = prepare(Era::Legacy, 1, &Call::default(), "tools/list", Some(&params)).unwrap();
    assert_eq!(prepared.params.unwrap().get(), r#"{"_meta":{"vendor/x":1}}"#);
}

#[test]
fn a_modern_server_gets_the_gateways_identity_and_no_foreign_capability() {
    let params = raw_text(
        r#"{"_meta":{"io.modelcontextprotocol/clientCapabilities":{"sampling":{}},"traceparent":"00-1"},"a":1}"#,
    );
    let prepared = prepare(Era::Modern, 1, &Call::default(), "tools/list", Some(&params)).unwrap();
    let sent: Value = serde_json::from_str(prepared.params.unwrap().get()).unwrap();
    assert_eq!(sent["_meta"]["io.modelcontextprotocol/clientCapabilities"], json!({}));
    assert_eq!(sent["_meta"]["io.modelcontextprotocol/protocolVersion"], "2026-07-28");
    assert_eq!(sent["_meta"]["traceparent"], "00-1");
    assert_eq!(sent["a"], 1);
}

#[test]
fn missing_arguments_become_an_empty_object() {
    for params in [r#"{"name":"t"}"#, r#"{"name":"t","arguments":null}"#] {
        let prepared =
            prepare(Era::Legacy, 1, &Call::default(), "tools/call", Some(&raw_text(params))).unwrap();
        assert_eq!(prepared.params.unwrap().get(), r#"{"name":"t","arguments":{}}"#);
    }
}

#[test]
fn parameters_that_are_no_object_are_refused() {
    let refused =
        prepare(Era::Legacy, 1, &Call::default(), "tools/call", Some(&raw_text("[1]"))).unwrap_err();
    assert!(matches!(refused, UpstreamError::Rpc(error) if error.get().contains("-32602")));
}

#[test]
fn progress_comes_back_under_the_callers_own_token_and_otherwise_unchanged() {
    let (call, mut heard) = listening();
    let params = raw_text(r#"{"_meta":{"progressToken":"mine"}}"#);
    let prepared = prepare(Era::Legacy, 42, &call, "tools/list", Some(&params)).unwrap();
    assert_eq!(prepared.params.unwrap().get(), r#"{"_meta":{"progressToken":42}}"#);

    let message = r#"{"method":"notifications/progress","params":{"progressToken":42,"progress":1.50,"_meta":{"k":[]}},"jsonrpc":"2.0"}"#;
    let params = Entries::parse(&raw_text(message)).unwrap().object("params").unwrap();
    prepared.listener.unwrap().progress(&raw_text(message), params);
    assert_eq!(heard.try_recv().unwrap().get(), message.replace("42", "\"mine\""));
}

#[test]
fn log_messages_go_to_those_who_asked_and_from_their_level_on() {
    let message = |level: &str| {
        raw_text(&format!(r#"{{"method":"notifications/message","params":{{"level":"{level}"}}}}"#))
    };
    let heard_by = |params: &str, level: &str| {
        let (call, mut heard) = listening();
        let listener =
            prepare(Era::Legacy, 1, &call, "tools/list", Some(&raw_text(params))).unwrap().listener.unwrap();
        let message = message(level);
        let params = Entries::parse(&message).unwrap().object("params");
        listener.log(&message, params.as_ref());
        heard.try_recv().is_ok()
    };
    let modern = r#"{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}"#;
    let warnings = r#"{"_meta":{"io.modelcontextprotocol/logLevel":"warning"}}"#;
    assert!(heard_by("{}", "debug"), "a legacy caller hears all");
    assert!(!heard_by(modern, "error"), "a modern caller must ask");
    assert!(heard_by(warnings, "error"));
    assert!(!heard_by(warnings, "info"));
}
