//! Documents as Jira and Confluence have them, and Markdown that becomes one and comes back.

use serde_json::{Value, json};

use super::{adf_to_markdown, markdown_to_adf};

fn adf(markdown: &str) -> Value {
    let document = markdown_to_adf(&json!(markdown)).unwrap();
    assert_eq!((&document["type"], &document["version"]), (&json!("doc"), &json!(1)));
    document["content"].clone()
}

fn markdown(content: &Value) -> String {
    let document = json!({"type": "doc", "version": 1, "content": content});
    adf_to_markdown(&document).unwrap().as_str().unwrap().to_owned()
}

fn paragraph(content: &Value) -> Value {
    json!({"type": "paragraph", "content": content})
}

fn text(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

/// Markdown with all that there is, as it comes back.
const EVERYTHING: &str = "\
# Title *em*

A **strong**, ~~struck~~ and `coded` text with a [link](https://a.test/?b=1&c=2), https://bare.test
and a second line, [@Ada](accountid:712020:5b10-a) 😀.

- one
  - two
    1. three
    2. four

- five

  ```rust
  fn main() {}
  ```

* [ ] open
  - [x] done
* [x] **both**

> quoted
>
> - item

> [!WARNING]
> Take care

| Head | *Two* |
| --- | --- |
| a<br>b | `c` |
|  | [d](https://d.test) |

___

![A picture](https://a.test/p.png)

![](media:contentId-1/5b10)";

#[test]
fn everything_becomes_a_document_and_comes_back() {
    assert_eq!(markdown(&adf(EVERYTHING)), EVERYTHING);
}

#[test]
fn each_piece_has_its_node() {
    assert_eq!(adf("a\nb"), json!([paragraph(&json!([text("a"), {"type": "hardBreak"}, text("b")]))]));
    assert_eq!(adf("## a"), json!([{"type": "heading", "attrs": {"level": 2}, "content": [text("a")]}]));
    assert_eq!(
        adf("**`a`** *b*")[0]["content"],
        json!([
            {"type": "text", "text": "a", "marks": [{"type": "code"}]}, text(" "),
            {"type": "text", "text": "b", "marks": [{"type": "em"}]},
        ]),
        "code goes with links only"
    );
    assert_eq!(
        adf("[@Ada](accountid:1:2)")[0]["content"],
        json!([{"type": "mention", "attrs": {"id": "1:2", "text": "@Ada"}}])
    );
    assert_eq!(
        adf("```sh\nls\n```"),
        json!([{"type": "codeBlock", "content": [text("ls")], "attrs": {"language": "sh"}}])
    );
    assert_eq!(
        adf("- [x] a"),
        json!([{"type": "taskList", "attrs": {"localId": "2"}, "content": [
            {"type": "taskItem", "attrs": {"localId": "1", "state": "DONE"}, "content": [text("a")]}]}])
    );
    assert_eq!(adf(""), json!([]));
    assert_eq!(markdown_to_adf(&Value::Null), Ok(Value::Null));
    assert_eq!(markdown_to_adf(&json!(1)), Err("markdown_to_adf takes a text".to_owned()));
}

#[test]
fn what_a_node_may_not_hold_is_written_otherwise() {
    let item = |content: Value| json!({"type": "listItem", "content": content});
    assert_eq!(
        adf("- # a\n- > b\n- ___"),
        json!([{"type": "bulletList", "content": [
            item(json!([paragraph(&json!([{"type": "text", "text": "a", "marks": [{"type": "strong"}]}]))])),
            item(json!([paragraph(&json!([text("b")]))])),
            item(json!([paragraph(&json!([]))])),
        ]}])
    );
    assert_eq!(markdown(&adf("> > a\n> > # b")), "> a\n>\n> **b**");
    assert_eq!(markdown(&adf("> - [x] a")), "> - ☑ a");
    assert_eq!(markdown(&adf("- [x] a\n- b")), "- ☑ a\n- b");
    assert_eq!(markdown(&adf("- a\n\n  | b | c |\n  |---|---|\n  | d | e |")), "- a\n\n  b — c\n\n  d — e");
    assert_eq!(markdown(&adf("a ![b](https://c.test)")), "a [b](https://c.test)");
    assert_eq!(markdown(&adf("![b](c.png)")), "[b](c.png)");
}

#[test]
fn nodes_without_a_counterpart_give_what_is_in_them() {
    for (node, expected) in [
        (paragraph(&json!([{"type": "emoji", "attrs": {"shortName": ":grinning:", "text": "😀"}}])), "😀"),
        (paragraph(&json!([{"type": "emoji", "attrs": {"shortName": ":own:"}}])), ":own:"),
        (paragraph(&json!([{"type": "date", "attrs": {"timestamp": "1767225600000"}}])), "2026-01-01"),
        (paragraph(&json!([{"type": "status", "attrs": {"text": "DONE", "color": "green"}}])), "**DONE**"),
        (paragraph(&json!([{"type": "mention", "attrs": {"id": "1"}}])), "[@user](accountid:1)"),
        (paragraph(&json!([{"type": "inlineCard", "attrs": {"url": "https://a.test"}}])), "https://a.test"),
        (json!({"type": "blockCard", "attrs": {"url": "https://a.test/_b"}}), "<https://a.test/_b>"),
        (
            json!({"type": "expand", "attrs": {"title": "More"}, "content": [paragraph(&json!([text("a")]))]}),
            "**More**\n\na",
        ),
        (
            json!({"type": "panel", "attrs": {"panelType": "custom"}, "content": [paragraph(&json!([text("a")]))]}),
            "> [!NOTE]\n> a",
        ),
        (
            json!({"type": "layoutSection", "content": [{"type": "layoutColumn", "content": [paragraph(&json!([text("a")]))]}]}),
            "a",
        ),
        (
            json!({"type": "decisionList", "content": [{"type": "decisionItem", "content": [text("a")]}]}),
            "- a",
        ),
        (
            json!({"type": "mediaGroup", "content": [{"type": "media", "attrs": {"type": "file", "id": "1", "collection": "c"}}]}),
            "![](media:c/1)",
        ),
        (json!({"type": "extension", "attrs": {"extensionKey": "toc"}}), ""),
        (paragraph(&json!([{"type": "text", "text": "a\nb", "marks": [{"type": "underline"}]}])), "a\nb"),
        (
            json!({"type": "table", "content": [{"type": "tableRow", "content": [
            {"type": "tableCell", "content": [paragraph(&json!([text("a")])), {"type": "bulletList", "content": [
                {"type": "listItem", "content": [paragraph(&json!([text("b|c")]))]}]}]}]}]}),
            "| a<br>• b\\|c |\n| --- |",
        ),
        (json!({"type": "unheard"}), ""),
        (json!("nonsense"), ""),
    ] {
        assert_eq!(markdown(&json!([node])), expected, "{node}");
    }
}

#[test]
fn documents_may_be_texts_and_other_texts_stay() {
    let document = json!({"type": "doc", "version": 1, "content": [paragraph(&json!([text("a")]))]});
    assert_eq!(adf_to_markdown(&json!(document.to_string())), Ok(json!("a")));
    for same in [json!("h1. wiki *markup*"), json!("{code}x{code}"), json!("{\"type\": \"x\"}"), Value::Null]
    {
        assert_eq!(adf_to_markdown(&same), Ok(same));
    }
    assert!(adf_to_markdown(&json!({"type": "paragraph"})).unwrap_err().contains("type `doc`"));
}

#[test]
fn deep_documents_stay_shallow() {
    let mut list = paragraph(&json!([text("deep")]));
    for _ in 0..60 {
        list = json!({"type": "bulletList", "content": [{"type": "listItem", "content": [list]}]});
    }
    let written = markdown(&json!([list]));
    assert!(written.ends_with("- deep") && written.len() < 200, "{written}");
    let quotes = adf(&"> ".repeat(1000).replace("> ", "- "));
    assert!(quotes.to_string().len() < 10_000);
}

#[test]
fn links_lead_only_where_links_may() {
    let linked = |href: &str| {
        json!([{"type": "paragraph", "content": [
            {"type": "text", "text": "a", "marks": [{"type": "link", "attrs": {"href": href}}]}]}])
    };
    for unsafe_link in ["javascript:alert(1)", " JavaScript:x", "data:text/html,x", "vbscript:x"] {
        assert_eq!(markdown(&linked(unsafe_link)), "a", "{unsafe_link}");
        let written = adf(&format!("[a]({})", unsafe_link.replace(' ', "%20"))).to_string();
        assert!(!written.contains("href") || written.contains("%20"), "{written}");
    }
    assert_eq!(markdown(&linked("https://x.test/a:b")), "[a](https://x.test/a:b)");
}
