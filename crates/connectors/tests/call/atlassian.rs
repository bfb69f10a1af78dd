//! Jira and Confluence: sites, credentials, Jira Data Center, and texts that are Markdown on one side.

use std::sync::Arc;

use axum::Json;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connectors::{CallTarget, Catalog, Connector, ToolResult, compile};
use serde_json::{Value, json};

use crate::server::{Asked, Server, TOKEN, object, text, with_credential};

fn connector(service: &str) -> Arc<Connector> {
    Catalog::new().connector(service).unwrap().unwrap()
}

/// Calls a tool of an installation with settings.
async fn call(server: &Server, tool: &str, settings: Value, arguments: Value) -> ToolResult {
    let connector = connector(tool.split('_').next().unwrap());
    let target = CallTarget { settings: object(settings), ..server.target(Some(TOKEN)) };
    connector.call(&server.client(&[]), &target, tool, &object(arguments)).await.unwrap()
}

fn data(result: ToolResult) -> Value {
    assert!(!result.is_error, "{result:?}");
    result.structured_content.unwrap()
}

/// The last request's method and URL, and its body.
fn last(server: &Server) -> (String, Value) {
    let asked = server.asked().pop().unwrap();
    let query = asked.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let body = serde_json::from_slice(&asked.body).unwrap_or_default();
    (format!("{} {}{query}", asked.method, asked.uri.path()), body)
}

fn document_of(markdown: &str) -> Value {
    json!({"type": "doc", "version": 1, "content": [
        {"type": "paragraph", "content": [{"type": "text", "text": markdown}]}]})
}

#[tokio::test]
async fn the_site_is_the_only_one_or_the_chosen_one() {
    // The token names the sites that it is for; each is listed once for each product.
    let sites = |_: usize, asked: &Asked| {
        if asked.uri.path() != "/oauth/token/accessible-resources" {
            return Json(json!({"issues": [], "results": []}));
        }
        let token = asked.header("authorization").unwrap().trim_start_matches("Bearer ").to_owned();
        let site = |name: &str, scope: &str| {
            json!({"id": format!("id-{name}"), "name": name, "url": format!("https://{name}.atlassian.net"),
                   "scopes": [scope], "avatarUrl": ""})
        };
        let both = |name: &str| [site(name, "read:jira-work"), site(name, "search:confluence")];
        Json(Value::Array(token.split('+').filter(|name| *name != "none").flat_map(both).collect()))
    };
    let server = Server::start(sites).await;
    for (service, tool, arguments, path) in [
        ("jira", "jira_search_issues", json!({"jql": "project = A"}), "/rest/api/3/search/jql"),
        ("confluence", "confluence_search_content", json!({"cql": "type = page"}), "/wiki/rest/api/search"),
    ] {
        let mut document = Catalog::new().document(service).unwrap().unwrap();
        document.base_url = format!("{}/ex/{service}/{{cloud_id}}", server.url());
        document.servers.insert("atlassian".to_owned(), server.url());
        let connector = compile(&document).unwrap();
        let called = async |token: &str, settings: Value| {
            let target = CallTarget { settings: object(settings), ..with_credential(token) };
            let arguments = object(arguments.clone());
            let result = connector.call(&server.client(&[]), &target, tool, &arguments).await.unwrap();
            if result.is_error { text(&result) } else { server.asked().pop().unwrap().uri.path().to_owned() }
        };
        let at = |site: &str| format!("/ex/{service}/id-{site}{path}");
        assert_eq!(called("one", json!({})).await, at("one"));
        for site in ["two.atlassian.net", "https://TWO.atlassian.net/wiki", "id-two"] {
            assert_eq!(called("one+two", json!({"site": site})).await, at("two"), "{site}");
        }
        let several = called("one+two", json!({})).await;
        assert!(several.contains("`native.config.site`"), "{several}");
        assert!(several.contains("one.atlassian.net, two.atlassian.net"), "{several}");
        let foreign = called("one", json!({"site": "other.atlassian.net"})).await;
        assert!(foreign.starts_with("The account does not reach other.atlassian.net"), "{foreign}");
        let none = called("none", json!({})).await;
        assert!(none.contains("reaches no site"), "{none}");
    }
}

#[tokio::test]
async fn a_token_is_sent_as_bearer_and_a_name_with_a_token_as_basic() {
    let server = Server::json(200, json!({"accountId": "5b10"})).await;
    for (credential, sent) in [
        ("eyJh.bGci", "Bearer eyJh.bGci".to_owned()),
        ("ada@example.com:key", format!("Basic {}", STANDARD.encode("ada@example.com:key"))),
    ] {
        let target = server.target(Some(credential));
        let client = server.client(&[]);
        let result =
            connector("jira").call(&client, &target, "jira_get_current_user", &object(json!({}))).await;
        assert!(!result.unwrap().is_error);
        assert_eq!(server.asked().pop().unwrap().header("authorization"), Some(sent.as_str()));
    }
}

#[tokio::test]
async fn texts_of_jira_are_documents_there_and_markdown_here() {
    let server = Server::json(
        200,
        json!({"id": "1", "author": {"displayName": "Ada"}, "created": "2026-01-02", "body": document_of("2 * 3")}),
    )
    .await;
    let comment = json!({"issue_key": "ABC-1", "body": "See **this**, [@Ada](accountid:5b10)"});
    let result = call(&server, "jira_add_comment", json!({}), comment).await;
    let (asked, body) = last(&server);
    assert_eq!(asked, "POST /rest/api/3/issue/ABC-1/comment");
    assert_eq!(
        body["body"]["content"][0]["content"],
        json!([
            {"type": "text", "text": "See "},
            {"type": "text", "text": "this", "marks": [{"type": "strong"}]},
            {"type": "text", "text": ", "},
            {"type": "mention", "attrs": {"id": "5b10", "text": "@Ada"}},
        ])
    );
    assert_eq!(result.structured_content.unwrap()["body"], "2 * 3");
}

#[tokio::test]
async fn jira_data_center_is_asked_as_it_wants_to_be() {
    let settings = || json!({"edition": "data_center"});
    let page = json!({"startAt": 0, "maxResults": 1, "total": 3, "issues": [{"key": "ABC-1", "fields": {"description": "h1. Wiki"}}]});
    let server = Server::json(200, page).await;
    let found = call(&server, "jira_search_issues", settings(), json!({"jql": "project = A"})).await;
    assert!(
        last(&server).0.starts_with("GET /rest/api/2/search?jql=project%20%3D%20A&"),
        "{:?}",
        last(&server)
    );
    let found = found.structured_content.unwrap();
    assert_eq!(found["next_page_token"], "1");
    assert_eq!(found["issues"][0]["fields"]["description"], "h1. Wiki", "texts stay as they are");
    let next = json!({"jql": "project = A", "next_page_token": "1"});
    call(&server, "jira_search_issues", settings(), next).await;
    assert!(last(&server).0.ends_with("startAt=1"), "{:?}", last(&server));
    call(&server, "jira_search_issues", settings(), json!({"jql": "ORDER BY rank"})).await;
    assert!(last(&server).0.contains("?jql=ORDER%20BY%20rank&"), "nothing is left out where nothing need be");
    call(&server, "jira_get_sprint_issues", settings(), json!({"sprint_id": 7})).await;
    assert!(last(&server).0.starts_with("GET /rest/agile/1.0/sprint/7/issue?"), "{:?}", last(&server));

    let server = Server::json(201, json!({"id": "1", "key": "ABC-1"})).await;
    let issue = json!({"project_key": "ABC", "summary": "S", "issue_type": "Task", "description": "*wiki*", "assignee_id": "ada"});
    call(&server, "jira_create_issue", settings(), issue).await;
    let (asked, body) = last(&server);
    assert_eq!(asked, "POST /rest/api/2/issue");
    assert_eq!(body["fields"]["description"], "*wiki*");
    assert_eq!(body["fields"]["assignee"], json!({"name": "ada"}));

    call(&server, "jira_assign_issue", settings(), json!({"issue_key": "ABC-1", "account_id": null})).await;
    assert_eq!(last(&server), ("PUT /rest/api/2/issue/ABC-1/assignee".to_owned(), json!({"name": null})));
    let transition = json!({"issue_key": "ABC-1", "transition_id": "5", "comment": "*wiki*"});
    call(&server, "jira_transition_issue", settings(), transition).await;
    assert_eq!(last(&server).1["update"], json!({"comment": [{"add": {"body": "*wiki*"}}]}));

    let server = Server::json(200, json!([{"name": "ada", "displayName": "Ada"}])).await;
    let users = data(call(&server, "jira_search_users", settings(), json!({"query": "ada"})).await);
    assert_eq!(last(&server).0, "GET /rest/api/2/user/search?username=ada&maxResults=10");
    assert_eq!(users["users"][0]["accountId"], "ada");
}

#[tokio::test]
async fn a_query_that_only_orders_is_given_the_restriction_that_jira_cloud_demands() {
    let server = Server::json(200, json!({"issues": [], "isLast": true})).await;
    for (jql, sent) in [
        ("order by created", "updated%20%3E%3D%20-90d%20order%20by%20created"),
        ("key = A-1 ORDER BY key", "key%20%3D%20A-1%20ORDER%20BY%20key"),
    ] {
        call(&server, "jira_search_issues", json!({}), json!({"jql": jql})).await;
        let asked = last(&server).0;
        assert!(asked.starts_with(&format!("GET /rest/api/3/search/jql?jql={sent}&")), "{asked}");
    }
}

#[tokio::test]
async fn what_jira_data_center_lists_at_once_is_chosen_from_and_comes_in_pages() {
    let settings = || json!({"edition": "data_center"});
    let project = |key: &str, name: &str| json!({"id": "1", "key": key, "name": name});
    let all = json!([
        project("ABC", "Engine"),
        project("DEF", "Door"),
        project("ENG", "Other"),
        project("X", "Engineers")
    ]);
    let server = Server::json(200, all).await;
    for (arguments, keys, next) in [
        (json!({}), json!(["ABC", "DEF", "ENG", "X"]), json!(null)),
        (json!({"query": "eng"}), json!(["ABC", "ENG", "X"]), json!(null)),
        (json!({"query": "eng", "max_results": 2}), json!(["ABC", "ENG"]), json!(2)),
        (json!({"query": "eng", "max_results": 2, "start_at": 2}), json!(["X"]), json!(null)),
        (json!({"max_results": 2, "max_pages": 2}), json!(["ABC", "DEF", "ENG", "X"]), json!(null)),
    ] {
        let listed = data(call(&server, "jira_list_projects", settings(), arguments.clone()).await);
        assert_eq!(last(&server).0, "GET /rest/api/2/project?expand=description,lead");
        let found: Vec<&Value> =
            listed["projects"].as_array().unwrap().iter().map(|one| &one["key"]).collect();
        assert_eq!((json!(found), &listed["next_start_at"]), (keys, &next), "{arguments}");
    }

    let version = |name: &str, released: bool, archived: bool| json!({"name": name, "released": released, "archived": archived});
    let all = [version("1", true, true), version("2", true, false), version("3", false, false)];
    let server = Server::json(200, json!({"isLast": true, "startAt": 0, "values": all})).await;
    for (status, name) in [("archived", "1"), ("released", "2"), ("unreleased", "3")] {
        let arguments = json!({"project_key": "ABC", "status": status});
        let listed = data(call(&server, "jira_list_versions", settings(), arguments).await);
        let names: Vec<&Value> =
            listed["versions"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
        assert_eq!(json!(names), json!([name]));
    }
}

#[tokio::test]
async fn comments_and_work_logs_in_fields_of_an_issue_are_markdown() {
    let author = json!({"displayName": "Ada", "avatarUrls": {}});
    let issue = json!({"key": "ABC-1", "fields": {
        "comment": {"total": 1, "comments": [{"id": "1", "author": author, "created": "2026-01-02", "body": document_of("a")}]},
        "worklog": {"total": 1, "worklogs": [{"id": "2", "author": author, "started": "2026-01-03", "timeSpent": "1h", "comment": document_of("b")}]},
        "customfield_10010": document_of("c"), "customfield_10011": null, "assignee": author,
    }});
    let fields = json!({
        "comment": {"total": 1, "comments": [{"id": "1", "author": "Ada", "created": "2026-01-02", "body": "a"}]},
        "worklog": {"total": 1, "worklogs": [{"id": "2", "author": "Ada", "started": "2026-01-03", "timeSpent": "1h", "comment": "b"}]},
        "customfield_10010": "c", "assignee": {"displayName": "Ada"},
    });
    let server = Server::json(200, issue.clone()).await;
    let read = data(call(&server, "jira_get_issue", json!({}), json!({"issue_key": "ABC-1"})).await);
    assert_eq!(read["fields"], fields);
    let server = Server::json(200, json!({"issues": [issue], "isLast": true})).await;
    let found = data(
        call(&server, "jira_search_issues", json!({}), json!({"jql": "key = ABC-1", "fields": ["*all"]}))
            .await,
    );
    assert_eq!(found, json!({"issues": [{"key": "ABC-1", "fields": fields}], "next_page_token": null}));
}

#[tokio::test]
async fn a_page_is_changed_from_the_version_that_it_has_or_the_one_that_is_named() {
    let page = |version: u64| json!({"id": "7", "title": "T", "version": {"number": version}, "_links": {"base": "https://a.test/wiki", "webui": "/x"}});
    let server =
        Server::start(move |_, asked: &Asked| Json(page(if asked.method == "GET" { 3 } else { 4 }))).await;
    let change = |more: Value| {
        let mut arguments = json!({"page_id": "7", "title": "T", "body": "a **b**"});
        arguments.as_object_mut().unwrap().extend(object(more));
        arguments
    };
    let result = call(&server, "confluence_update_page", json!({}), change(json!({"message": "why"}))).await;
    let (asked, body) = last(&server);
    assert_eq!((asked.as_str(), server.asked().len()), ("PUT /wiki/api/v2/pages/7", 2));
    assert_eq!(body["version"], json!({"number": 4, "message": "why"}));
    assert_eq!(body["body"]["representation"], "atlas_doc_format");
    let document: Value = serde_json::from_str(body["body"]["value"].as_str().unwrap()).unwrap();
    assert_eq!(document["content"][0]["content"][1]["marks"], json!([{"type": "strong"}]));
    assert_eq!(result.structured_content.unwrap()["url"], "https://a.test/wiki/x");

    // The version that a caller has read: nobody else's change is overwritten.
    call(
        &server,
        "confluence_update_page",
        json!({}),
        change(json!({"version_number": 2, "body": "<p>x</p>"})),
    )
    .await;
    let (_, body) = last(&server);
    assert_eq!((body["version"]["number"].clone(), server.asked().len()), (json!(3), 3));
    assert_eq!(body["body"], json!({"representation": "storage", "value": "<p>x</p>"}));
}

#[tokio::test]
async fn a_page_is_read_as_markdown_or_as_it_is_stored() {
    let value = document_of("Hello").to_string();
    let page = json!({"id": "7", "title": "T", "body": {"atlas_doc_format": {"value": value}, "storage": {"value": "<p>Hello</p>"}}});
    let server = Server::json(200, page).await;
    for (format, asked, body) in
        [("markdown", "atlas_doc_format", "Hello"), ("storage", "storage", "<p>Hello</p>")]
    {
        let read = json!({"page_id": "7", "format": format});
        let result = call(&server, "confluence_get_page", json!({}), read).await;
        assert_eq!(last(&server).0, format!("GET /wiki/api/v2/pages/7?body-format={asked}"));
        assert_eq!(result.structured_content.unwrap()["body"], body);
    }
}

#[tokio::test]
async fn a_change_of_a_page_that_somebody_else_has_changed_fails_in_confluences_words() {
    let words =
        "Version must be incremented when updating a page. Current Version: [5]. Provided version: [4]";
    let refusal = json!({"errors": [{"status": 409, "code": "CONFLICT", "title": words, "detail": null}]});
    let server = Server::json(409, refusal).await;
    let change = json!({"page_id": "7", "title": "T", "body": "x", "version_number": 3});
    let refused = call(&server, "confluence_update_page", json!({}), change).await;
    assert!(refused.is_error && text(&refused).contains(words), "{refused:?}");
    assert_eq!(server.asked().len(), 1, "it is not tried again");
}

#[tokio::test]
async fn a_draft_is_looked_up_as_one_and_stays_at_version_one() {
    let server = Server::json(200, json!({"id": "7", "title": "T", "version": {"number": 1}})).await;
    let change = json!({"page_id": "7", "title": "T", "body": "x", "status": "draft"});
    data(call(&server, "confluence_update_page", json!({}), change).await);
    let asked = server.asked();
    assert_eq!(asked[0].uri.to_string(), "/wiki/api/v2/pages/7?get-draft=true");
    assert_eq!(last(&server).1["version"], json!({"number": 1}));
}

#[tokio::test]
async fn a_text_that_begins_with_a_tag_is_in_the_storage_format_and_every_other_is_markdown() {
    let server = Server::json(200, json!({"id": "7", "status": "current"})).await;
    for (body, representation) in [
        ("<p>x</p>", "storage"),
        ("\n <ac:image><ri:url ri:value=\"https://a.test/i.png\" /></ac:image>", "storage"),
        ("<br/>x", "storage"),
        ("x <p>", "atlas_doc_format"),
        ("<https://a.test> is the place", "atlas_doc_format"),
        ("<ada@example.com>", "atlas_doc_format"),
        ("< 3", "atlas_doc_format"),
    ] {
        let comment = json!({"page_id": "7", "body": body});
        data(call(&server, "confluence_add_comment", json!({}), comment).await);
        let (asked, sent) = last(&server);
        assert_eq!(asked, "POST /wiki/api/v2/footer-comments");
        assert_eq!(sent["body"]["representation"], representation, "{body}");
    }
}

#[tokio::test]
async fn a_page_of_results_leads_to_the_next_by_its_cursor_as_it_was_before_it_was_put_into_a_link() {
    let next = "/rest/api/search?limit=1&cursor=_f_MQ%3D%3D%2B%2F_sa_%7B%22a%22%7D&cql=type%20%3D%20page";
    let found = json!({
        "results": [{"title": "T", "url": "/spaces/DEV/pages/7/T", "content": {"id": "7", "type": "page"}}],
        "_links": {"base": "https://ada.atlassian.net/wiki", "next": next},
    });
    let server = Server::json(200, found).await;
    let search = |more: Value| {
        let mut arguments = object(json!({"cql": "type = page"}));
        arguments.extend(object(more));
        Value::Object(arguments)
    };
    let first = data(call(&server, "confluence_search_content", json!({}), search(json!({}))).await);
    assert_eq!(first["results"][0]["url"], "https://ada.atlassian.net/wiki/spaces/DEV/pages/7/T");
    assert_eq!(first["next_cursor"], "_f_MQ==+/_sa_{\"a\"}");
    let more = search(json!({"cursor": first["next_cursor"]}));
    data(call(&server, "confluence_search_content", json!({}), more).await);
    let asked = last(&server).0;
    assert!(asked.ends_with("cursor=_f_MQ%3D%3D%2B%2F_sa_%7B%22a%22%7D"), "{asked}");
}
