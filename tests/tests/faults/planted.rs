//! Values that tests give out as secrets, and the search for them where none may be.

use std::fmt::Write as _;

use anyhow::ensure;
use base64::{Engine as _, prelude::BASE64_STANDARD as STANDARD};

/// A token, as it is stored in a Secret.
pub(crate) const TOKEN: &str = "planted-token-1f3870be";
/// A key file: several lines, the last one ended, and characters that JSON escapes.
pub(crate) const KEY_FILE: &str =
    "{\n  \"private_key\": \"planted-file-274ae7b3\",\n  \"client\": \"planted-file-0c83f57c\"\n}\n";
/// A remote server's own header.
pub(crate) const HEADER: &str = "planted-header-b025aa97";
/// What a remote server is sent as bearer token.
pub(crate) const BEARER: &str = "planted-bearer-45c48cce";
/// A credential that no header can hold.
pub(crate) const BROKEN: &str = "planted-broken-8f14e45f\nplanted-broken-6512bd43";
/// What a caller brings for the vendor.
pub(crate) const CALLERS_TOKEN: &str = "planted-callers-c9f0f895";
/// What is sent as an API key and is none.
pub(crate) const WRONG_KEY: &str = "planted-wrong-a87ff679";

/// All of the above.
pub(crate) const ALL: [&str; 7] = [TOKEN, KEY_FILE, HEADER, BEARER, BROKEN, CALLERS_TOKEN, WRONG_KEY];

/// Texts of which none may be found.
pub(crate) struct Needles(Vec<String>);

impl Needles {
    /// Whatever shows one of the secrets: itself, one of its lines, and its encodings in hexadecimal, as dumps of databases
    /// show bytes, and in base64, as Kubernetes shows them.
    pub(crate) fn of<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut needles = Vec::new();
        for secret in secrets.into_iter().map(str::trim) {
            // Up to where more bytes do not change what comes before.
            needles.push(STANDARD.encode(&secret[..secret.len() - secret.len() % 3]));
            for line in secret.lines().map(str::trim).filter(|line| line.len() > 4) {
                // Of `"name": "value"` the value tells.
                let line = line.rsplit(": ").next().unwrap_or(line).trim_matches(['"', ',']);
                needles.push(line.to_owned());
                needles.push(line.bytes().fold(String::new(), |mut hex, byte| {
                    let _ = write!(hex, "{byte:02x}");
                    hex
                }));
            }
        }
        Self(needles)
    }

    /// Whether a text shows one.
    pub(crate) fn are_in(&self, bytes: &[u8]) -> bool {
        let text = String::from_utf8_lossy(bytes);
        self.0.iter().any(|needle| text.contains(needle.as_str()))
    }

    /// Fails if a text shows one, with the lines that do.
    pub(crate) fn must_not_be_in(&self, what: &str, text: &str) -> anyhow::Result<()> {
        let shown = text.lines().filter(|line| self.0.iter().any(|needle| line.contains(needle.as_str())));
        let shown: Vec<&str> = shown.take(5).collect();
        ensure!(shown.is_empty(), "a secret is in {what}:\n{}", shown.join("\n"));
        Ok(())
    }
}
