//! What is wrong with requests, servers, credentials and base URLs.

use super::{GOOD, assert_told, compile, parse};

const REQUEST: &str = r#"request: {method: GET, url: "/things/{id}"}"#;

#[test]
fn servers_and_bodies_are_checked() {
    assert_told(&[
        ("https://files.demo.test/v2", "files.demo.test", "servers.files: not an https URL"),
        ("https://files.demo.test/v2", "https://files.demo.test/{x}", "servers.files: not an https URL"),
        (
            "{method: GET,",
            "{method: GET, server: flies,",
            "tools[0].request.server: there is no server \"flies\"; name one of `servers`: files",
        ),
        (
            REQUEST,
            r#"request: {method: GET, server: files, url: "https://files.demo.test/{id}"}"#,
            "tools[0].request.server: given, and the URL names its host",
        ),
        (
            "{method: GET,",
            "{method: PUT, safe: true,",
            "tools[0].request.safe: said of a request that is no POST",
        ),
        (
            "{method: GET,",
            "{method: POST, encoding: form,",
            "tools[0].request.encoding: given, and there is no body",
        ),
        (
            "{method: GET,",
            "{method: PUT, graphql: '{ a }',",
            "tools[0].request.graphql: the method is not POST",
        ),
        (
            "{method: GET,",
            "{method: POST, graphql: 'query {',",
            "tools[0].request.graphql: not a GraphQL document",
        ),
        (
            "{method: GET,",
            "{method: POST, encoding: form, graphql: '{ a }',",
            "tools[0].request.encoding: GraphQL is sent as JSON",
        ),
        (
            "{method: GET,",
            "{method: POST, safe: true, graphql: '{ a }',",
            "tools[0].request.safe: said of GraphQL",
        ),
        ("tools:", "failure: '.['\ntools:", "failure: the jq program is not valid"),
        ("tools:", "auth: {scheme: body}\ntools:", "auth.field: missing, and the scheme is `body`"),
        ("tools:", "auth: {field: key}\ntools:", "auth.field: given, and the scheme is not `body`"),
        (
            "tools:",
            "auth: {scheme: body, field: key}\ntools:",
            "auth.scheme: `body`, and a request of demo_get_thing has no JSON body",
        ),
    ]);
}

#[test]
fn base_urls_with_variables_are_checked() {
    let lookup = "baseVariables:\n  request: {method: GET, server: files, url: /sites}\n  response: '{site: .[0].id}'\n";
    let base = "https://api.demo.test/v1";
    let with = |base: &str, lookup: &str| format!("{base}\n{lookup}");
    assert_told(&[
        (
            base,
            &with("https://api.demo.test/{site}", ""),
            "baseUrl: variables, and nothing gives their values",
        ),
        (base, &with(base, lookup), "baseUrl: no variables, and `baseVariables` looks some up"),
        (base, &with("https://{site}.demo.test/", lookup), "baseUrl: a variable outside the path"),
        (base, &with("https://demo.test/?site={site}", lookup), "baseUrl: a variable outside the path"),
        (base, &with("https://demo.test/{+site}", lookup), "baseUrl: the operator `{+...}`"),
        (base, &with("ftp://demo.test/{site}", lookup), "baseUrl: not an https URL"),
        (
            base,
            &with("https://demo.test/{site}", &lookup.replace("server: files, ", "")),
            "baseVariables.request: the request needs the base URL that it is to find",
        ),
        (
            base,
            &with("https://demo.test/{site}", &lookup.replace("GET", "POST")),
            "baseVariables.request: looking up would change",
        ),
        (
            base,
            &with("https://demo.test/{site}", &lookup.replace("/sites", "'/sites/{id}'")),
            "baseVariables.request.url: the variable `id` is no argument",
        ),
    ]);
    let text = GOOD.replacen(base, &with("https://demo.test/sites/{site}/v1", lookup), 1);
    compile(&parse(&text).unwrap()).unwrap();
}

#[test]
fn what_only_reads_is_read_only_by_whatever_way_it_shows() {
    let hints = |request: &str| {
        let connector = compile(&parse(&GOOD.replace(REQUEST, request)).unwrap()).unwrap();
        let hints = &connector.tools()[0].annotations;
        (hints.read_only_hint, hints.destructive_hint, hints.idempotent_hint)
    };
    let (reads, writes) = ((true, false, true), (false, true, false));
    assert_eq!(hints("request: {method: POST, safe: true, url: /search, body: '{id}'}"), reads);
    assert_eq!(hints("request: {method: POST, url: '', graphql: 'query { a }'}"), reads);
    assert_eq!(hints("request: {method: POST, url: '', graphql: 'mutation { a }'}"), writes);
    assert_eq!(hints("request: {method: POST, url: /search, body: '{id}'}"), writes);
}
