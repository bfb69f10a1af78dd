//! What GitLab, Bitbucket and Linear do that no description of their APIs shows: errors by field, logs, pages, identifiers.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use connectors::{Catalog, ResourceData, ToolResult};
use serde_json::{Value, json};

use crate::server::{Server, TOKEN, object, text};

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

#[tokio::test]
async fn the_path_of_a_gitlab_project_is_one_segment() {
    let server = Server::json(200, json!([])).await;
    let arguments = json!({"project_id": "group/sub/project", "labels": "bug,ui"});
    let issues = data(call(&server, "gitlab_list_issues", arguments).await);
    assert_eq!(issues, json!({"issues": [], "next_page": null}));
    let asked = "/projects/group%2Fsub%2Fproject/issues?state=opened&labels=bug%2Cui&per_page=20";
    assert_eq!(server.asked()[0].uri.to_string(), asked);
}

#[tokio::test]
async fn a_gitlab_project_comes_without_the_token_of_its_runners() {
    let project = json!({"id": 1, "path_with_namespace": "a/b", "runners_token": "GR1348941"});
    let server = Server::json(200, project).await;
    let read = call(&server, "gitlab_get_project", json!({"project_id": "a/b"})).await;
    assert_eq!(text(&read), r#"{"id":1,"path_with_namespace":"a/b"}"#);
    let connector = Catalog::new().connector("gitlab").unwrap().unwrap();
    let (client, target) = (server.client(&[]), server.target(Some(TOKEN)));
    let read = connector.read_resource(&client, &target, "gitlab://project/a/b").await.unwrap();
    assert_eq!(read.data, ResourceData::Text(r#"{"id":1,"path_with_namespace":"a/b"}"#.to_owned()));
    assert_eq!(server.asked()[1].uri.path(), "/projects/a%2Fb");
}

#[tokio::test]
async fn a_gitlab_file_is_read_at_the_head_of_its_project() {
    let server = Server::start(|_, _| ([("content-type", "text/plain")], "fn main() {}\n")).await;
    let arguments = json!({"project_id": "a/b", "file_path": "/src/main.rs"});
    let file = call(&server, "gitlab_get_file", arguments).await;
    assert!(text(&file).ends_with("fn main() {}\n"), "{file:?}");
    let asked = &server.asked()[0];
    assert_eq!(asked.uri.to_string(), "/projects/a%2Fb/repository/files/src%2Fmain.rs/raw?ref=HEAD");
    assert_eq!(asked.header("accept"), Some("*/*"));
}

#[tokio::test]
async fn the_resources_of_bitbucket_begin_with_workspaces() {
    let server = Server::start(|_, asked| match asked.uri.path() {
        "/user/workspaces" => {
            Json(json!({"values": [{"administrator": true, "workspace": {"slug": "ada"}}]}))
        }
        _ => Json(
            json!({"values": [{"full_name": "ada/engine", "description": "", "updated_on": "2026-01-02"}]}),
        ),
    })
    .await;
    let connector = Catalog::new().connector("bitbucket").unwrap().unwrap();
    let (client, target) = (server.client(&[]), server.target(Some(TOKEN)));
    let listed = connector.list_resources(&client, &target).await.unwrap();
    assert_eq!(listed[0].uri, "bitbucket://workspace/ada");
    let read = connector.read_resource(&client, &target, &listed[0].uri).await.unwrap();
    let ResourceData::Text(repositories) = read.data else { panic!("{read:?}") };
    let repositories: Value = serde_json::from_str(&repositories).unwrap();
    assert_eq!(repositories[0]["uri"], "bitbucket://repo/ada/engine");
    connector.read_resource(&client, &target, "bitbucket://repo/ada/engine").await.unwrap();
    assert_eq!(server.asked()[2].uri.path(), "/repositories/ada/engine");
}

#[tokio::test]
async fn gitlab_says_what_is_wrong_with_each_field() {
    let wrong = json!({"message": {"title": ["can't be blank"], "base": ["is closed", "is locked"]}});
    let server = Server::json(422, wrong).await;
    let result = call(&server, "gitlab_create_issue", json!({"project_id": "1", "title": "x"})).await;
    assert!(result.is_error);
    let said = text(&result);
    assert!(said.contains("title: can't be blank") && said.contains("base: is closed, is locked"), "{said}");
    for (message, expected) in [
        (json!({"message": ["Another open merge request already exists"]}), "already exists"),
        (json!({"error": "invalid_token", "error_description": "Token was revoked"}), "Token was revoked"),
        (json!({"message": "404 Project Not Found"}), "404 Project Not Found"),
    ] {
        let server = Server::json(409, message).await;
        let result = call(&server, "gitlab_get_project", json!({"project_id": "1"})).await;
        assert!(text(&result).contains(expected), "{result:?}");
    }
}

#[tokio::test]
async fn the_end_of_a_log_tells_why_a_job_failed() {
    let log =
        "section_start:1:test\r\u{1b}[0Krunning 2 tests\n10 %\r100 %\r\n\u{1b}[31merror: it broke\u{1b}[0m\n";
    let server = Server::start(move |_, _| log.into_response()).await;
    let arguments = json!({"project_id": "1", "job_id": 7, "lines": 2});
    let tail = data(call(&server, "gitlab_get_job_log", arguments).await);
    assert_eq!(tail, json!({"text": "100 %\nerror: it broke", "lines": 2, "more": true}));
    assert_eq!(server.asked()[0].uri.path(), "/projects/1/jobs/7/trace");
}

#[tokio::test]
async fn of_a_long_bitbucket_log_only_the_end_is_asked_for() {
    let server = Server::start(|_, _| {
        (
            StatusCode::PARTIAL_CONTENT,
            [("content-range", "bytes 100-120/121")],
            "half a line\nthe last line\n",
        )
    })
    .await;
    let arguments = json!({"workspace": "w", "repo_slug": "r", "pipeline_uuid": "{1}", "step_uuid": "2"});
    let tail = data(call(&server, "bitbucket_get_step_log", arguments).await);
    assert_eq!(tail, json!({"text": "the last line", "lines": 1, "more": true}));
    let asked = &server.asked()[0];
    assert_eq!(asked.uri.path(), "/repositories/w/r/pipelines/%7B1%7D/steps/%7B2%7D/log");
    assert_eq!(asked.header("range"), Some("bytes=-1000000"));
}

#[tokio::test]
async fn bitbucket_pages_lead_on_by_number_or_by_what_their_urls_say() {
    let page = json!({"values": [], "page": 1, "pagelen": 25, "size": 60});
    let server = Server::json(200, page).await;
    let pipelines =
        data(call(&server, "bitbucket_list_pipelines", json!({"workspace": "w", "repo_slug": "r"})).await);
    assert_eq!(pipelines, json!({"pipelines": [], "next_page": 2}), "these pages have no `next`");
    assert_eq!(server.asked()[0].uri.query(), Some("sort=-created_on&pagelen=25"));
    let page = json!({"values": [{"hash": "ab", "author": null}], "next": "https://api.bitbucket.org/2.0/x?pagelen=1&page=k%2F2"});
    let server = Server::json(200, page).await;
    let arguments = json!({"workspace": "w", "repo_slug": "r", "revision": "main"});
    let commits = data(call(&server, "bitbucket_list_commits", arguments).await);
    assert_eq!(commits["next_page"], "k%2F2");
    assert_eq!(
        commits["commits"][0],
        json!({"hash": "ab", "message": null, "date": null, "author": null, "parents": []})
    );
}

#[tokio::test]
async fn bitbucket_says_what_is_wrong_with_each_field() {
    let wrong = json!({"type": "error", "error": {"message": "Bad request", "fields": {"source": ["branch not found"]}}});
    let server = Server::json(400, wrong).await;
    let arguments = json!({"workspace": "w", "repo_slug": "r", "title": "t", "source_branch": "b"});
    let result = call(&server, "bitbucket_create_pull_request", arguments).await;
    assert!(text(&result).contains("Bad request (source: branch not found)"), "{result:?}");
}

#[tokio::test]
async fn linear_teams_are_known_by_id_and_by_key() {
    let page =
        json!({"data": {"issues": {"nodes": [], "pageInfo": {"hasNextPage": true, "endCursor": "c1"}}}});
    let server = Server::start(move |_, _| Json(page.clone()).into_response()).await;
    let id = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
    for (team, expected) in
        [("ENG", json!({"key": {"eqIgnoreCase": "ENG"}})), (id, json!({"id": {"eq": id}}))]
    {
        let issues = data(call(&server, "linear_list_issues", json!({"teamId": team, "first": 5})).await);
        assert_eq!(issues, json!({"issues": [], "next_cursor": "c1"}));
        let asked: Value = serde_json::from_slice(&server.asked().last().unwrap().body).unwrap();
        assert_eq!(asked["variables"]["filter"], json!({"team": expected}));
        assert_eq!(asked["variables"]["first"], 5);
    }
}

#[tokio::test]
async fn linear_says_what_is_wrong_whatever_the_status() {
    let words = "teamId must be a UUID.";
    let error =
        json!({"message": "Argument Validation Error", "extensions": {"userPresentableMessage": words}});
    for status in [200, 400] {
        let server = Server::json(status, json!({"errors": [error], "data": null})).await;
        let result = call(&server, "linear_create_issue", json!({"title": "t", "teamId": "x"})).await;
        assert!(
            result.is_error && text(&result).contains("Argument Validation Error: teamId must be"),
            "{result:?}"
        );
        assert_eq!(server.asked().len(), 1, "a change is not repeated");
    }
}

#[tokio::test]
async fn names_of_bitbucket_issues_are_answered_with_where_they_went() {
    let server = Server::json(200, json!({})).await;
    let arguments = json!({"workspace": "w", "repo_slug": "r"});
    let result = call(&server, "bitbucket_list_issues", arguments).await;
    assert!(
        result.is_error && text(&result).contains("removed Bitbucket Issues on 2026-08-20"),
        "{result:?}"
    );
    assert!(server.asked().is_empty());
}
