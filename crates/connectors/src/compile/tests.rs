//! What is wrong with documents, and where.

mod replies;
mod requests;

use super::compile;
use crate::load::parse;

const GOOD: &str = r#"
service: demo
title: Demo
baseUrl: https://api.demo.test/v1
allowedHosts: [files.demo.test]
servers: {files: 'https://files.demo.test/v2'}
tools:
  - name: get_thing
    description: Gets a thing.
    input: {type: object, required: [id], properties: {id: {type: string}}}
    request: {method: GET, url: "/things/{id}"}
    response: "{id}"
"#;

/// The problems of the good document with one text replaced by another.
fn problems(from: &str, to: &str) -> Vec<String> {
    assert!(GOOD.contains(from), "{from}");
    let document = parse(&GOOD.replacen(from, to, 1)).unwrap_or_else(|problem| panic!("{to}: {problem}"));
    compile(&document)
        .map_or_else(|problems| problems.iter().map(ToString::to_string).collect(), |_| Vec::new())
}

fn assert_told(cases: &[(&str, &str, &str)]) {
    for (from, to, expected) in cases {
        let found = problems(from, to);
        assert!(found.iter().any(|problem| problem.starts_with(expected)), "{expected}: {found:?}");
        assert!(found.iter().all(|problem| problem.contains("; ")), "{found:?}");
    }
}

#[test]
fn a_good_document_has_no_problem() {
    assert_eq!(problems("demo", "demo"), Vec::<String>::new());
}

#[test]
fn every_problem_names_its_field_and_a_remedy() {
    let request = r#"request: {method: GET, url: "/things/{id}"}"#;
    for (from, to, expected) in [
        ("service: demo", "service: De-mo", "service: not a service name"),
        ("https://api.demo.test/v1", "api.demo.test", "baseUrl: not an https URL"),
        (
            "https://api.demo.test/v1",
            "https://u:p@api.demo.test/?x",
            "baseUrl: more than scheme, host and path",
        ),
        ("[files.demo.test]", "['https://x']", "allowedHosts[0]: \"https://x\" is not a host"),
        (
            "tools:",
            "headers: {Authorization: x}\ntools:",
            "headers.Authorization: a header that only the engine sets",
        ),
        (
            "tools:",
            "headers: {Transfer-Encoding: x}\ntools:",
            "headers.Transfer-Encoding: a header that only the engine",
        ),
        ("tools:", "auth: {scheme: header}\ntools:", "auth.header: missing"),
        ("tools:", "auth: {scheme: header, header: Host}\ntools:", "auth.header: not a header that may hold"),
        ("tools:", "config: {type: string}\ntools:", "config: the schema is not of `type: object`"),
        ("tools:", "errorMessage: '.['\ntools:", "errorMessage: the jq program is not valid at line 1"),
        ("get_thing", "getThing", "tools[0].name: not a tool name"),
        (
            "get_thing",
            "get_thing\n    aliases: [get_thing]",
            "tools[0].aliases[0]: get_thing is the name of another",
        ),
        ("Gets a thing.", "' '", "tools[0].description: empty"),
        ("type: object, required", "type: array, required", "tools[0].input: the schema is not"),
        (
            "{id: {type: string}}",
            "{id: {$ref: 'https://x.test/'}}",
            "tools[0].input: the reference https://x.test/ leads",
        ),
        (request, "", "tools[0]: neither `request` nor `function` is given"),
        (request, &format!("{request}\n    function: {{name: gather, requests: {{}}}}"), "tools[0]: both"),
        ("/things/{id}", "/things/{+id}", "tools[0].request.url: the operator `{+...}`"),
        ("/things/{id}", "/things/{other}", "tools[0].request.url: the variable `other` is no argument"),
        (
            "/things/{id}",
            "https://evil.test/{id}",
            "tools[0].request.url: the host evil.test is not declared",
        ),
        (
            "{method: GET,",
            "{method: GET, body: '{}',",
            "tools[0].request.body: a GET or HEAD request has no body",
        ),
        (
            "{method: GET,",
            "{method: GET, variables: 'env',",
            "tools[0].request.variables: the jq program uses `env/0`",
        ),
        (
            "{method: GET,",
            "{method: GET, headers: {Cookie: x},",
            "tools[0].request.headers.Cookie: a header that",
        ),
        (
            "\"{id}\"\n",
            "\"$ENV\"\n",
            "tools[0].response: the jq program uses what is not defined: variable $ENV",
        ),
        (
            request,
            "function: {name: fly, requests: {}}",
            "tools[0].function.name: there is no function \"fly\"",
        ),
        (request, "function: {name: gather, requests: {}}", "tools[0].function.requests: missing"),
        (
            request,
            "function: {name: github_contents}",
            "tools[0].function.requests: the function makes the requests",
        ),
        (
            request,
            "function: {name: gather, requests: {a: {method: GET, url: x}}}",
            "tools[0].function.requests.a.url: ",
        ),
        (
            request,
            &format!("annotations: {{readOnlyHint: false}}\n    {request}"),
            "tools[0].annotations.readOnlyHint: false",
        ),
        (
            request,
            &format!("annotations: {{destructiveHint: true}}\n    {request}"),
            "tools[0].annotations.destructiveHint",
        ),
        (
            request,
            "annotations: {readOnlyHint: true}\n    request: {method: POST, url: /x}",
            "tools[0].annotations.readOnlyHint: true",
        ),
        (
            "tools:",
            "resources: [{uri: x, name: n, request: {method: GET, url: /x}}]\ntools:",
            "resources[0].uri: the URI has no scheme",
        ),
        (
            "tools:",
            "resources: [{uri: 'd://x', name: n, request: {method: POST, url: /x}}]\ntools:",
            "resources[0]: reading",
        ),
    ] {
        assert_told(&[(from, to, expected)]);
    }
}

#[test]
fn all_problems_are_told_at_once() {
    let text = GOOD
        .replace("service: demo", "service: X")
        .replace("/things/{id}", "/{+id}")
        .replace("\"{id}\"\n", "env\n");
    assert_eq!(compile(&parse(&text).unwrap()).unwrap_err().len(), 3);
}

#[test]
fn unknown_fields_and_duplicate_keys_are_refused_with_their_line() {
    for (text, word) in [
        (GOOD.replace("title: Demo", "title: Demo\ncolour: red"), "colour"),
        (GOOD.replace("title: Demo", "title: Demo\ntitle: Again"), "title"),
        (GOOD.replace("    response:", "    responses:"), "responses"),
        (GOOD.replace("method: GET", "method: FETCH"), "FETCH"),
    ] {
        let problem = parse(&text).unwrap_err();
        assert!(problem.field.starts_with("line ") && problem.message.contains(word), "{problem}");
    }
    assert!(parse(&"#".repeat(2 * 1024 * 1024)).is_err());
}

#[test]
fn hints_follow_from_methods() {
    let connector = compile(&parse(GOOD).unwrap()).unwrap();
    let read = &connector.tools()[0].annotations;
    assert!(read.read_only_hint && !read.destructive_hint && read.idempotent_hint && read.open_world_hint);
    for (method, idempotent) in [("POST", false), ("PUT", true), ("PATCH", false), ("DELETE", true)] {
        let connector =
            compile(&parse(&GOOD.replace("method: GET", &format!("method: {method}"))).unwrap()).unwrap();
        let hints = &connector.tools()[0].annotations;
        assert!(!hints.read_only_hint && hints.destructive_hint, "{method}");
        assert_eq!(hints.idempotent_hint, idempotent, "{method}");
    }
    let gather =
        "function: {name: gather, requests: {a: {method: GET, url: /a}, b: {method: POST, url: /b}}}";
    let text = GOOD.replace(r#"request: {method: GET, url: "/things/{id}"}"#, gather);
    assert!(!compile(&parse(&text).unwrap()).unwrap().tools()[0].annotations.read_only_hint);
}
