//! Tests of `presentation_slides`.

use std::io::{Cursor, Write as _};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::functions::office_upload::tests::presentation;

const NAMES: &str = r#"xmlns:a="a" xmlns:p="p" xmlns:mc="mc" xmlns:r="http://x/relationships""#;

fn archive(parts: &[(&str, String)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, contents) in parts {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(contents.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn relations(relations: &[(&str, &str, &str)]) -> String {
    let relations = relations.iter().map(|(id, kind, target)| {
        format!(r#"<Relationship Id="{id}" Type="http://x/relationships/{kind}" Target="{target}"/>"#)
    });
    format!("<Relationships>{}</Relationships>", relations.collect::<String>())
}

/// A shape: the type of its placeholder, and its paragraphs.
fn shape(placeholder: &str, paragraphs: &str) -> String {
    format!(
        "<p:sp><p:nvSpPr><p:nvPr>{placeholder}</p:nvPr></p:nvSpPr><p:txBody>{paragraphs}</p:txBody></p:sp>"
    )
}

fn line(text: &str) -> String {
    format!("<a:p><a:r><a:t>{text}</a:t></a:r></a:p>")
}

fn slide(attributes: &str, shapes: &str) -> String {
    format!("<p:sld {NAMES} {attributes}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>")
}

fn main_part(ids: &[&str]) -> (&'static str, String) {
    let ids: String = ids.iter().map(|id| format!(r#"<p:sldId id="256" r:id="{id}"/>"#)).collect();
    (
        "ppt/presentation.xml",
        format!("<p:presentation {NAMES}><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>"),
    )
}

#[test]
fn slides_come_in_the_order_in_which_they_are_shown_with_title_text_and_notes() {
    let first = shape(r#"<p:ph type="title"/>"#, &line("Plan &amp; aim"))
        + &shape(
            r#"<p:ph idx="1"/>"#,
            &(line("One") + "<a:p><a:r><a:t>Two</a:t></a:r><a:br/><a:r><a:t>three</a:t></a:r></a:p>"),
        )
        + &shape(r#"<p:ph type="sldNum"/>"#, "<a:p><a:fld><a:t>2</a:t></a:fld></a:p>")
        + &format!(
            "<p:graphicFrame><a:tbl><a:tc><a:txBody>{}</a:txBody></a:tc></a:tbl></p:graphicFrame>",
            line("Cell")
        )
        + &format!(
            "<mc:AlternateContent><mc:Fallback>{}</mc:Fallback></mc:AlternateContent>",
            shape("", &line("Again"))
        );
    let notes = shape(r#"<p:ph type="body"/>"#, &line("Say it slowly."))
        + &shape(r#"<p:ph type="sldNum"/>"#, &line("1"));
    let file = archive(&[
        ("_rels/.rels", relations(&[("x", "officeDocument", "/ppt/presentation.xml")])),
        main_part(&["r9", "r1"]),
        (
            "ppt/_rels/presentation.xml.rels",
            relations(&[("r1", "slide", "slides/slide1.xml"), ("r9", "slide", "slides/slide2.xml")]),
        ),
        ("ppt/slides/slide1.xml", slide(r#"show="0""#, "")),
        ("ppt/slides/slide2.xml", slide("", &first)),
        (
            "ppt/slides/_rels/slide2.xml.rels",
            relations(&[("r1", "notesSlide", "../notesSlides/notesSlide1.xml")]),
        ),
        ("ppt/notesSlides/notesSlide1.xml", slide("", &notes)),
    ]);
    assert_eq!(
        slides(&file).unwrap(),
        [
            json!({"number": 1, "title": "Plan & aim", "text": "One\nTwo\nthree\nCell", "notes": "Say it slowly.", "hidden": false}),
            json!({"number": 2, "title": null, "text": "", "notes": "", "hidden": true}),
        ]
    );
}

#[test]
fn a_presentation_that_we_make_has_one_slide() {
    let slides = slides(&presentation()).unwrap();
    assert_eq!(slides, [json!({"number": 1, "title": null, "text": "", "notes": "", "hidden": false})]);
}

#[test]
fn what_is_no_presentation_is_told() {
    let refused = |file: &[u8]| slides(file).unwrap_err().to_string();
    assert!(refused(b"not a zip archive").contains("it has to be a .pptx"));
    assert!(refused(&archive(&[])).contains("ppt/presentation.xml is missing"));
    let lost = [
        main_part(&["r1"]),
        ("ppt/_rels/presentation.xml.rels", relations(&[("r1", "slide", "slides/slide1.xml")])),
    ];
    assert!(refused(&archive(&lost)).contains("ppt/slides/slide1.xml is missing"));
    assert!(refused(&archive(&[("ppt/presentation.xml", "<a".to_owned())])).contains("cannot be read"));
}

#[test]
fn an_archive_that_unpacks_to_too_much_is_refused() {
    let large = format!("<a>{}</a>", " ".repeat(5 * 1024 * 1024));
    let file = archive(&[("ppt/presentation.xml", large)]);
    assert!(file.len() < 64 * 1024);
    assert!(slides(&file).unwrap_err().to_string().contains("too large"));
}

#[test]
fn entities_are_not_expanded() {
    let bomb = r#"<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>"#;
    assert!(slides(&archive(&[("ppt/presentation.xml", bomb.to_owned())])).is_err());
}

#[test]
fn targets_are_found_from_the_folder_of_their_part() {
    for (folder, target, part) in [
        ("ppt", "slides/slide1.xml", "ppt/slides/slide1.xml"),
        ("ppt/slides", "../notesSlides/n.xml", "ppt/notesSlides/n.xml"),
        ("ppt/slides", "/ppt/x.xml", "ppt/x.xml"),
        ("", "ppt/presentation.xml", "ppt/presentation.xml"),
        ("ppt", "../../../etc/passwd", "etc/passwd"),
    ] {
        assert_eq!(resolve(folder, target), part);
    }
}

#[test]
fn paragraphs_that_nest_as_deep_as_a_part_is_long_say_each_text_once() {
    let depth = 20_000;
    let open = "<p:txBody><a:p>".repeat(depth);
    let close = "</a:p></p:txBody>".repeat(depth);
    let part = format!("<p:sld {NAMES}>{open}<a:t>deep</a:t>{close}</p:sld>");
    assert_eq!(slide::read(&part).unwrap().text, "deep");
}
