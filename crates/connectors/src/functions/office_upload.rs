//! `office_upload`: uploads a new, empty file of Office, which vendors make none of: an empty body is no workbook and no
//! presentation, and cannot be opened.
//!
//! ```yaml
//! options: {kind: xlsx}          # or pptx
//! ```
//!
//! The request `upload` sees the file in base64 as the argument `package`. It is a package of Office Open XML (ECMA-376)
//! of as few parts as Office takes: a workbook with one empty worksheet, or a presentation with one empty title slide.

use std::io::{Cursor, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use zip::ZipWriter;
use zip::result::ZipResult;
use zip::write::SimpleFileOptions;

use super::options::Said;
use super::{Function, Output, Requests};
use crate::failure::Failure;
use crate::problem::Fault;
use crate::session::parse;

/// `upload` sends the file.
pub(super) const FUNCTION: Function = Function {
    name: "office_upload",
    requests: Some(&["upload"]),
    adds: &["package"],
    check,
    run: |requests| Box::pin(run(requests)),
};

/// A part of a package: its name, and its contents.
type Part = (&'static str, &'static str);

/// A part whose contents are a file beside this one.
macro_rules! part {
    ($name:literal, $file:literal) => {
        ($name, include_str!(concat!("office_upload/", $file)))
    };
}

const WORKBOOK: &[Part] = &[
    part!("[Content_Types].xml", "xlsx/content-types.xml"),
    part!("_rels/.rels", "xlsx/package.rels.xml"),
    part!("xl/workbook.xml", "xlsx/workbook.xml"),
    part!("xl/_rels/workbook.xml.rels", "xlsx/workbook.rels.xml"),
    part!("xl/worksheets/sheet1.xml", "xlsx/sheet1.xml"),
    part!("xl/styles.xml", "xlsx/styles.xml"),
];

const PRESENTATION: &[Part] = &[
    part!("[Content_Types].xml", "pptx/content-types.xml"),
    part!("_rels/.rels", "pptx/package.rels.xml"),
    part!("ppt/presentation.xml", "pptx/presentation.xml"),
    part!("ppt/_rels/presentation.xml.rels", "pptx/presentation.rels.xml"),
    part!("ppt/slideMasters/slideMaster1.xml", "pptx/slideMaster1.xml"),
    part!("ppt/slideMasters/_rels/slideMaster1.xml.rels", "pptx/slideMaster1.rels.xml"),
    part!("ppt/slideLayouts/slideLayout1.xml", "pptx/slideLayout1.xml"),
    part!("ppt/slideLayouts/_rels/slideLayout1.xml.rels", "pptx/slideLayout1.rels.xml"),
    part!("ppt/slides/slide1.xml", "pptx/slide1.xml"),
    part!("ppt/slides/_rels/slide1.xml.rels", "pptx/slide1.rels.xml"),
    part!("ppt/theme/theme1.xml", "pptx/theme1.xml"),
];

fn check(said: &Said<'_>) -> Result<(), Fault> {
    said.only(&["kind"])?;
    parts_of(said.text("kind"))
        .map(drop)
        .map_err(|_| Fault::new("the option `kind` is no kind of file", "say xlsx or pptx"))
}

async fn run(requests: &Requests<'_>) -> Result<Output, Failure> {
    let parts = parts_of(requests.options.get("kind").and_then(Value::as_str).unwrap_or_default())?;
    let package =
        package(parts).map_err(|error| Failure::new(format!("the file cannot be made: {error}")))?;
    let values = Map::from_iter([("package".to_owned(), Value::from(STANDARD.encode(package)))]);
    let reply = requests.send_with("upload", &values).await?;
    let size = reply.body.len();
    Ok(Output::Value(parse(reply)?, size))
}

fn parts_of(kind: &str) -> Result<&'static [Part], Failure> {
    match kind {
        "xlsx" => Ok(WORKBOOK),
        "pptx" => Ok(PRESENTATION),
        other => Err(Failure::new(format!(
            "the connector asks for a file of the kind {other:?}; its author can say xlsx or pptx in `options`"
        ))),
    }
}

/// A package of these parts. Its bytes are the same every time.
fn package(parts: &[Part]) -> ZipResult<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
    for (name, contents) in parts {
        writer.start_file(*name, options)?;
        writer.write_all(contents.as_bytes())?;
    }
    Ok(writer.finish()?.into_inner())
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeSet;
    use std::io::Read as _;

    use roxmltree::Document;
    use zip::ZipArchive;

    use super::*;

    /// An empty presentation, for those who read some.
    pub(crate) fn presentation() -> Vec<u8> {
        package(PRESENTATION).unwrap()
    }

    #[test]
    fn packages_hold_every_part_as_well_formed_xml() {
        for parts in [WORKBOOK, PRESENTATION] {
            let mut archive = ZipArchive::new(Cursor::new(package(parts).unwrap())).unwrap();
            assert_eq!(archive.len(), parts.len());
            for (name, contents) in parts {
                let mut text = String::new();
                archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
                assert_eq!(text, *contents);
                Document::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            }
        }
    }

    #[test]
    fn every_part_has_a_type_and_every_relation_leads_to_a_part() {
        for parts in [WORKBOOK, PRESENTATION] {
            let names: BTreeSet<&str> = parts.iter().map(|(name, _)| *name).collect();
            let types = Document::parse(parts[0].1).unwrap();
            let typed: BTreeSet<&str> =
                types.descendants().filter_map(|node| node.attribute("PartName")).collect();
            let plain = names.iter().filter(|name| !name.ends_with(".rels") && !name.starts_with('['));
            assert_eq!(plain.map(|name| format!("/{name}")).collect::<Vec<_>>(), sorted(&typed));
            for (name, contents) in parts.iter().filter(|(name, _)| name.ends_with(".rels")) {
                let folder = name.split_once("_rels/").unwrap().0;
                let relations = Document::parse(contents).unwrap();
                for target in relations.descendants().filter_map(|node| node.attribute("Target")) {
                    let part = super::super::presentation_slides::resolve(folder, target);
                    assert!(names.contains(part.as_str()), "{name} leads to {part}");
                }
            }
        }
    }

    fn sorted(names: &BTreeSet<&str>) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_package_is_the_same_every_time_and_an_unknown_kind_is_told() {
        assert_eq!(package(WORKBOOK).unwrap(), package(WORKBOOK).unwrap());
        assert!(parts_of("docx").unwrap_err().to_string().contains("docx"));
    }
}
