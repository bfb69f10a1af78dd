//! Packages of Office Open XML (ECMA-376 part 2): a zip archive of parts, which relations lead from one to another.

use std::collections::HashMap;
use std::fmt::Display;
use std::io::{Cursor, Read as _};

use roxmltree::{Document, Node};
use zip::ZipArchive;
use zip::result::ZipError;

use crate::failure::Failure;

/// The largest part that is read, in bytes.
const MAX_PART: u64 = 4 * 1024 * 1024;
/// The most bytes of parts that are read, all together: archives may hold far more than their size.
const MAX_PARTS: u64 = 64 * 1024 * 1024;

/// The part that says what a presentation consists of, unless the package says otherwise.
const PRESENTATION: &str = "ppt/presentation.xml";

/// An opened package.
pub(super) struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    /// How many bytes may yet be read.
    left: u64,
}

/// A relation of a part.
struct Relation {
    id: String,
    kind: String,
    part: String,
}

impl<'a> Package<'a> {
    /// Opens a file.
    pub(super) fn open(file: &'a [u8]) -> Result<Self, Failure> {
        let archive = ZipArchive::new(Cursor::new(file)).map_err(|error| {
            Failure::new(format!(
                "The file is no presentation that can be read ({error}): it has to be a .pptx without a password."
            ))
        })?;
        Ok(Self { archive, left: MAX_PARTS })
    }

    /// The parts of slides, in the order in which they are shown, at most so many.
    pub(super) fn slides(&mut self, most: usize) -> Result<Vec<String>, Failure> {
        let main = self.relations("")?.into_iter().find(|relation| relation.kind == "officeDocument");
        let main = main.map_or_else(|| PRESENTATION.to_owned(), |relation| relation.part);
        let parts: HashMap<String, String> =
            self.relations(&main)?.into_iter().map(|relation| (relation.id, relation.part)).collect();
        let text = self.part(&main)?;
        let document = Document::parse(&text).map_err(|error| damaged(&main, error))?;
        let listed = document.descendants().filter(|node| node.tag_name().name() == "sldId");
        let ids = listed.filter_map(|node| relation_id(&node)).take(most);
        Ok(ids.filter_map(|id| parts.get(id).cloned()).collect())
    }

    /// The part of a slide's notes, if it has some.
    pub(super) fn notes_of(&mut self, slide: &str) -> Result<Option<String>, Failure> {
        let notes = self.relations(slide)?.into_iter().find(|relation| relation.kind == "notesSlide");
        Ok(notes.map(|relation| relation.part))
    }

    /// The text of a part.
    pub(super) fn part(&mut self, name: &str) -> Result<String, Failure> {
        self.read(name)?
            .ok_or_else(|| Failure::new(format!("The presentation is damaged: {name} is missing.")))
    }

    fn read(&mut self, name: &str) -> Result<Option<String>, Failure> {
        let most = MAX_PART.min(self.left);
        let part = match self.archive.by_name(name) {
            Ok(part) => part,
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(error) => return Err(damaged(name, error)),
        };
        let mut bytes = Vec::new();
        part.take(most + 1).read_to_end(&mut bytes).map_err(|error| damaged(name, error))?;
        let size = bytes.len() as u64;
        if size > most {
            return Err(Failure::new(format!(
                "The presentation is too large to be read: {name} has more than {} MiB, or all that was read more than {} MiB.",
                MAX_PART / (1024 * 1024),
                MAX_PARTS / (1024 * 1024)
            )));
        }
        self.left -= size;
        String::from_utf8(bytes).map(Some).map_err(|error| damaged(name, error))
    }

    /// The relations of a part; of the package itself for no name.
    fn relations(&mut self, part: &str) -> Result<Vec<Relation>, Failure> {
        let (folder, name) = part.rsplit_once('/').map_or(("", part), |(folder, name)| (folder, name));
        let slash = if folder.is_empty() { "" } else { "/" };
        let place = format!("{folder}{slash}_rels/{name}.rels");
        let Some(text) = self.read(&place)? else { return Ok(Vec::new()) };
        let document = Document::parse(&text).map_err(|error| damaged(&place, error))?;
        let inside = |node: &Node<'_, '_>| node.attribute("TargetMode") != Some("External");
        let relations = document.descendants().filter(inside).filter_map(|node| {
            Some(Relation {
                id: node.attribute("Id")?.to_owned(),
                kind: node.attribute("Type")?.rsplit('/').next()?.to_owned(),
                part: resolve(folder, node.attribute("Target")?),
            })
        });
        Ok(relations.collect())
    }
}

/// The id of the relation that an element names, in whichever of the two namespaces Office writes it.
fn relation_id<'n>(node: &Node<'n, '_>) -> Option<&'n str> {
    let named = |attribute: &roxmltree::Attribute<'_, '_>| {
        attribute.name() == "id"
            && attribute.namespace().is_some_and(|space| space.ends_with("/relationships"))
    };
    node.attributes().find(named).map(|attribute| attribute.value())
}

/// The part that a target leads to from a folder.
pub(crate) fn resolve(folder: &str, target: &str) -> String {
    let (start, target) = target.strip_prefix('/').map_or((folder, target), |absolute| ("", absolute));
    let mut path: Vec<&str> = start.split('/').filter(|segment| !segment.is_empty()).collect();
    for segment in target.split('/') {
        match segment {
            "." | "" => {}
            ".." => {
                path.pop();
            }
            name => path.push(name),
        }
    }
    path.join("/")
}

/// That a part cannot be read.
pub(super) fn damaged(part: &str, error: impl Display) -> Failure {
    Failure::new(format!("The presentation is damaged, {part} cannot be read: {error}."))
}
