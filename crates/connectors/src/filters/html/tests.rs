//! HTML that is read as Markdown, and Markdown that is written as HTML and read again.

use serde_json::json;

use super::{html_to_markdown, markdown_to_html};

fn read(html: &str) -> String {
    html_to_markdown(&json!(html)).unwrap().as_str().unwrap().to_owned()
}

fn written(markdown: &str) -> String {
    markdown_to_html(&json!(markdown)).unwrap().as_str().unwrap().to_owned()
}

#[test]
fn markdown_survives_the_way_through_html() {
    for text in [
        "# One\n\ntext with **strong**, *emphasis*, ~~strike~~ and `code`",
        "a\nb\n\nc",
        "- a\n  - b\n- c",
        "3. a\n4. b",
        "```rust\nfn main() { a < b && c }\n```",
        "> a\n>\n> > b",
        "| a | b |\n| --- | --- |\n| 1 | c<br>d |",
        "[a](https://a.test/?x=1&y=2) ![alt](https://a.test/i.png)",
        "a\n\n___\n\nb",
        "1 < 2 \\&amp; \"quoted\"",
    ] {
        assert_eq!(read(&written(text)), text, "{}", written(text));
    }
}

#[test]
fn what_is_written_runs_nothing_and_leads_nowhere_unsafe() {
    let html = written(
        "[a](javascript:alert(1)) ![b](data:text/html,x) <script>alert(1)</script> [c](JaVaScRiPt:x) \"'",
    );
    assert!(!html.contains("<script") && !html.contains("href") && !html.contains("src"), "{html}");
    assert_eq!(written("[@Ada](accountid:5b10)"), "<p>@Ada</p>");
    assert_eq!(
        written("[x](https://a.test/\"onclick=\"y)"),
        "<p><a href=\"https://a.test/&quot;onclick=&quot;y\">x</a></p>"
    );
}

#[test]
fn a_newsletter_is_its_text() {
    let mail = r##"<!DOCTYPE html><html><head><title>News</title><style>p{color:red}</style></head><body>
        <div style="display: none; max-height:0">Preview of it &zwnj;&nbsp;&zwnj;</div>
        <!--[if mso]><table><tr><td><![endif]-->
        <table role="presentation" width="600"><tr><td>
          <table><tr><td><img src="https://t.test/open.gif?u=1" width="1" height="1" alt=""></td></tr></table>
          <h1>Release&nbsp;2.0</h1>
          <p>Dear Ada,<br>it is <b>out</b>.</p>
          <ul><li>Faster</li><li>Smaller<ul><li>by half</li></ul></li></ul>
          <a href="https://news.test/read?id=1&amp;u=2" style="color:#fff"><span>Read  more</span></a>
          <img src="https://news.test/cat.png" alt="A cat"><script>track()</script>
        </td></tr></table>
        <a href="javascript:x()">click</a> <a href="#top">up</a>
        </body></html>"##;
    assert_eq!(
        read(mail),
        "# Release 2.0\n\nDear Ada,\nit is **out**.\n\n- Faster\n- Smaller\n  - by half\n\n\
         [Read more](https://news.test/read?id=1&u=2) ![A cat](https://news.test/cat.png)\n\nclick up"
    );
}

#[test]
fn a_reply_keeps_what_it_answers() {
    let gmail = r#"<div dir="ltr">Yes, at noon.</div><br><div class="gmail_quote"><div class="gmail_attr">On Mon, Ada wrote:<br></div>
        <blockquote class="gmail_quote" style="margin:0"><div>Lunch?</div><div><br></div><div>A.</div></blockquote></div>"#;
    assert_eq!(read(gmail), "Yes, at noon.\n\nOn Mon, Ada wrote:\n\n> Lunch?\n>\n> A.");
    let outlook = r#"<html xmlns:o="urn:schemas-microsoft-com:office:office"><body lang=EN-US><div class=WordSection1>
        <p class=MsoNormal>Thanks<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p>
        <div style='border:none;border-top:solid #E1E1E1 1.0pt'><p class=MsoNormal><b>From:</b> Ada &lt;ada@x.test&gt;<br><b>Subject:</b> Plan</p></div>
        </div></body></html>"#;
    assert_eq!(read(outlook), "Thanks\n\n**From:** Ada \\<ada@x.test>\n**Subject:** Plan");
}

#[test]
fn tables_of_data_stay_tables() {
    assert_eq!(
        read("<table><thead><tr><th>a<th>b</thead><tbody><tr><td>1<td>x|y<tr><td><p>2</p><td>z</table>"),
        "| a | b |\n| --- | --- |\n| 1 | x\\|y |\n| 2 | z |"
    );
}

#[test]
fn a_page_of_confluence_is_read() {
    let page = r#"<h2>Plan</h2><p>See <ac:link><ri:page ri:content-title="Roadmap"/></ac:link> and
        <ac:link><ri:user ri:account-id="5b10"/></ac:link><ac:emoticon ac:name="smile" ac:emoji-fallback="🙂"/></p>
        <ac:structured-macro ac:name="info" ac:schema-version="1"><ac:parameter ac:name="title">T</ac:parameter><ac:rich-text-body><p>Mind it</p></ac:rich-text-body></ac:structured-macro>
        <ac:structured-macro ac:name="code"><ac:parameter ac:name="language">rust</ac:parameter><ac:plain-text-body><![CDATA[fn a() -> bool { 1 < 2 && true }]]></ac:plain-text-body></ac:structured-macro>
        <ac:task-list><ac:task><ac:task-id>1</ac:task-id><ac:task-status>complete</ac:task-status><ac:task-body>Write</ac:task-body></ac:task>
        <ac:task><ac:task-id>2</ac:task-id><ac:task-status>incomplete</ac:task-status><ac:task-body>Ship</ac:task-body></ac:task></ac:task-list>
        <ac:image ac:alt="A plan"><ri:attachment ri:filename="plan.png"/></ac:image>
        <ac:structured-macro ac:name="toc"/><p>Due <time datetime="2026-11-25"/></p>"#;
    assert_eq!(
        read(page),
        "## Plan\n\nSee Roadmap and [@user](accountid:5b10)🙂\n\n> [!NOTE]\n> **T**\n>\n> Mind it\n\n```rust\nfn a() -> bool { 1 < 2 && true }\n```\n\n\
         - [x] Write\n- [ ] Ship\n\n![A plan](plan.png)\n\nDue 2026-11-25"
    );
}

#[test]
fn a_message_of_teams_is_read() {
    let message = r#"<div><p>Hi <at id="0">Ada</at>, <emoji id="smile" alt="🙂" title="Smile"></emoji> <attachment id="1"></attachment></p>
        <codeblock class="PlainText"><code>a<br>b</code></codeblock><p itemprop="copy-paste-block">&nbsp;</p></div>"#;
    assert_eq!(read(message), "Hi Ada, 🙂\n\n```\na\nb\n```");
    assert_eq!(read("just text & more"), "just text & more");
}

#[test]
fn broken_html_gives_what_is_in_it() {
    for (html, expected) in [
        ("<ul>a<li>b<ul><li>c</ul></ul><p>d", "- a\n- b\n  - c\n\nd"),
        ("</div></p><b>a</i></b>b</b>", "**a**b"),
        ("<td>a</td><li>b</li>", "a\n\nb"),
        ("<p>a<p>b<h1>c", "a\n\nb\n\n# c"),
        ("<a href='https://a.test'>a<p>b</a>", "[a](https://a.test)\n\n[b](https://a.test)"),
        ("<script>", ""),
        ("a <!-- b", "a"),
        ("<![CDATA[<b>x</b>]]>", "\\<b>x\\</b>"),
        ("&lt;b&gt; &copy; &unknown; &#0;", "\\<b> © \\&unknown; \u{fffd}"),
        ("<pre>a\n", "```\na\n```"),
        ("<pre>a\n  b</pre>c", "```\na\n  b\n```\n\nc"),
        ("", ""),
    ] {
        assert_eq!(read(html), expected, "{html}");
    }
}

#[test]
fn what_is_hidden_ends_where_it_ends() {
    for (html, expected) in [
        ("<head><meta charset=utf-8><title>T</title><body>a", "a"),
        ("<p style='DISPLAY: none !important'>x<p>a", "a"),
        ("<div hidden>x<div>y</div></div>a", "a"),
        (
            "<span style='max-height:0; overflow:hidden'>x</span>a<img alt=x src=https://x.test style='display:none'>",
            "a",
        ),
        ("<noscript><img alt=x src=https://x.test></noscript>a", "a"),
        ("<script/>x</script>a", "a"),
        ("<svg/>a", "a"),
        ("a<![CDATA[b<p>c", "a\\<![CDATA[b\n\nc"),
    ] {
        let read = read(html);
        assert!(read == expected || html.contains("CDATA") && read.ends_with("b\n\nc"), "{html}: {read}");
    }
}

#[test]
fn tags_end_what_they_may_end() {
    for (html, expected) in [
        ("<table><tr><td>a</li></ul><td>b<tr><td>c<td>d</table>", "| a | b |\n| --- | --- |\n| c | d |"),
        ("<table><td>a<td>b<tr><td>c<td>d</table>", "| a | b |\n| --- | --- |\n| c | d |"),
        ("<ul><li>a</li><ul><li>b</li></ul><li>c</li></ul>", "- a\n  - b\n- c"),
        ("<table><tr><th><h1>a</h1><table><tr><th>b</th></tr></table></th></tr></table>", "# a\n\nb"),
        ("<time datetime='2026-01-02'>today</time>", "today"),
        ("<pre>a<pre>b</pre>", "```\nab\n```"),
    ] {
        assert_eq!(read(html), expected, "{html}");
    }
    let deep = format!("{}{}a", "<ul><li>".repeat(100), "</ul>".repeat(100));
    assert!(
        read(&deep).ends_with("\n\na") || read(&deep) == "a",
        "what is too deep has ended too: {}",
        read(&deep)
    );
}

#[test]
fn titles_of_macros_are_read() {
    let page = r#"<p>Is <ac:structured-macro ac:name="status"><ac:parameter ac:name="colour">Red</ac:parameter><ac:parameter ac:name="title">LATE</ac:parameter></ac:structured-macro></p>
        <ac:structured-macro ac:name="jira"><ac:parameter ac:name="server">J</ac:parameter><ac:parameter ac:name="key">ABC-1</ac:parameter></ac:structured-macro>
        <ac:structured-macro ac:name="expand"><ac:parameter ac:name="title">More</ac:parameter><ac:rich-text-body><p>of it</p></ac:rich-text-body></ac:structured-macro>
        <ac:adf-extension><ac:adf-fallback><p>again</p></ac:adf-fallback></ac:adf-extension>"#;
    assert_eq!(read(page), "Is **LATE**\n\n**ABC-1**\n\n**More**\n\nof it");
}

#[test]
fn a_long_link_over_many_pieces_costs_no_more_than_a_fixed_size() {
    let link = format!("https://x.test/{}", "a".repeat(64 * 1024));
    let html = format!("<a href='{link}'>{}", "<p>x".repeat(4096));
    assert!(read(&html).len() < 2 * 1024 * 1024);
    let markdown = format!("[{}]({link})", "**a**b".repeat(4096));
    assert!(written(&markdown).len() < 2 * 1024 * 1024);
    let lines = format!("[b <?a {}?>]({link})", "a\n".repeat(4096));
    assert!(written(&lines).len() < 2 * 1024 * 1024);
    let row = format!("<table><tr>{}</tr>{}</table>", "<th>a".repeat(2000), "<tr><td>b".repeat(2000));
    assert!(read(&row).len() < 64 * 1024);
}

#[test]
fn hostile_html_is_read_in_proportion_to_its_size() {
    let size = 128 * 1024;
    for piece in [
        "<div>",
        "<blockquote>",
        "<ul><li>",
        "<table><tr><td>",
        "<table>",
        "</p>",
        "<b>",
        "<a href=x>",
        "<script>",
        "<!--",
        "&",
        "&amp",
        "<![CDATA[",
        "<ac:structured-macro ac:name=\"info\">",
        "<ac:link>",
        "<ac:task>",
        "<pre>",
        "<h1>",
        "<br>",
        "<img alt=x src=http://x>",
        "<x y=z>",
        "<",
        "\u{0}",
        "a ",
        "<td>",
        "<th>a",
        "<span style=\"display:none\">",
    ] {
        let html = piece.repeat(size / piece.len());
        let markdown = read(&html);
        assert!(markdown.len() <= 8 * size, "{piece}: {}", markdown.len());
    }
}
