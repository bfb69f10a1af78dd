//! Documents as Google gives them, and their texts.

use serde_json::{Value, json};

use super::{google_docs_markdown, google_docs_text};

fn paragraph(text: &str) -> Value {
    json!({"paragraph": {"elements": [{"startIndex": 1, "endIndex": 2, "textRun": {"content": format!("{text}\n")}}]}})
}

fn styled(style: &str, text: &str) -> Value {
    let mut paragraph = paragraph(text);
    paragraph["paragraph"]["paragraphStyle"] = json!({"namedStyleType": style});
    paragraph
}

fn item(list: &str, level: u64, text: &str) -> Value {
    let mut paragraph = paragraph(text);
    paragraph["paragraph"]["bullet"] = json!({"listId": list, "nestingLevel": level});
    paragraph
}

fn both(document: &Value) -> (String, String) {
    let text = |value: Value| value.as_str().unwrap().to_owned();
    (text(google_docs_text(document).unwrap()), text(google_docs_markdown(document).unwrap()))
}

#[allow(clippy::needless_pass_by_value, reason = "its callers make it for this")]
fn one_tab(content: Value) -> Value {
    json!({"tabs": [{"tabProperties": {"title": "Tab 1"}, "documentTab": {"body": {"content": content}}}]})
}

#[test]
fn headings_and_paragraphs() {
    let document = one_tab(json!([
        {"sectionBreak": {}},
        styled("TITLE", "Plan"),
        paragraph("First.\u{b}Second line."),
        paragraph(""),
        styled("HEADING_2", "Next"),
        paragraph("Last."),
    ]));
    let (text, markdown) = both(&document);
    assert_eq!(text, "Plan\nFirst.\nSecond line.\n\nNext\nLast.\n");
    assert_eq!(markdown, "# Plan\n\nFirst.\nSecond line.\n\n## Next\n\nLast.\n\n");
}

#[test]
fn lists_are_counted_by_level() {
    let mut document = one_tab(json!([
        item("n", 0, "one"),
        item("n", 1, "deep"),
        item("n", 0, "two"),
        item("n", 1, "deep again"),
        item("b", 0, "point"),
        paragraph("after"),
    ]));
    let numbered =
        json!({"listProperties": {"nestingLevels": [{"glyphType": "DECIMAL"}, {"glyphType": "ALPHA"}]}});
    let points = json!({"listProperties": {"nestingLevels": [{"glyphSymbol": "●"}]}});
    document["tabs"][0]["documentTab"]["lists"] = json!({"n": numbered, "b": points});
    let (text, markdown) = both(&document);
    assert_eq!(text, "1. one\n    1. deep\n2. two\n    1. deep again\n- point\nafter\n");
    assert_eq!(markdown, "1. one\n    1. deep\n2. two\n    1. deep again\n- point\n\nafter\n\n");
}

#[test]
fn tables_have_rows_and_cells() {
    let cell = |content: Value| json!({"content": content});
    let rows = json!([
        {"tableCells": [cell(json!([paragraph("Name")])), cell(json!([paragraph("Size")]))]},
        {"tableCells": [cell(json!([paragraph("a|b"), paragraph("c")])), cell(json!([paragraph("1")]))]},
    ]);
    let (text, markdown) = both(&one_tab(json!([paragraph("Before"), {"table": {"tableRows": rows}}])));
    assert_eq!(text, "Before\nName\tSize\na|b c\t1\n");
    assert_eq!(markdown, "Before\n\n| Name | Size |\n| --- | --- |\n| a\\|b<br>c | 1 |\n\n");
}

#[test]
fn runs_keep_their_emphasis_and_links_in_markdown() {
    let runs = json!({"paragraph": {"elements": [
        {"textRun": {"content": "See ", "textStyle": {}}},
        {"textRun": {"content": "this ", "textStyle": {"bold": true, "italic": true}}},
        {"textRun": {"content": "page", "textStyle": {"link": {"url": "https://example.com"}}}},
        {"richLink": {"richLinkProperties": {"title": "Sheet", "uri": "https://example.com/s"}}},
        {"person": {"personProperties": {"name": "Ada", "email": "ada@example.com"}}},
        {"dateElement": {"dateElementProperties": {"displayText": "Jan 2"}}},
        {"inlineObjectElement": {"inlineObjectId": "i"}},
        {"textRun": {"content": "\n", "textStyle": {"bold": true}}},
    ]}});
    let mut document = one_tab(json!([runs]));
    document["tabs"][0]["documentTab"]["inlineObjects"] =
        json!({"i": {"inlineObjectProperties": {"embeddedObject": {"description": "a chart"}}}});
    let (text, markdown) = both(&document);
    assert_eq!(text, "See this pageSheetAdaJan 2[image: a chart]\n");
    assert_eq!(
        markdown,
        "See ***this*** [page](https://example.com)[Sheet](https://example.com/s)AdaJan 2[image: a chart]\n\n"
    );
}

#[test]
fn what_stands_around_the_body_is_there_too() {
    let document = json!({"tabs": [
        {"tabProperties": {"title": "Main"}, "documentTab": {
            "headers": {"h": {"content": [paragraph("Head")]}},
            "footers": {"f": {"content": [paragraph("Foot")]}},
            "footnotes": {"a": {"content": [paragraph(" Note.")]}, "b": {"content": [paragraph("unused")]}},
            "body": {"content": [{"paragraph": {"elements": [
                {"textRun": {"content": "Text"}},
                {"footnoteReference": {"footnoteId": "a", "footnoteNumber": "1"}},
                {"textRun": {"content": "\n"}},
            ]}}]},
        }, "childTabs": [{"tabProperties": {"title": "Sub"}, "documentTab": {"body": {"content": [paragraph("Below")]}}}]},
    ]});
    let (text, _) = both(&document);
    assert_eq!(text, "Main\n\nHead\nText[^1]\nFoot\n[^1]: Note.\n\nSub\n\nBelow\n");
}

#[test]
fn a_document_without_tabs_or_text_is_read_too() {
    assert_eq!(both(&json!({"body": {"content": [paragraph("Old")]}})).0, "Old\n");
    assert_eq!(both(&json!({})), (String::new(), String::new()));
    assert_eq!(both(&json!({"tabs": [{}]})), (String::new(), String::new()));
}
