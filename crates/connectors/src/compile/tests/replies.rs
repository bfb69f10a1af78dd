//! What is wrong with pages, files and removed tools.

use super::{GOOD, assert_told, compile, parse};

const RESPONSE: &str = "response: \"{id}\"";
const PAGED: &str = "output: {type: object, properties: {things: {type: array}, next: {}}}\n    response: \"{things: ., next: null}\"\n    paging: {argument: id, next: next, items: things}";

fn paged(from: &str, to: &str) -> String {
    assert!(PAGED.contains(from), "{from}");
    PAGED.replace(from, to)
}

#[test]
fn pages_and_files_are_checked() {
    assert_told(&[
        (
            RESPONSE,
            &paged("argument: id", "argument: page"),
            "tools[0].paging.argument: `page` is no argument",
        ),
        (
            RESPONSE,
            &paged("next: next", "next: more"),
            "tools[0].paging.next: `more` is no property of the output",
        ),
        (
            RESPONSE,
            &paged("items: things", "items: x"),
            "tools[0].paging.items: `x` is no property of the output",
        ),
        (
            RESPONSE,
            &format!("{RESPONSE}\n    paging: {{argument: id, next: next, items: x}}"),
            "tools[0].paging.next: `next` is no property",
        ),
        (
            RESPONSE,
            &format!("{RESPONSE}\n    file: {{uri: 'd://x'}}"),
            "tools[0].file: given together with `response`",
        ),
        (RESPONSE, "file: {uri: 'd://x/{name}'}", "tools[0].file.uri: the variable `name` is no argument"),
        (RESPONSE, "file: {uri: '{id}'}", "tools[0].file.uri: the URI has no scheme"),
        (RESPONSE, "file: {uri: 'd://{id'}", "tools[0].file.uri: not an RFC 6570 template"),
        (
            RESPONSE,
            "file: {uri: 'd://{id}'}\n    output: {type: object}",
            "tools[0].output: given, and the reply is a file",
        ),
        (
            "request: {method: GET, url: \"/things/{id}\"}\n    response: \"{id}\"",
            "file: {uri: 'd://{id}'}\n    function: {name: gather, requests: {a: {method: GET, url: /a}}}",
            "tools[0].file: given together with `function`",
        ),
    ]);
    let text = GOOD.replace(RESPONSE, PAGED).replace("method: GET", "method: POST");
    let problems = compile(&parse(&text).unwrap()).unwrap_err();
    assert_eq!(problems[0].field, "tools[0].paging");
}

#[test]
fn removed_tools_are_checked() {
    let removed = |removed: &str| format!("removed: [{removed}]\ntools:");
    assert_told(&[
        (
            "tools:",
            &removed("{name: get_thing, reason: Gone.}"),
            "removed[0].name: get_thing is the name of another",
        ),
        (
            "tools:",
            &removed("{name: a, reason: Gone.}, {name: a, reason: Gone.}"),
            "removed[1].name: a is the name of another",
        ),
        ("tools:", &removed("{name: A, reason: Gone.}"), "removed[0].name: not a tool name"),
        ("tools:", &removed("{name: a, reason: ' '}"), "removed[0].reason: empty"),
    ]);
}

#[test]
fn a_paged_tool_lists_the_argument_for_it_unless_it_has_one() {
    let listed =
        |text: &str| compile(&parse(text).unwrap()).unwrap().tools()[0].input_schema["properties"].clone();
    let added = listed(&GOOD.replace(RESPONSE, PAGED));
    assert_eq!(added["max_pages"], serde_json::json!({"type": "integer", "maximum": 10}));
    let own = GOOD
        .replace(RESPONSE, PAGED)
        .replace("{id: {type: string}}", "{id: {type: string}, max_pages: {maximum: 3}}");
    assert_eq!(listed(&own)["max_pages"], serde_json::json!({"maximum": 3}));
    assert_eq!(listed(GOOD).get("max_pages"), None);
}
