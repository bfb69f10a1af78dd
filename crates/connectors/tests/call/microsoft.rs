//! Outlook, Teams, Excel and PowerPoint: what no description of Graph shows.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use connectors::{Catalog, Connector, ToolResult};
use serde_json::{Value, json};

use crate::server::{Server, TOKEN, object, text};

fn connector(service: &str) -> Arc<Connector> {
    Catalog::new().connector(service).unwrap().unwrap()
}

/// Calls a tool, whose connector's name is in front of it.
async fn call(server: &Server, tool: &str, arguments: Value) -> ToolResult {
    let connector = connector(tool.split('_').next().unwrap());
    let target = server.target(Some(TOKEN));
    connector.call(&server.client(&[]), &target, tool, &object(arguments)).await.unwrap()
}

/// The path and the query that a tool asks for, its query decoded.
async fn asked(tool: &str, arguments: Value) -> String {
    let server = Server::json(200, json!({"value": []})).await;
    let result = call(&server, tool, arguments).await;
    let Some(asked) = server.asked().first().cloned() else { return text(&result) };
    let query = url::form_urlencoded::parse(asked.uri.query().unwrap_or_default().as_bytes());
    let query: Vec<String> = query.map(|(name, value)| format!("{name}={value}")).collect();
    format!("{} {}", asked.uri.path(), query.join(" & "))
}

#[tokio::test]
async fn values_stay_within_the_texts_of_odata() {
    for (tool, arguments, expected) in [
        (
            "teams_get_user_by_email",
            json!({"email": "miles.o'brien@x.test' or 1 eq 1"}),
            "mail eq 'miles.o''brien@x.test'' or 1 eq 1' or userPrincipalName eq 'miles.o''brien@x.test'' or 1 eq 1'",
        ),
        (
            "outlook_search_messages",
            json!({"query": "from:ada \"plan \\ B\""}),
            r#"$search="from:ada \"plan \\ B\"""#,
        ),
        (
            "excel_list_workbooks",
            json!({"search_query": "a'b/c?d#e"}),
            "/me/drive/root/search(q='a''b%2Fc%3Fd%23e')",
        ),
        (
            "powerpoint_list_presentations",
            json!({"search_query": "it's"}),
            "/me/drive/root/search(q='it''s')",
        ),
        (
            "excel_read_range",
            json!({"item_id": "01/..x", "worksheet": "It's 50%?", "range": "'It''s'!A1"}),
            "/items/01%2F..x/workbook/worksheets/It%27s%2050%25%3F/range(address='''It''''s''!A1')",
        ),
        (
            "outlook_list_messages",
            json!({"folder_id": "a/b?c=d&e"}),
            "/me/mailFolders/a%2Fb%3Fc%3Dd%26e/messages",
        ),
    ] {
        let asked = asked(tool, arguments).await.replace("%27", "'").replace("%21", "!");
        assert!(asked.contains(&expected.replace("%27", "'")), "{tool} asks for {asked}");
    }
}

#[tokio::test]
async fn values_that_would_lead_elsewhere_are_refused() {
    for (tool, arguments) in [
        ("outlook_get_message", json!({"message_id": ".."})),
        ("excel_read_range", json!({"item_id": "x", "worksheet": "a/../../y", "range": "A1"})),
        ("excel_list_workbooks", json!({"search_query": "a/../b"})),
        ("powerpoint_delete_presentation", json!({"item_id": ""})),
        ("powerpoint_create_presentation", json!({"filename": "a/b"})),
        ("excel_create_workbook", json!({"filename": "a:b"})),
        ("teams_list_channels", json!({"team_id": "x\\..\\y"})),
    ] {
        let server = Server::json(200, json!({})).await;
        let result = call(&server, tool, arguments.clone()).await;
        assert!(result.is_error, "{tool} {arguments}");
        assert!(server.asked().is_empty(), "{tool} {arguments}");
    }
}

#[tokio::test]
async fn a_filter_begins_with_what_is_sorted_by() {
    let since = "receivedDateTime ge 1900-01-01T00:00:00Z and";
    for (arguments, expected) in [
        (json!({"filter": "isRead eq false"}), format!("$filter={since} (isRead eq false)")),
        (
            json!({"filter": "receivedDateTime ge 2026-01-01T00:00:00Z"}),
            "$filter=receivedDateTime ge 2026-01-01T00:00:00Z".to_owned(),
        ),
        (json!({"filter": "subject eq 'a'", "order_by": "subject"}), "$filter=subject eq 'a'".to_owned()),
    ] {
        let asked = asked("outlook_list_messages", arguments).await;
        assert!(asked.ends_with(&expected), "{asked}");
    }
    let focused = asked("outlook_list_focused_inbox", json!({"filter": "isRead eq false or 1 eq 1"})).await;
    assert!(focused.starts_with("/me/mailFolders/inbox/messages "), "{focused}");
    let filter =
        format!("$filter={since} inferenceClassification eq 'focused' and (isRead eq false or 1 eq 1)");
    assert!(focused.ends_with(&filter), "{focused}");
}

#[tokio::test]
async fn a_list_goes_on_with_the_token_of_the_next_link() {
    let server = Server::start(|before, _| {
        let next = "https://graph.microsoft.com/v1.0/me/chats?$top=25&%24skipToken=%5b%7b%22t%22%3a%22%2bR%3d%22%7d%5d";
        let chat = json!({"id": before.to_string()});
        let last = json!({"value": [chat]});
        Json(if before == 0 { json!({"value": [chat], "@odata.nextLink": next}) } else { last })
    })
    .await;
    let result = call(&server, "teams_list_chats", json!({"max_pages": 5})).await.structured_content.unwrap();
    assert_eq!(result["chats"].as_array().unwrap().len(), 2);
    assert_eq!(result["next_cursor"], Value::Null);
    let [_, second] = server.asked().try_into().unwrap();
    let query = url::form_urlencoded::parse(second.uri.query().unwrap().as_bytes()).into_owned();
    assert!(query.collect::<Vec<_>>().contains(&("$skiptoken".to_owned(), r#"[{"t":"+R="}]"#.to_owned())));
}

/// A server of workbooks, which refuses to be written to where it is told so.
async fn workbooks(refuses: bool) -> Server {
    Server::start(move |_, asked| -> Response {
        let path = asked.uri.path();
        if path.ends_with("/createSession") {
            return (StatusCode::CREATED, Json(json!({"id": "session-7"}))).into_response();
        }
        match asked.method.as_str() {
            "PATCH" if refuses => {
                let error = json!({"error": {"code": "InvalidArgument", "message": "That is no formula."}});
                (StatusCode::BAD_REQUEST, Json(error)).into_response()
            }
            "POST" => StatusCode::NO_CONTENT.into_response(),
            _ => Json(json!({"address": "S!Z1", "values": [[3]], "formulas": [["=1+2"]]})).into_response(),
        }
    })
    .await
}

#[tokio::test]
async fn a_formula_is_computed_within_a_session_that_keeps_nothing() {
    for (refuses, requests) in [(false, "POST PATCH GET POST"), (true, "POST PATCH POST")] {
        let server = workbooks(refuses).await;
        let arguments = json!({"item_id": "01A", "worksheet": "S", "cell": "Z1", "formula": "=1+2"});
        let result = call(&server, "excel_run_formula", arguments).await;
        let asked = server.asked();
        let methods: Vec<&str> = asked.iter().map(|one| one.method.as_str()).collect();
        assert_eq!(methods.join(" "), requests);
        assert_eq!(asked[0].body, Bytes::from_static(br#"{"persistChanges":false}"#));
        assert_eq!(asked[0].header("workbook-session-id"), None);
        assert!(asked[1..].iter().all(|one| one.header("workbook-session-id") == Some("session-7")));
        assert!(asked.last().unwrap().uri.path().ends_with("/closeSession"));
        assert_eq!(result.is_error, refuses);
        if refuses {
            assert!(text(&result).contains("That is no formula. - InvalidArgument"), "{result:?}");
        } else {
            assert_eq!(result.structured_content.unwrap()["value"], 3);
        }
    }
}

#[tokio::test]
async fn nothing_is_written_where_no_session_was_opened() {
    let server = Server::json(200, json!({"id": null})).await;
    let arguments = json!({"item_id": "01A", "worksheet": "S", "cell": "Z1", "formula": "=1+2"});
    let result = call(&server, "excel_run_formula", arguments).await;
    assert!(result.is_error && text(&result).contains("session"), "{result:?}");
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn new_files_are_packages_and_replace_none() {
    for (tool, filename, name) in [
        ("excel_create_workbook", "budget 2026", "budget%202026.xlsx"),
        ("excel_create_workbook", "Budget.XLSX", "Budget.XLSX"),
        ("powerpoint_create_presentation", "plan", "plan.pptx"),
    ] {
        let server = Server::json(201, json!({"id": "01A", "name": filename})).await;
        let result = call(&server, tool, json!({"filename": filename})).await;
        assert!(!result.is_error, "{result:?}");
        let [upload] = server.asked().try_into().unwrap();
        assert_eq!(upload.uri.path(), format!("/me/drive/root:/{name}:/content"));
        assert_eq!(upload.uri.query(), Some("%40microsoft.graph.conflictBehavior=fail"));
        assert!(upload.body.starts_with(b"PK\x03\x04"), "a zip archive");
    }
}

#[tokio::test]
async fn slides_are_read_from_the_file_even_where_there_is_no_preview() {
    let uploads = Server::json(201, json!({})).await;
    call(&uploads, "powerpoint_create_presentation", json!({"filename": "plan"})).await;
    let file = uploads.asked()[0].body.clone();
    let server = Server::start(move |_, asked| match asked.uri.path() {
        path if path.ends_with("/content") => file.clone().into_response(),
        _ => StatusCode::FORBIDDEN.into_response(),
    })
    .await;
    let listed = call(&server, "powerpoint_list_slides", json!({"item_id": "01A"})).await;
    assert_eq!(
        listed.structured_content.unwrap(),
        json!({"slide_count": 1, "slides": [{"slide_number": 1, "title": null, "text": "", "hidden": false}]})
    );
    let read =
        call(&server, "powerpoint_get_slide_content", json!({"item_id": "01A", "slide_number": 1})).await;
    let read = read.structured_content.unwrap();
    assert_eq!(read["slides"].as_array().unwrap().len(), 1);
    assert_eq!(read["embed_url"], Value::Null);
}

#[tokio::test]
async fn an_attachment_is_a_file() {
    let server = Server::start(|_, _| ([("content-type", "image/png")], &b"\x89PNG\r\n"[..])).await;
    let result =
        call(&server, "outlook_get_attachment", json!({"message_id": "AAMk=", "attachment_id": "AAE="}))
            .await;
    assert_eq!(server.asked()[0].uri.path(), "/me/messages/AAMk%3D/attachments/AAE%3D/$value");
    let result = serde_json::to_value(&result).unwrap();
    assert_eq!(
        result["content"][0]["resource"],
        json!({"uri": "outlook://attachment/AAMk%3D/AAE%3D", "mimeType": "image/png", "blob": "iVBORw0K"})
    );
}

#[tokio::test]
async fn texts_in_html_are_read_as_markdown() {
    let html = "<div><p>Hi <at id=\"0\">Ada</at>, <b>now</b>: <a href=\"https://x.test\">x</a></p></div>";
    let markdown = "Hi Ada, **now**: [x](https://x.test)";
    let message = json!({"id": "1", "body": {"contentType": "html", "content": html}});
    let server = Server::json(200, message.clone()).await;
    let read = call(&server, "outlook_get_message", json!({"message_id": "1"})).await;
    assert_eq!(read.structured_content.unwrap()["body"], markdown);
    let read = json!({"team_id": "t", "channel_id": "c", "message_id": "1"});
    let read = call(&server, "teams_get_channel_message", read).await.structured_content.unwrap();
    assert_eq!(read["body"], json!({"contentType": "markdown", "content": markdown}));

    let server = Server::json(200, json!({"value": [message]})).await;
    let read = call(&server, "teams_list_chat_messages", json!({"chat_id": "c"})).await;
    assert_eq!(read.structured_content.unwrap()["messages"][0]["body"]["content"], markdown);
}
