//! `github_contents`: what lies at a path of a GitHub repository.
//!
//! GitHub answers with base64 for files up to 1 MB, with an empty text and `encoding: none` above (the raw form must be
//! asked for), with a list for directories, and with an object of another type for submodules and links.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{Function, Output, Requests};
use crate::failure::Failure;
use crate::result::{ResourceContents, ResourceData};
use crate::session::parse;

/// `contents` asks for the JSON form, `raw` for the file itself.
pub(super) const FUNCTION: Function = Function {
    name: "github_contents",
    requests: Some(&["contents", "raw"]),
    adds: &[],
    run: |requests| Box::pin(run(requests)),
};

async fn run(requests: &Requests<'_>) -> Result<Output, Failure> {
    let reply = requests.send("contents").await?;
    let entry = parse(&reply)?;
    let is_file = entry.get("type").and_then(Value::as_str) == Some("file");
    if !is_file {
        return Ok(Output::Value(entry, reply.body.len()));
    }
    let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
    let bytes = match text("encoding") {
        "base64" => decode(text("content"))?,
        _ => requests.send("raw").await?.body.to_vec(),
    };
    let path = if text("path").is_empty() { requests.text("path") } else { text("path") };
    // Tools call the repository `repo`, URIs of resources call it `name`.
    let repo = if requests.text("repo").is_empty() { requests.text("name") } else { requests.text("repo") };
    let owner = requests.text("owner");
    let contents = contents(format!("github://file/{owner}/{repo}/{path}"), path, bytes);
    Ok(Output::File(format!("File: {path}"), contents))
}

/// Decodes GitHub's base64, which has line breaks.
fn decode(text: &str) -> Result<Vec<u8>, Failure> {
    let compact: String = text.split_ascii_whitespace().collect();
    STANDARD.decode(compact).map_err(|_| Failure::new("GitHub sent a file that is not valid base64."))
}

/// A file as a text where it is one, as a blob where not.
fn contents(uri: String, path: &str, bytes: Vec<u8>) -> ResourceContents {
    let guessed = media_type(path);
    match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => {
            let mime_type = Some(guessed.unwrap_or("text/plain").to_owned());
            ResourceContents { uri, mime_type, data: ResourceData::Text(text) }
        }
        Ok(text) => blob(uri, guessed, text.as_bytes()),
        Err(error) => blob(uri, guessed, error.as_bytes()),
    }
}

fn blob(uri: String, guessed: Option<&str>, bytes: &[u8]) -> ResourceContents {
    let mime_type = Some(guessed.unwrap_or("application/octet-stream").to_owned());
    ResourceContents { uri, mime_type, data: ResourceData::Blob(STANDARD.encode(bytes)) }
}

/// The media type by the file's ending, for the few that clients treat specially.
fn media_type(path: &str) -> Option<&'static str> {
    let (_, ending) = path.rsplit('/').next()?.rsplit_once('.')?;
    Some(match ending.to_ascii_lowercase().as_str() {
        "css" => "text/css",
        "csv" => "text/csv",
        "gif" => "image/gif",
        "htm" | "html" => "text/html",
        "jpeg" | "jpg" => "image/jpeg",
        "js" | "mjs" => "text/javascript",
        "json" => "application/json",
        "md" => "text/markdown",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "webp" => "image/webp",
        "xml" => "application/xml",
        "yaml" | "yml" => "application/yaml",
        "zip" => "application/zip",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_texts_where_they_are_texts() {
        let of = |path: &str, bytes: &[u8]| contents("u".to_owned(), path, bytes.to_vec());
        assert_eq!(of("a/README.md", b"# x").data, ResourceData::Text("# x".to_owned()));
        assert_eq!(of("README.md", b"# x").mime_type.as_deref(), Some("text/markdown"));
        assert_eq!(of("Makefile", b"all:").mime_type.as_deref(), Some("text/plain"));
        assert_eq!(of("a.png", b"\x89PNG").data, ResourceData::Blob("iVBORw==".to_owned()));
        assert_eq!(of("x", b"a\0b").mime_type.as_deref(), Some("application/octet-stream"));
        assert_eq!(of("empty", b"").data, ResourceData::Text(String::new()));
    }

    #[test]
    fn base64_with_line_breaks_is_read() {
        assert_eq!(decode("aGVs\nbG8=\n").unwrap(), b"hello");
        assert!(decode("???").is_err());
    }
}
