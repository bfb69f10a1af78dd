//! What Google's connectors do that no description of the APIs shows: queries that values cannot leave, mail and its
//! files, notes that are there or not, and steps that follow from one another.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use connectors::{Catalog, Content, ResourceData, ToolResult};
use serde_json::{Value, json};

use crate::server::{Asked, Server, TOKEN, object, text};

async fn call(server: &Server, tool: &str, arguments: Value) -> ToolResult {
    let catalog = Catalog::new();
    let service = catalog.services().find(|service| tool.starts_with(&format!("{service}_"))).unwrap();
    let connector = catalog.connector(service).unwrap().unwrap();
    connector.call(&server.client(&[]), &server.target(Some(TOKEN)), tool, &object(arguments)).await.unwrap()
}

fn data(result: ToolResult) -> Value {
    assert!(!result.is_error, "{result:?}");
    result.structured_content.unwrap()
}

fn body(asked: &Asked) -> Value {
    serde_json::from_slice(&asked.body).unwrap()
}

fn query(asked: &Asked, name: &str) -> Option<String> {
    let pairs = url::form_urlencoded::parse(asked.uri.query()?.as_bytes());
    pairs.into_owned().find_map(|(key, value)| (key == name).then_some(value))
}

#[tokio::test]
async fn a_value_cannot_leave_its_place_in_a_query_of_drive() {
    let server = Server::json(200, json!({"files": []})).await;
    let hostile = r"it's \ x' or name contains '";
    let arguments = json!({"query": hostile, "owner_email": "a' in owners or 'b"});
    data(call(&server, "google_docs_search_documents", arguments.clone()).await);
    data(call(&server, "google_sheets_search_spreadsheets", arguments).await);
    data(call(&server, "google_slides_list_presentations", json!({"query": hostile})).await);
    data(call(&server, "google_docs_list_documents", json!({})).await);
    let queries: Vec<String> = server.asked().iter().map(|asked| query(asked, "q").unwrap()).collect();
    let escaped = r"it\'s \\ x\' or name contains \'";
    let owner = r"'a\' in owners or \'b' in owners";
    let kind = |name: &str| format!("mimeType='application/vnd.google-apps.{name}' and trashed=false");
    assert_eq!(
        queries,
        [
            format!("{} and fullText contains '{escaped}' and {owner}", kind("document")),
            format!("{} and name contains '{escaped}' and {owner}", kind("spreadsheet")),
            format!("{} and name contains '{escaped}'", kind("presentation")),
            kind("document"),
        ]
    );
}

#[tokio::test]
async fn a_range_is_one_segment_whatever_the_sheet_is_called() {
    let server = Server::json(200, json!({})).await;
    let range = "'Q1/2 ? #'!A1:B2";
    for tool in ["read_range", "clear_range", "append_rows", "write_range"] {
        let mut arguments = json!({"spreadsheet_id": "s", "range": range});
        if tool.ends_with("rows") || tool.starts_with("write") {
            arguments["values"] = json!([["a", 1, true, null]]);
        }
        let result = call(&server, &format!("google_sheets_{tool}"), arguments).await;
        assert!(!result.is_error, "{result:?}");
    }
    let encoded = "/spreadsheets/s/values/%27Q1%2F2%20%3F%20%23%27%21A1%3AB2";
    let paths: Vec<String> = server.asked().iter().map(|asked| asked.uri.path().to_owned()).collect();
    assert_eq!(paths, [encoded, &format!("{encoded}:clear"), &format!("{encoded}:append"), encoded]);
    assert_eq!(body(&server.asked()[3]), json!({"values": [["a", 1, true, null]]}));
}

#[tokio::test]
async fn formats_are_masked_by_what_is_given() {
    let server = Server::json(200, json!({"spreadsheetId": "s", "replies": [{}]})).await;
    let cells = json!({"spreadsheet_id": "s", "sheet_id": 0, "start_row": 0, "end_row": 1, "start_column": 0, "end_column": 2});
    let mut arguments = cells.clone();
    arguments["bold"] = json!(false);
    arguments["background_color"] = json!({"red": 1});
    call(&server, "google_sheets_format_range", arguments).await;
    let change = &body(&server.asked()[0])["requests"][0]["repeatCell"];
    assert_eq!(change["fields"], "userEnteredFormat.textFormat.bold,userEnteredFormat.backgroundColorStyle");
    assert_eq!(
        change["cell"]["userEnteredFormat"],
        json!({"backgroundColorStyle": {"rgbColor": {"red": 1}}, "textFormat": {"bold": false}})
    );
    let nothing = call(&server, "google_sheets_format_range", cells).await;
    assert!(nothing.is_error && text(&nothing).contains("at least one of bold"), "{nothing:?}");
    assert_eq!(server.asked().len(), 1);
}

/// A presentation with two slides: one with notes, one whose notes are empty.
fn slides(asked: &Asked) -> Json<Value> {
    let slide = |id: &str, runs: Value| {
        json!({"objectId": id, "slideProperties": {"notesPage": {
            "notesProperties": {"speakerNotesObjectId": format!("notes-{id}")},
            "pageElements": [{"objectId": format!("notes-{id}"), "shape": {"text": {"textElements": runs}}}],
        }}})
    };
    Json(match asked.method.as_str() {
        "GET" => json!({"slides": [
            slide("a", json!([{"endIndex": 3}, {"textRun": {"content": "Hi\n"}}])),
            slide("b", json!([{"textRun": {"content": "\n"}}])),
        ]}),
        _ => json!({"presentationId": "p", "replies": [{}]}),
    })
}

#[tokio::test]
async fn notes_are_deleted_only_where_there_are_some() {
    let insert = |id: &str| json!({"insertText": {"objectId": id, "insertionIndex": 0, "text": "New"}});
    let delete = |id: &str| json!({"deleteText": {"objectId": id, "textRange": {"type": "ALL"}}});
    for (arguments, expected) in [
        (json!({"slide_object_id": "a", "text": "New"}), json!([delete("notes-a"), insert("notes-a")])),
        (json!({"notes_object_id": "notes-b", "text": "New"}), json!([insert("notes-b")])),
        (
            json!({"slide_object_id": "a", "notes_object_id": "notes-a", "text": ""}),
            json!([delete("notes-a")]),
        ),
    ] {
        let server = Server::start(|_, asked| slides(asked)).await;
        let mut arguments = arguments;
        arguments["presentation_id"] = json!("p");
        let result = call(&server, "google_slides_update_speaker_notes", arguments).await;
        assert!(!result.is_error, "{result:?}");
        assert_eq!(body(&server.asked()[1]), json!({ "requests": expected }));
    }
    for (arguments, reason) in [
        (json!({"text": "New"}), "give slide_object_id or notes_object_id"),
        (json!({"slide_object_id": "c", "text": "New"}), "no slide of the presentation has these ids"),
        (
            json!({"slide_object_id": "a", "notes_object_id": "notes-b", "text": "New"}),
            "no slide of the presentation",
        ),
        (json!({"slide_object_id": "b", "text": ""}), "no speaker notes to remove"),
    ] {
        let server = Server::start(|_, asked| slides(asked)).await;
        let mut arguments = arguments;
        arguments["presentation_id"] = json!("p");
        let result = call(&server, "google_slides_update_speaker_notes", arguments).await;
        assert!(result.is_error && text(&result).contains(reason), "{result:?}");
        assert!(server.asked().iter().all(|asked| asked.method == "GET"), "nothing was changed");
    }
}

#[tokio::test]
async fn a_slide_that_is_not_there_is_told_with_how_many_there_are() {
    let server = Server::start(|_, asked| slides(asked)).await;
    let notes = |at: u32| {
        call(&server, "google_slides_get_speaker_notes", json!({"presentation_id": "p", "slide_index": at}))
    };
    assert_eq!(
        data(notes(0).await),
        json!({"slide_index": 0, "slide_object_id": "a", "notes_object_id": "notes-a", "speaker_notes": "Hi"})
    );
    let beyond = notes(2).await;
    assert!(
        beyond.is_error && text(&beyond).contains("there is no slide 2: the presentation has 2"),
        "{beyond:?}"
    );
}

#[tokio::test]
async fn a_document_that_was_made_is_told_though_its_text_could_not_be_inserted() {
    let server = Server::start(|before, _| -> Response {
        if before == 0 {
            return Json(json!({"documentId": "d1", "title": "T"})).into_response();
        }
        (StatusCode::FORBIDDEN, Json(json!({"error": {"message": "quota exceeded"}}))).into_response()
    })
    .await;
    let result =
        call(&server, "google_docs_create_document", json!({"title": "T", "initial_content": "x"})).await;
    let told = text(&result);
    assert!(
        result.is_error && told.contains("quota exceeded") && told.contains(r#""documentId":"d1""#),
        "{told}"
    );
    assert_eq!(server.asked()[1].uri.path(), "/documents/d1:batchUpdate");
    let server = Server::json(200, json!({"documentId": "d1", "title": "T"})).await;
    let made = data(call(&server, "google_docs_create_document", json!({"title": "T"})).await);
    assert_eq!(made["web_view_link"], "https://docs.google.com/document/d/d1/edit");
    assert_eq!(server.asked().len(), 1, "there is no text to insert");
}

/// A message of two parts, one of them a file.
fn message(id: &str) -> Value {
    json!({"id": id, "threadId": "t", "snippet": "Hi", "payload": {
        "mimeType": "multipart/mixed",
        "headers": [{"name": "From", "value": "Ada <ada@example.com>"}, {"name": "Subject", "value": format!("About {id}")},
            {"name": "Message-ID", "value": "<1@example.com>"}],
        "parts": [
            {"partId": "0", "mimeType": "text/plain", "filename": "", "body": {"data": "SGku"}},
            {"partId": "1", "mimeType": "image/png", "filename": "a.png", "body": {"attachmentId": "A/1", "size": 4}},
            {"partId": "2", "mimeType": "text/csv", "filename": "b.csv", "body": {"data": "YSxi", "size": 3}},
        ],
    }})
}

fn mailbox(asked: &Asked) -> Json<Value> {
    let path = asked.uri.path();
    Json(match path {
        "/messages" => {
            json!({"messages": [{"id": "m1", "threadId": "t"}, {"id": "m2", "threadId": "t"}], "nextPageToken": "n"})
        }
        "/profile" => json!({"emailAddress": "me@example.com"}),
        "/messages/send" => json!({"id": "sent", "threadId": "t", "labelIds": ["SENT"]}),
        "/messages/m1/attachments/A%2F1" => json!({"data": "iVBORw", "size": 4}),
        _ => message(path.trim_start_matches("/messages/")),
    })
}

#[tokio::test]
async fn a_list_of_mail_has_its_details_where_they_are_wanted() {
    let server = Server::start(|_, asked| mailbox(asked)).await;
    let plain = data(call(&server, "gmail_list_messages", json!({"labelIds": ["INBOX", "UNREAD"]})).await);
    assert_eq!(plain["messages"], json!([{"id": "m1", "threadId": "t"}, {"id": "m2", "threadId": "t"}]));
    assert_eq!(server.asked().len(), 1);
    assert!(server.asked()[0].uri.query().unwrap().ends_with("labelIds=INBOX&labelIds=UNREAD"));
    let full = data(call(&server, "gmail_search_messages", json!({"query": "x", "details": true})).await);
    let subjects: Vec<&Value> =
        full["messages"].as_array().unwrap().iter().map(|one| &one["subject"]).collect();
    assert_eq!(subjects, ["About m1", "About m2"], "in the order of the list");
    assert_eq!(full["nextPageToken"], "n");
    let many: Vec<Value> = (0..101).map(|at| json!({"id": format!("m{at}")})).collect();
    let server = Server::json(200, json!({ "messages": many })).await;
    let result = call(&server, "gmail_list_messages", json!({"maxResults": 500, "details": true})).await;
    assert!(result.is_error && text(&result).contains("at most 100"), "{result:?}");
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn an_attachment_is_a_file_and_a_resource() {
    let server = Server::start(|_, asked| mailbox(asked)).await;
    let attachment =
        |part: &str| call(&server, "gmail_get_attachment", json!({"message_id": "m1", "part_id": part}));
    let image = attachment("1").await;
    let Some(Content::Resource { resource }) =
        image.content.iter().find(|content| matches!(content, Content::Resource { .. }))
    else {
        panic!("{image:?}")
    };
    assert_eq!(resource.uri, "gmail://attachment/m1/1");
    assert_eq!(resource.mime_type.as_deref(), Some("image/png"));
    assert_eq!(resource.data, ResourceData::Blob("iVBORw==".to_owned()));
    let missing = attachment("7").await;
    assert!(missing.is_error && text(&missing).contains("no part \"7\""), "{missing:?}");
    let connector = Catalog::new().connector("gmail").unwrap().unwrap();
    let (client, target) = (server.client(&[]), server.target(Some(TOKEN)));
    let read = connector.read_resource(&client, &target, "gmail://attachment/m1/2").await.unwrap();
    assert_eq!(read.data, ResourceData::Text("a,b".to_owned()), "a short one is in the message itself");
}

#[tokio::test]
async fn an_answer_is_sent_in_its_thread() {
    let server = Server::start(|_, asked| mailbox(asked)).await;
    let result = call(&server, "gmail_reply_to_message", json!({"message_id": "m1", "body": "Yes."})).await;
    assert!(text(&result).contains("\"sent\""), "{result:?}");
    let sent = server.asked().into_iter().find(|asked| asked.method == "POST").unwrap();
    assert_eq!(body(&sent)["threadId"], "t");
    let injected = json!({"to": "a@example.com\r\nBcc: b@example.com", "subject": "s", "body": "b"});
    let refused = call(&server, "gmail_send_message", injected).await;
    assert!(refused.is_error && text(&refused).contains("`to` has a line break"), "{refused:?}");
    assert_eq!(server.asked().iter().filter(|asked| asked.method == "POST").count(), 1);
}

#[tokio::test]
async fn an_event_has_hours_or_whole_days() {
    let server = Server::json(200, json!({"id": "e"})).await;
    let hours = json!({"summary": "Talk", "start": "2026-01-31T09:00:00", "end": "2026-01-31T10:00:00", "time_zone": "Europe/Berlin",
        "attendees": ["ada@example.com"], "recurrence": ["RRULE:FREQ=WEEKLY"], "meet": true, "send_updates": "all"});
    call(&server, "google_calendar_create_event", hours).await;
    let days = json!({"calendar_id": "a b@x", "event_id": "e", "start": "2026-01-31", "end": "2026-02-01"});
    call(&server, "google_calendar_update_event", days).await;
    let asked = server.asked();
    assert_eq!(asked[0].uri.to_string(), "/calendars/primary/events?sendUpdates=all&conferenceDataVersion=1");
    let made = body(&asked[0]);
    assert_eq!(made["start"], json!({"dateTime": "2026-01-31T09:00:00", "timeZone": "Europe/Berlin"}));
    assert_eq!(made["attendees"], json!([{"email": "ada@example.com"}]));
    assert_eq!(made["conferenceData"]["createRequest"]["conferenceSolutionKey"]["type"], "hangoutsMeet");
    assert_eq!(asked[1].uri.path(), "/calendars/a%20b%40x/events/e");
    let day = |date: &str| json!({"date": date, "dateTime": null, "timeZone": null});
    assert_eq!(body(&asked[1]), json!({"start": day("2026-01-31"), "end": day("2026-02-01")}));
}

#[tokio::test]
async fn busy_times_are_listed_by_calendar_and_only_read() {
    let connector = Catalog::new().connector("google_calendar").unwrap().unwrap();
    assert!(connector.tool("google_calendar_free_busy").unwrap().annotations.read_only_hint);
    let busy = json!({"start": "2026-01-31T09:00:00Z", "end": "2026-01-31T10:00:00Z"});
    let reply =
        json!({"calendars": {"primary": {"busy": [busy]}, "x": {"errors": [{"reason": "notFound"}]}}});
    let server = Server::json(200, reply).await;
    let arguments = json!({"time_min": "2026-01-31T00:00:00Z", "time_max": "2026-02-01T00:00:00Z"});
    assert_eq!(
        data(call(&server, "google_calendar_free_busy", arguments).await),
        json!({"calendars": [{"id": "primary", "busy": [busy]}, {"id": "x", "busy": [], "errors": [{"reason": "notFound"}]}]})
    );
}

#[tokio::test]
async fn a_listed_calendar_can_be_read_whatever_its_id() {
    let id = "en.german#holiday@group.v.calendar.google.com";
    let server = Server::json(200, json!({"items": [{"id": id, "summary": "Holidays"}]})).await;
    let connector = Catalog::new().connector("google_calendar").unwrap().unwrap();
    let (client, target) = (server.client(&[]), server.target(Some(TOKEN)));
    let listed = connector.list_resources(&client, &target).await.unwrap();
    let calendar = listed.iter().find(|one| one.name == "Holidays").unwrap();
    connector.read_resource(&client, &target, &calendar.uri).await.unwrap();
    let asked = server.asked().pop().unwrap();
    assert_eq!(asked.uri.path(), "/calendars/en.german%23holiday%40group.v.calendar.google.com/events");
    assert!(query(&asked, "timeMin").unwrap().ends_with('Z'), "{asked:?}");
}

#[tokio::test]
async fn a_document_is_exported_as_a_file() {
    let server = Server::start(|_, _| ([("content-type", "application/pdf")], &b"%PDF\xff"[..])).await;
    let result = call(&server, "google_docs_export_document", json!({"document_id": "d"})).await;
    let Some(Content::Resource { resource }) = result.content.first() else { panic!("{result:?}") };
    assert_eq!(resource.uri, "google-docs://export/d/application%2Fpdf");
    assert_eq!(resource.mime_type.as_deref(), Some("application/pdf"));
    assert_eq!(query(&server.asked()[0], "mimeType").as_deref(), Some("application/pdf"));
    let connector = Catalog::new().connector("google_docs").unwrap().unwrap();
    let (client, target) = (server.client(&[]), server.target(Some(TOKEN)));
    let read = connector.read_resource(&client, &target, &resource.uri).await.unwrap();
    assert_eq!(read.data, resource.data);
}
