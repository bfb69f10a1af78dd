//! What Slack, Discord, Zoom and Notion do that no description of their APIs shows: failures in replies of success, errors by
//! field, identifiers that are encoded twice, data sources behind databases.

use std::sync::Arc;

use axum::Json;
use connectors::{Catalog, Connector, ResourceData, ToolResult};
use serde_json::{Value, json};

use crate::server::{Asked, Server, TOKEN, object, text};

const ID: &str = "6ba7b8109dad11d180b400c04fd430c8";
const SNOWFLAKE: &str = "175928847299117063";

fn connector_of(tool: &str) -> Arc<Connector> {
    let (service, _) = tool.split_once('_').unwrap();
    Catalog::new().connector(service).unwrap().unwrap()
}

async fn call(server: &Server, tool: &str, arguments: Value) -> ToolResult {
    let (client, target) = (server.client(&[]), server.target(Some(TOKEN)));
    connector_of(tool).call(&client, &target, tool, &object(arguments)).await.unwrap()
}

fn data(result: ToolResult) -> Value {
    assert!(!result.is_error, "{result:?}");
    result.structured_content.unwrap()
}

fn sent(asked: &Asked) -> Value {
    serde_json::from_slice(&asked.body).unwrap()
}

#[tokio::test]
async fn slack_says_which_scopes_are_missing() {
    let refused =
        json!({"ok": false, "error": "missing_scope", "needed": "search:read", "provided": "chat:write"});
    let server = Server::json(200, refused).await;
    let result = call(&server, "slack_conversations_search_messages", json!({"query": "x"})).await;
    assert!(result.is_error);
    let said = text(&result);
    assert!(said.contains("missing_scope; needed scopes: search:read; the token's: chat:write"), "{said}");
}

#[tokio::test]
async fn slack_says_what_is_wrong_with_blocks() {
    let refused = json!({"ok": false, "error": "invalid_blocks", "errors": ["must provide a text"],
        "response_metadata": {"messages": ["[ERROR] must provide a text [json-pointer:/blocks/0]"]}});
    let server = Server::json(200, refused).await;
    let arguments = json!({"channel_id": "C1", "text": "x", "blocks": [{"type": "section"}]});
    let said = text(&call(&server, "slack_conversations_add_message", arguments).await);
    assert!(said.contains("invalid_blocks; must provide a text; [ERROR]"), "{said}");
}

#[tokio::test]
async fn slack_reads_with_queries_and_leads_on_until_the_cursor_is_empty() {
    let server = Server::start(|before, _| {
        let cursor = if before == 0 { "bmV4dA==" } else { "" };
        let messages = json!([{"ts": "1.2", "user": "U1", "text": "hi", "blocks": [{"type": "rich_text"}]}]);
        Json(json!({"ok": true, "messages": messages, "response_metadata": {"next_cursor": cursor}}))
    })
    .await;
    let arguments = json!({"channel_id": "C1", "max_pages": 5});
    let read = data(call(&server, "slack_conversations_history", arguments).await);
    let message = json!({"ts": "1.2", "user": "U1", "text": "hi"});
    assert_eq!(read, json!({"messages": [message, message], "next_cursor": null}));
    let queries: Vec<String> = server.asked().iter().map(|asked| asked.uri.to_string()).collect();
    let first = "/conversations.history?channel=C1&limit=20&include_all_metadata=false";
    let second = "/conversations.history?channel=C1&limit=20&cursor=bmV4dA%3D%3D&include_all_metadata=false";
    assert_eq!(queries, [first, second]);
}

#[tokio::test]
async fn slack_takes_markdown_apart_from_its_own_format() {
    let server =
        Server::json(200, json!({"ok": true, "channel": "C1", "ts": "1.2", "message": {"text": "x"}})).await;
    for (format, field) in [("mrkdwn", "text"), ("markdown", "markdown_text")] {
        let arguments = json!({"channel_id": "C1", "text": "**x**", "format": format});
        data(call(&server, "slack_conversations_add_message", arguments).await);
        assert_eq!(sent(server.asked().last().unwrap()), json!({"channel": "C1", field: "**x**"}));
    }
}

#[tokio::test]
async fn slack_names_the_resources_of_the_workspace_that_channels_are_in() {
    let channels =
        json!([{"id": "C1", "name": "general", "context_team_id": "T1", "purpose": {"value": "All"}}]);
    let server = Server::json(200, json!({"ok": true, "channels": channels})).await;
    let (client, target) = (server.client(&[]), server.target(Some(TOKEN)));
    let listed = connector_of("slack_x").list_resources(&client, &target).await.unwrap();
    let uris: Vec<&str> = listed.iter().map(|resource| resource.uri.as_str()).collect();
    assert_eq!(uris, ["slack://T1", "slack://T1/channel/C1"]);
    connector_of("slack_x").read_resource(&client, &target, "slack://T1/channel/C1").await.unwrap();
    assert_eq!(server.asked()[1].uri.to_string(), "/conversations.history?channel=C1&limit=50");
}

#[tokio::test]
async fn discord_says_what_is_wrong_with_each_field() {
    let wrong = json!({"code": 50035, "message": "Invalid Form Body", "errors": {
        "content": {"_errors": [{"code": "BASE_TYPE_BAD_LENGTH", "message": "Must be 2000 or \"fewer\"."}]},
        "message_reference": {"message_id": {"_errors": [{"message": "Unknown message", "code": "X"}]}}}});
    let server = Server::json(400, wrong).await;
    let arguments = json!({"channel_id": SNOWFLAKE, "content": "x"});
    let said = text(&call(&server, "discord_send_message", arguments).await);
    assert!(said.contains("Invalid Form Body; content: Must be 2000 or"), "{said}");
    assert!(said.contains("message_id: Unknown message; code 50035"), "{said}");
    assert_eq!(server.asked()[0].header("authorization"), Some(format!("Bot {TOKEN}").as_str()));
}

#[tokio::test]
async fn a_discord_search_without_an_index_says_when_to_ask_again() {
    let wait = json!({"code": 110_000, "message": "Index not yet available.", "documents_indexed": 0, "retry_after": 2});
    let server = Server::json(202, wait).await;
    let arguments = json!({"guild_id": SNOWFLAKE, "query": "x"});
    let result = call(&server, "discord_search_messages", arguments).await;
    assert!(result.is_error && text(&result).contains("ask again in 2 s"), "{result:?}");
}

#[tokio::test]
async fn discord_emoji_are_given_as_they_are_seen() {
    let server = Server::start(|_, _| axum::http::StatusCode::NO_CONTENT).await;
    for (emoji, encoded) in
        [("👍", "%F0%9F%91%8D"), ("<a:party:41771983429993937>", "party%3A41771983429993937")]
    {
        let arguments = json!({"channel_id": SNOWFLAKE, "message_id": SNOWFLAKE, "emoji": emoji});
        data(call(&server, "discord_add_reaction", arguments).await);
        let path = format!("/channels/{SNOWFLAKE}/messages/{SNOWFLAKE}/reactions/{encoded}/@me");
        assert_eq!(server.asked().last().unwrap().uri.path(), path);
    }
}

#[tokio::test]
async fn a_zoom_uuid_with_slashes_is_encoded_twice() {
    let server = Server::json(200, json!({"participants": [], "next_page_token": ""})).await;
    for (id, encoded) in [
        ("/ajXp112QmuoKj4854875==", "%252FajXp112QmuoKj4854875%253D%253D"),
        ("aj//p112QmuoKj4854875==", "aj%252F%252Fp112QmuoKj4854875%253D%253D"),
        ("aj/Xp112QmuoKj4854875==", "aj%2FXp112QmuoKj4854875%3D%3D"),
        ("812 3456 7890", "81234567890"),
    ] {
        data(call(&server, "zoom_list_meeting_participants", json!({"meeting_id": id})).await);
        let asked = server.asked().last().unwrap().uri.path().to_owned();
        assert_eq!(asked, format!("/past_meetings/{encoded}/participants"));
    }
}

#[tokio::test]
async fn zoom_recordings_are_those_of_thirty_days_unless_days_are_given() {
    let server = Server::json(200, json!({"from": "x", "to": "y", "meetings": []})).await;
    for (arguments, expected) in [
        (json!({"to_date": "2026-03-31"}), "from=2026-03-01&to=2026-03-31&page_size=30"),
        (
            json!({"from_date": "2026-03-05", "to_date": "2026-03-06"}),
            "from=2026-03-05&to=2026-03-06&page_size=30",
        ),
    ] {
        data(call(&server, "zoom_list_recordings", arguments).await);
        assert_eq!(server.asked().last().unwrap().uri.query(), Some(expected));
    }
    data(call(&server, "zoom_list_recordings", json!({})).await);
    let asked = server.asked().last().unwrap().uri.query().unwrap().to_owned();
    let day = |name: &str| {
        asked.split('&').find_map(|pair| pair.strip_prefix(name)).unwrap().parse::<jiff::civil::Date>()
    };
    let (from, to) = (day("from=").unwrap(), day("to=").unwrap());
    assert_eq!(from.until(to).unwrap().get_days(), 30, "{asked}");
}

#[tokio::test]
async fn zoom_says_what_is_wrong_with_each_field() {
    let wrong = json!({"code": 300, "message": "Validation Failed.", "errors": [{"field": "start_time", "message": "Invalid field."}]});
    let server = Server::json(400, wrong).await;
    let said = text(&call(&server, "zoom_create_meeting", json!({"topic": "x"})).await);
    assert!(said.contains("Validation Failed.; start_time: Invalid field.; code 300"), "{said}");
}

/// Notion with a database of two data sources.
async fn notion() -> Server {
    Server::start(|_, asked| {
        let title = json!([{"plain_text": "Tasks"}]);
        let status = json!({"id": "a", "type": "status", "status": {"name": "Done"}});
        Json(match asked.uri.path().split('/').nth(1) {
            Some("databases") => json!({"id": "db", "title": title, "data_sources": [{"id": "one", "name": "A"}, {"id": "two", "name": "B"}]}),
            _ if asked.uri.path().ends_with("/query") => json!({"next_cursor": null, "results": [{"id": "p1", "properties": {
                "Name": {"id": "title", "type": "title", "title": [{"plain_text": "Write"}]}, "Status": status}}]}),
            _ => json!({"id": "one", "title": title, "parent": {"database_id": "db"}, "properties": {"Status": {
                "id": "a", "type": "status", "description": null, "status": {"options": [{"name": "Done"}, {"name": "Open"}]}}}}),
        })
    })
    .await
}

#[tokio::test]
async fn the_rows_of_a_notion_database_lie_in_its_data_source() {
    let server = notion().await;
    let arguments =
        json!({"database_id": ID, "filter": {"property": "Status", "status": {"equals": "Done"}}});
    let rows = data(call(&server, "notion_query_database", arguments).await);
    assert_eq!(rows["pages"][0]["title"], "Write");
    assert_eq!(rows["pages"][0]["properties"], json!({"Name": "Write", "Status": "Done"}));
    let asked = server.asked();
    assert_eq!(asked[1].uri.path(), "/data_sources/one/query");
    assert_eq!(sent(&asked[1])["page_size"], 20);
    assert_eq!(asked[1].header("notion-version"), Some("2026-03-11"));
    let arguments = json!({"database_id": ID, "data_source_id": ID});
    data(call(&server, "notion_query_database", arguments).await);
    assert_eq!(
        server.asked()[2].uri.path(),
        format!("/data_sources/{ID}/query"),
        "nothing has to be looked up"
    );
}

#[tokio::test]
async fn a_notion_database_tells_its_columns_and_its_other_data_sources() {
    let server = notion().await;
    let database = data(call(&server, "notion_get_database", json!({"database_id": ID})).await);
    assert_eq!((&database["title"], &database["data_source_id"]), (&json!("Tasks"), &json!("one")));
    assert_eq!(database["data_sources"][1], json!({"id": "two", "name": "B"}));
    assert_eq!(
        database["properties"]["Status"],
        json!({"id": "a", "type": "status", "options": ["Done", "Open"]})
    );
}

#[tokio::test]
async fn a_notion_page_is_read_as_markdown_and_as_blocks() {
    let server = Server::start(|_, asked| {
        Json(if asked.uri.path().ends_with("/markdown") {
            json!({"object": "page_markdown", "id": ID, "markdown": "# Hi", "truncated": false, "unknown_block_ids": []})
        } else {
            json!({"object": "list", "results": [{"id": "b1"}], "next_cursor": "c2"})
        })
    })
    .await;
    let read = data(call(&server, "notion_get_page_content", json!({"page_id": ID})).await);
    assert_eq!(read["content"], "# Hi");
    let arguments = json!({"page_id": ID, "format": "structured", "start_cursor": "c1"});
    let read = data(call(&server, "notion_get_page_content", arguments).await);
    assert_eq!(read, json!({"page_id": ID, "blocks": [{"id": "b1"}], "next_cursor": "c2"}));
    let asked = server.asked();
    assert_eq!(asked[0].uri.to_string(), format!("/pages/{ID}/markdown"));
    assert_eq!(asked[1].uri.to_string(), format!("/blocks/{ID}/children?page_size=100&start_cursor=c1"));
    let (client, target) = (server.client(&[]), server.target(Some(TOKEN)));
    let page = connector_of("notion_x")
        .read_resource(&client, &target, &format!("notion://page/{ID}"))
        .await
        .unwrap();
    assert_eq!(page.data, ResourceData::Text("# Hi".to_owned()));
}

#[tokio::test]
async fn a_new_notion_page_has_a_parent_of_any_kind_and_a_text_in_markdown() {
    let server =
        Server::json(200, json!({"id": ID, "url": "https://example.com", "created_time": "x"})).await;
    let arguments =
        json!({"parent_id": ID, "parent_type": "page_id", "title": "Plan", "content": "- [ ] begin"});
    data(call(&server, "notion_create_page", arguments).await);
    let title = json!({"title": {"title": [{"text": {"content": "Plan"}}]}});
    let parent = json!({"type": "page_id", "page_id": ID});
    assert_eq!(
        sent(&server.asked()[0]),
        json!({"parent": parent, "properties": title, "markdown": "- [ ] begin"})
    );
}
