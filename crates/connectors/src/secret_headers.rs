//! Secret headers besides the credential, for vendors that want a second key.

use std::collections::BTreeMap;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use crate::failure::Failure;
use crate::headers;
use crate::problem::Report;

/// The headers that a document asks for.
#[derive(Debug, Default)]
pub(crate) struct SecretHeaders(Vec<HeaderName>);

impl SecretHeaders {
    /// Compiles the declaration, with what is wrong noted.
    pub(crate) fn compile(declared: &BTreeMap<String, String>, report: &mut Report<'_>) -> Self {
        let names = declared.keys().filter_map(|name| match HeaderName::try_from(name) {
            Ok(header) if !headers::is_reserved(&header) => Some(header),
            _ => {
                report.at(name).push("not a header that may hold a secret", "name another");
                None
            }
        });
        Self(names.collect())
    }

    /// Whether exactly the declared headers are given.
    pub(crate) fn check(&self, given: &[&str]) -> Result<(), String> {
        let is = |header: &HeaderName, name: &str| header.as_str().eq_ignore_ascii_case(name);
        if let Some(unknown) = given.iter().find(|name| !self.0.iter().any(|header| is(header, name))) {
            let known = if self.0.is_empty() { "no secret headers".to_owned() } else { self.list() };
            return Err(format!("{unknown} is not asked for; the connector takes {known}"));
        }
        let missing = self.0.iter().find(|header| !given.iter().any(|name| is(header, name)));
        missing.map_or(Ok(()), |header| Err(format!("{header} is missing; say where its value is")))
    }

    /// The headers with their values.
    pub(crate) fn values(&self, secrets: &BTreeMap<String, SecretString>) -> Result<HeaderMap, Failure> {
        let mut values = HeaderMap::new();
        for header in &self.0 {
            let secret = secrets.iter().find(|(name, _)| header.as_str().eq_ignore_ascii_case(name));
            let (_, secret) = secret.ok_or_else(|| {
                Failure::new(format!(
                    "The connector needs the secret header {header}: name its Secret in `spec.native.headersFrom`."
                ))
            })?;
            let mut value = HeaderValue::try_from(secret.expose_secret().trim()).map_err(|_| {
                Failure::new(format!(
                    "The secret header {header} holds characters that no header may hold; store it again without line breaks."
                ))
            })?;
            value.set_sensitive(true);
            values.insert(header.clone(), value);
        }
        Ok(values)
    }

    /// The headers where their values are not to be shown.
    pub(crate) fn placeholders(&self) -> HeaderMap {
        self.0.iter().map(|header| (header.clone(), HeaderValue::from_static("<secret>"))).collect()
    }

    fn list(&self) -> String {
        self.0.iter().map(HeaderName::as_str).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(names: &[&str]) -> SecretHeaders {
        let declared = names.iter().map(|name| ((*name).to_owned(), String::new())).collect();
        let mut problems = Vec::new();
        let headers = SecretHeaders::compile(&declared, &mut Report::new(&mut problems));
        assert!(problems.is_empty(), "{problems:?}");
        headers
    }

    #[test]
    fn exactly_the_declared_headers_are_given() {
        let headers = declared(&["DD-Application-Key"]);
        assert_eq!(headers.check(&["dd-application-key"]), Ok(()));
        assert!(headers.check(&[]).unwrap_err().contains("dd-application-key is missing"));
        assert!(headers.check(&["X-Other"]).unwrap_err().contains("takes dd-application-key"));
        assert!(declared(&[]).check(&["X-Other"]).unwrap_err().contains("takes no secret headers"));
    }

    #[test]
    fn values_are_marked_as_sensitive_and_a_missing_one_is_told() {
        let headers = declared(&["X-Second-Key"]);
        let secrets = [("x-second-key".to_owned(), SecretString::from("k2\n"))].into();
        let values = headers.values(&secrets).unwrap();
        assert!(values["x-second-key"].is_sensitive() && values["x-second-key"] == "k2");
        let failure = headers.values(&BTreeMap::new()).unwrap_err().to_string();
        assert!(failure.contains("spec.native.headersFrom"), "{failure}");
    }

    #[test]
    fn reserved_headers_are_refused() {
        let mut problems = Vec::new();
        let declared = [("Host".to_owned(), String::new())].into();
        SecretHeaders::compile(&declared, &mut Report::new(&mut problems));
        assert_eq!(problems.len(), 1);
    }
}
