//! Replies that are files: a text where they are one, else bytes, under a URI of their own.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::document::FileDocument;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::http::Reply;
use crate::problem::Report;
use crate::result::{ResourceContents, ResourceData};
use crate::template::UriTemplate;

/// Files above this size, in bytes, are linked to where a resource has them.
pub(crate) const MAX_EMBEDDED: usize = 1024 * 1024;

/// A reply that is a file.
#[derive(Debug)]
pub(crate) struct FileReply {
    /// Where the file is; `None` where whoever asked knows.
    uri: Option<UriTemplate>,
    mime_type: Option<String>,
}

impl FileReply {
    /// Compiles the description, with what is wrong noted.
    pub(crate) fn compile(
        document: &FileDocument,
        arguments: &dyn Fn(&str) -> bool,
        report: &mut Report<'_>,
    ) -> Option<Self> {
        let uri = report.at("uri").keep(UriTemplate::compile(&document.uri))?;
        if let Some(name) = uri.variables().iter().find(|name| !arguments(name)) {
            report
                .at("uri")
                .push(format!("the variable `{name}` is no argument"), "add it to the input's properties");
        }
        Some(Self { uri: Some(uri), mime_type: document.mime_type.clone() })
    }

    /// A reply that is read under a URI that the reader knows.
    pub(crate) fn of_a_resource(mime_type: Option<&String>) -> Self {
        Self { uri: None, mime_type: mime_type.cloned() }
    }

    /// The file that a reply is.
    pub(crate) fn contents(
        &self,
        reply: &Reply,
        arguments: &Map<String, Value>,
    ) -> Result<ResourceContents, Failure> {
        let uri = self.uri.as_ref().map(|uri| uri.expand(arguments)).transpose()?.unwrap_or_default();
        let said = reply.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let said = said.and_then(|said| said.split(';').next()).map(|said| said.trim().to_ascii_lowercase());
        Ok(contents(uri, self.mime_type.clone().or(said), reply.body.to_vec()))
    }
}

/// A file as a text where it is one, as bytes where not.
pub(crate) fn contents(uri: String, mime_type: Option<String>, bytes: Vec<u8>) -> ResourceContents {
    let known = mime_type.filter(|kind| !kind.is_empty() && kind != "application/octet-stream");
    match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => {
            let mime_type = known.or_else(|| Some("text/plain".to_owned()));
            ResourceContents { uri, mime_type, data: ResourceData::Text(text) }
        }
        Ok(text) => blob(uri, known, text.as_bytes()),
        Err(error) => blob(uri, known, error.as_bytes()),
    }
}

fn blob(uri: String, mime_type: Option<String>, bytes: &[u8]) -> ResourceContents {
    let mime_type = mime_type.or_else(|| Some("application/octet-stream".to_owned()));
    ResourceContents { uri, mime_type, data: ResourceData::Blob(STANDARD.encode(bytes)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_texts_where_they_are_texts() {
        let of = |mime_type: Option<&str>, bytes: &[u8]| {
            let file = contents("u".to_owned(), mime_type.map(str::to_owned), bytes.to_vec());
            (file.mime_type.unwrap(), file.data)
        };
        let text = |text: &str| ResourceData::Text(text.to_owned());
        let blob = |text: &str| ResourceData::Blob(text.to_owned());
        assert_eq!(of(None, b"all:"), ("text/plain".to_owned(), text("all:")));
        assert_eq!(of(Some("text/csv"), b"a,b"), ("text/csv".to_owned(), text("a,b")));
        assert_eq!(of(Some("image/svg+xml"), b"<svg/>"), ("image/svg+xml".to_owned(), text("<svg/>")));
        assert_eq!(of(Some("application/octet-stream"), b"x"), ("text/plain".to_owned(), text("x")));
        assert_eq!(of(None, b"a\0b"), ("application/octet-stream".to_owned(), blob("YQBi")));
        assert_eq!(of(Some("image/png"), b"\x89PNG"), ("image/png".to_owned(), blob("iVBORw==")));
        assert_eq!(of(None, b""), ("text/plain".to_owned(), text("")));
    }
}
