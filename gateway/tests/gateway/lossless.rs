//! Whatever a server sends reaches the client: members nobody knows, their order, their spelling.

use domain::tools::ToolRules;
use serde_json::json;

use crate::support::{Harness, hosted};

const TOOL: &str = r#"{"x-future":{"a":[1.0,1e400,"\u00e9"]},"name":"odd","title":"T","inputSchema":{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","$defs":{"d":{"$anchor":"x"}},"if":{},"then":{},"additionalProperties":false},"_meta":{"ui":{"resourceUri":"ui://x"}},"icons":[{"src":"data:,"}]}"#;
const RESULT: &str = r#"{"content":[{"type":"hologram","depth":123456789012345678901234567890,"text":"\"resultType\""}],"structuredContent":[1,{"z":1,"a":2}],"futureMember":null,"_meta":{"k":1.50}}"#;

async fn raw(client: &crate::support::Client, method: &str, params: &str) -> String {
    let body = format!(r#"{{"jsonrpc":"2.0","id":"α-1","method":"{method}","params":{params}}}"#);
    client.send(body).await.text().await.unwrap()
}

async fn fixture(prefix: Option<&str>) -> (Harness, crate::support::Client) {
    let mut harness = Harness::start().await;
    let tenant = harness.tenant("acme").await;
    let mut config = hosted();
    config.tool_prefix = prefix.map(ToOwned::to_owned);
    config.tools = ToolRules { deny: vec!["hidden".to_owned()], ..ToolRules::default() };
    harness.connector(&tenant, "h", config).await;
    let script = harness.doubles.script("h");
    script.answer(
        "tools/list",
        &format!(r#"{{"_meta":{{"v":1.0}},"tools":[{TOOL},{{"name":"hidden"}}],"newMember":[0.10]}}"#),
    );
    script.answer("tools/call", RESULT);
    let key = harness.key("alice", &tenant).await;
    let client = harness.client("/api/v1/acme/connectors/h/mcp", &key);
    (harness, client)
}

#[tokio::test]
async fn a_legacy_client_gets_the_servers_bytes() {
    let (_harness, client) = fixture(None).await;
    let list = raw(&client, "tools/list", "{}").await;
    assert_eq!(
        list,
        format!(
            r#"{{"jsonrpc":"2.0","id":"α-1","result":{{"tools":[{TOOL}],"_meta":{{"v":1.0}},"newMember":[0.10]}}}}"#
        )
    );
    let result = raw(&client, "tools/call", r#"{"name":"odd"}"#).await;
    assert_eq!(result, format!(r#"{{"jsonrpc":"2.0","id":"α-1","result":{RESULT}}}"#));
}

#[tokio::test]
async fn a_modern_client_gets_them_with_what_its_era_requires() {
    let (_harness, client) = fixture(None).await;
    let text = client.modern_response("tools/call", json!({"name": "odd"})).await.text().await.unwrap();
    let open = &RESULT[..RESULT.len() - 1];
    assert_eq!(text, format!(r#"{{"jsonrpc":"2.0","id":7,"result":{open},"resultType":"complete"}}}}"#));
}

#[tokio::test]
async fn a_prefix_changes_the_name_and_the_server_hears_its_own() {
    let (harness, client) = fixture(Some("team")).await;
    let list = raw(&client, "tools/list", "{}").await;
    assert!(list.contains(&TOOL.replace(r#""name":"odd""#, r#""name":"team__odd""#)), "{list}");
    let arguments = r#"{"big":123456789012345678901234567890,"o":{"b":1,"a":1.0}}"#;
    let params = format!(
        r#"{{"_meta":{{"progressToken":"p","own.example/x":1}},"name":"team__odd","arguments":{arguments},"future":true}}"#
    );
    raw(&client, "tools/call", &params).await;
    let (_, heard, _) = harness.doubles.script("h").calls().pop().unwrap();
    assert_eq!(heard, params.replace("team__odd", "odd"));
    let unprefixed = raw(&client, "tools/call", r#"{"name":"odd"}"#).await;
    assert!(unprefixed.contains("-32602"), "{unprefixed}");
}

#[tokio::test]
async fn a_server_hears_nothing_of_this_connection_and_always_arguments() {
    let (harness, client) = fixture(None).await;
    let params = json!({"name": "odd", "_meta": {"progressToken": 5, "traceparent": "00-1-2-03", "io.modelcontextprotocol/clientInfo": {"name": "c", "version": "1"}}});
    client.modern("tools/call", params).await;
    let (_, heard, _) = harness.doubles.script("h").calls().pop().unwrap();
    let heard: serde_json::Value = serde_json::from_str(&heard).unwrap();
    assert_eq!(
        heard,
        json!({"name": "odd", "arguments": {}, "_meta": {"progressToken": 5, "traceparent": "00-1-2-03"}})
    );
}

#[tokio::test]
async fn a_servers_error_is_passed_on_as_it_came() {
    let (harness, client) = fixture(None).await;
    let error = r#"{"code":-32050,"message":"odd","data":{"z":1.0},"extra":[]}"#;
    harness.doubles.script("h").answer("tools/call", &format!("error:{error}"));
    assert_eq!(
        raw(&client, "tools/call", r#"{"name":"odd"}"#).await,
        format!(r#"{{"jsonrpc":"2.0","id":"α-1","error":{error}}}"#)
    );
    harness
        .doubles
        .script("h")
        .answer("resources/read", r#"error:{"code":-32002,"message":"gone","data":{"uri":"x://y"}}"#);
    let (status, body) = client.modern("resources/read", json!({"uri": "x://y"})).await;
    assert_eq!(
        (status.as_u16(), &body["error"]["code"], &body["error"]["data"]["uri"]),
        (200, &json!(-32602), &json!("x://y"))
    );
    let (_, body) = client.legacy("resources/read", json!({"uri": "x://y"})).await;
    assert_eq!(body["error"]["code"], -32002);
}

#[tokio::test]
async fn a_method_of_an_extension_reaches_the_one_server_behind_an_endpoint() {
    let (harness, client) = fixture(None).await;
    harness.doubles.script("h").answer("skills/list", r#"{"skills":[1.0]}"#);
    assert_eq!(
        raw(&client, "skills/list", "{}").await,
        r#"{"jsonrpc":"2.0","id":"α-1","result":{"skills":[1.0]}}"#
    );
    let all = harness.client("/api/v1/acme/mcp", &client.key);
    let (_, body) = all.legacy("skills/list", json!({})).await;
    assert_eq!(body["error"]["code"], -32601);
}
