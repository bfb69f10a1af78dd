//! Markdown that is read and written again, and trees that are written and read again.

use super::{read, write};
use crate::filters::rich_text::{Block, Content, Item, Span, Style};

/// Markdown as this writes it, which comes back as it was.
const STABLE: &[(&str, &str)] = &[
    ("headings", "# One\n\n###### Six *em*\n\ntext"),
    ("emphasis", "a **b** *c* ~~d~~ `e` ***f* g *h* i**"),
    ("code with backticks", "``a`b`` and ``` `` ``` and `` ` ``"),
    ("links", "[a](https://a.test) [**b** c](/x?y=1&z=2) [d](<a b(c)>) ![alt](https://a.test/i.png)"),
    ("addresses", "https://a.test/x and <https://a.test/a_b*c>."),
    ("line breaks", "one\ntwo\n\nthree"),
    ("bullets", "- a\n- b\n  - c\n    - d\n- e"),
    ("numbers", "3. a\n4. b\n   1. c"),
    ("loose items", "- a\n\n  b\n\n- c"),
    ("tasks", "- [ ] a\n  - [x] b\n- [x] c"),
    ("two lists on end", "- a\n\n* b\n\n- c"),
    ("code blocks", "```rust\nfn main() {\n\n    x\n}\n```"),
    ("code with fences", "````\n```\n````"),
    ("code in an item", "- a\n\n  ```\n  b\n\n  c\n  ```"),
    ("quotations", "> a\n> b\n>\n> > c\n> >\n> > - d"),
    ("alerts", "> [!WARNING]\n> a **b**"),
    ("rules", "a\n\n___\n\nb"),
    ("tables", "| a | b |\n| --- | --- |\n| `x\\|y` | c<br>d |\n|  | *e* |"),
    ("mentions", "[@Ada](accountid:5b10:a-1) hello"),
    ("emoji", "😀 👩‍👩‍👧 :custom:"),
    ("texts that look like Markdown", "\\# a\n1\\. b\n\\- c\n\\> d\n\\* e\n\\[f]: g"),
    ("punctuation", "snake_case 2 * 3 \\*x\\* a\\_ \\<b> AT&T \\&amp; \\[x](y) \\`z\\` 1.5 (a) - ~5"),
    ("within words", "foo**bar**baz"),
];

#[test]
fn markdown_comes_back_as_it_was() {
    for (name, text) in STABLE {
        assert_eq!(write(&read(text)), *text, "{name}");
    }
}

#[test]
fn other_ways_to_say_the_same_are_read() {
    for (text, expected) in [
        ("Title\n=====\n\n* a\n+ b", "# Title\n\n- a\n\n* b"),
        ("__a__ _b_", "**a** *b*"),
        ("a  \nb\\\nc<br/>d", "a\nb\nc\nd"),
        ("[a][1]\n\n[1]: https://a.test", "[a](https://a.test)"),
        ("    code", "```\ncode\n```"),
        ("a <!-- no --> b", "a  b"),
        ("<div>x</div>", "\\<div>x\\</div>"),
        ("~~~\na\n~~~", "```\na\n```"),
        ("***", "___"),
        ("a | b\n-|-\n1 | 2", "| a | b |\n| --- | --- |\n| 1 | 2 |"),
        ("![a *b* ![c](d)](e)", "![a b c](e)"),
        ("<!-- a\n\nb -->\n\nc", "c"),
        ("<!-- a\nb\n-->\nc", "c"),
        ("<div>\na\n</div>", "\\<div>\na\n\\</div>"),
        ("", ""),
    ] {
        assert_eq!(write(&read(text)), expected, "{text}");
    }
}

#[test]
fn items_without_a_text_stay_what_they_are() {
    let item = |text: &str, blocks: Vec<Block>| {
        let own = (!text.is_empty()).then(|| Block::Paragraph(vec![Span::text(text, Style::default())]));
        Item { done: None, blocks: own.into_iter().chain(blocks).collect() }
    };
    let list = |items: Vec<Item>| Block::List { first: None, items };
    let task = |done: bool| Item { done: Some(done), blocks: Vec::new() };
    for blocks in [
        vec![list(vec![item("a", vec![list(vec![item("", vec![]), item("b", vec![])])])])],
        vec![list(vec![item("a", vec![]), item("", vec![]), item("b", vec![])])],
        vec![list(vec![task(true), task(false)])],
    ] {
        assert_eq!(read(&write(&blocks)), blocks, "{}", write(&blocks));
    }
}

#[test]
fn lines_that_look_like_a_table_or_a_block_stay_lines() {
    for lines in [vec![text("a|b\n-|-")], vec![text("a|b\n:-|-:")]] {
        let mut spans = Vec::new();
        for span in lines {
            let Content::Text(text) = &span.content else { continue };
            crate::filters::rich_text::push_text(&mut spans, text, &Style::default());
        }
        let wanted = spans.clone();
        assert_eq!(read(&written(spans)), vec![Block::Paragraph(wanted)]);
    }
    let alt = Content::Image { url: "https://a.test".to_owned(), alt: "a\n# b".to_owned() };
    assert_eq!(written(vec![Span { content: alt, style: Style::default() }]), "![a # b](https://a.test)");
}

fn text(text: &str) -> Span {
    Span::text(text, Style::default())
}

fn strong(text: &str) -> Span {
    Span::text(text, Style { strong: true, ..Style::default() })
}

fn written(spans: Vec<Span>) -> String {
    write(&[Block::Paragraph(spans)])
}

#[test]
fn styles_end_where_delimiters_count() {
    assert_eq!(written(vec![text("a"), strong(" b "), text("c")]), "a **b** c");
    assert_eq!(written(vec![strong("a"), text(" "), strong("b")]), "**a b**");
    assert_eq!(written(vec![text("a"), strong("(b)"), text("c")]), "a(b)c", "they would be asterisks");
    assert_eq!(written(vec![text("wow!"), Span::text("a", link("x"))]), "wow\\![a](x)");
    assert_eq!(written(vec![strong("  ")]), "");
    let both = Style { strong: true, emphasis: true, ..Style::default() };
    let emphasis = Style { emphasis: true, ..Style::default() };
    let spans = vec![strong("a "), Span::text("b", both), Span::text(" c", emphasis)];
    assert_eq!(written(spans), "**a *b*** *c*");
}

fn link(url: &str) -> Style {
    Style { link: Some(url.into()), ..Style::default() }
}

#[test]
fn texts_survive_whatever_is_in_them() {
    let pieces = [
        "*",
        "_",
        "`",
        "[",
        "]",
        "(",
        ")",
        "!",
        "<",
        ">",
        "&amp;",
        "\\",
        "~",
        "#",
        "-",
        "+",
        "1.",
        "|",
        " ",
        "a",
        "é",
        "=",
        ":",
        "https://a.test/x",
        "**",
        "](",
        "&",
    ];
    // All texts of three pieces, and of three with a break in between.
    for one in pieces {
        for two in pieces {
            for three in pieces {
                for joint in ["", "\n"] {
                    let whole = format!("{one}{two}{joint}{three}");
                    let lines: Vec<&str> = whole.split('\n').map(str::trim).collect();
                    let wanted = lines.join("\n").trim().to_owned();
                    let written = written(vec![text(&whole)]);
                    assert_eq!(plain(&read(&written)), wanted, "{whole:?} as {written:?}");
                }
            }
        }
    }
}

/// The text of paragraphs alone; of anything else how it is seen.
fn plain(blocks: &[Block]) -> String {
    match blocks {
        [] => String::new(),
        [Block::Paragraph(spans)] => spans
            .iter()
            .map(|span| match &span.content {
                Content::Text(text) if span.style.link.is_some() || span.style == Style::default() => {
                    text.clone()
                }
                Content::Break => "\n".to_owned(),
                other => format!("{other:?}"),
            })
            .collect(),
        other => format!("{other:?}"),
    }
}

#[test]
fn hostile_texts_are_read_in_time_and_stay_shallow() {
    let long = 128 * 1024;
    for piece in [
        "> ",
        "- ",
        "1. ",
        "* ",
        "[",
        "](",
        "![",
        "*",
        "**a",
        "_a ",
        "`",
        "``a ",
        "~~",
        "<",
        "<a ",
        "&",
        "\\",
        "|",
        "a|",
        "\n\n",
        "| a |\n",
        "#",
        "http",
        "https://",
        "[a](b ",
        "- [ ] ",
        "> [!NOTE]\n",
        "<!--",
        "\u{0}",
        "((((",
        "a**b*c_",
    ] {
        let text = piece.repeat(long / piece.len());
        let blocks = read(&text);
        assert!(depth(&blocks) < 40, "{piece}: {}", depth(&blocks));
        let written = write(&blocks);
        assert!(written.len() < 4 * long + 1024, "{piece}: {}", written.len());
    }
    let nested: String = (0..1000).map(|level| format!("{}- a\n", "  ".repeat(level))).collect();
    assert!(depth(&read(&nested)) < 40);
}

fn depth(blocks: &[Block]) -> usize {
    let within = |block: &Block| match block {
        Block::Quote(_, blocks) => depth(blocks),
        Block::List { items, .. } => items.iter().map(|item: &Item| depth(&item.blocks)).max().unwrap_or(0),
        _ => 0,
    };
    blocks.iter().map(within).max().map_or(0, |deepest| deepest + 1)
}
