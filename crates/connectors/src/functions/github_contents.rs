//! `github_contents`: what lies at a path of a GitHub repository.
//!
//! GitHub answers with base64 for files up to 1 MB, with an empty text and `encoding: none` above (the raw form must be
//! asked for), with a list for directories, and with an object of another type for submodules and links.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{Function, Output, Requests, options};
use crate::failure::Failure;
use crate::file;
use crate::session::parse;

/// `contents` asks for the JSON form, `raw` for the file itself.
pub(super) const FUNCTION: Function = Function {
    name: "github_contents",
    requests: Some(&["contents", "raw"]),
    adds: &[],
    check: options::none,
    run: |requests| Box::pin(run(requests)),
};

async fn run(requests: &Requests<'_>) -> Result<Output, Failure> {
    let reply = requests.send("contents").await?;
    let size = reply.body.len();
    let entry = parse(reply)?;
    let is_file = entry.get("type").and_then(Value::as_str) == Some("file");
    if !is_file {
        return Ok(Output::Value(entry, size));
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
    let contents = file::contents(
        format!("github://file/{owner}/{repo}/{path}"),
        media_type(path).map(str::to_owned),
        bytes,
    );
    Ok(Output::File(format!("File: {path}"), contents))
}

/// Decodes GitHub's base64, which has line breaks.
fn decode(text: &str) -> Result<Vec<u8>, Failure> {
    let compact: String = text.split_ascii_whitespace().collect();
    STANDARD.decode(compact).map_err(|_| Failure::new("GitHub sent a file that is not valid base64."))
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
    fn the_ending_says_the_media_type() {
        assert_eq!(media_type("a/README.md"), Some("text/markdown"));
        assert_eq!(media_type("a.b/x.PNG"), Some("image/png"));
        assert_eq!(media_type("a.md/Makefile"), None);
    }

    #[test]
    fn base64_with_line_breaks_is_read() {
        assert_eq!(decode("aGVs\nbG8=\n").unwrap(), b"hello");
        assert!(decode("???").is_err());
    }
}
