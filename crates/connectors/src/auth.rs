//! Credentials on requests.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::document::{Auth, AuthScheme};
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::headers;
use crate::problem::Report;

/// How a connector's requests are authenticated.
#[derive(Debug)]
pub(crate) struct Authentication {
    scheme: AuthScheme,
    header: HeaderName,
    field: String,
    optional: bool,
    title: String,
}

/// A credential as requests carry it.
#[derive(Debug)]
pub(crate) enum Credential {
    /// As a header.
    Header(HeaderName, HeaderValue),
    /// As a field of the JSON body.
    Field(String, SecretString),
}

impl Authentication {
    /// Compiles the description, with what is wrong noted.
    pub(crate) fn compile(auth: &Auth, title: &str, report: &mut Report<'_>) -> Self {
        let mut header = AUTHORIZATION;
        match (auth.scheme, &auth.header) {
            (AuthScheme::Header, Some(name)) => match HeaderName::try_from(name) {
                Ok(name) if name == AUTHORIZATION || !headers::is_reserved(&name) => header = name,
                _ => report.at("header").push("not a header that may hold a credential", "name another"),
            },
            (AuthScheme::Header, None) => {
                report.at("header").push("missing, and the scheme is `header`", "name the header");
            }
            (_, Some(_)) => {
                report.at("header").push("given, and the scheme is not `header`", "remove one of them");
            }
            (_, None) => {}
        }
        match (auth.scheme, auth.field.as_deref().unwrap_or_default()) {
            (AuthScheme::Body, "") => {
                report.at("field").push("missing, and the scheme is `body`", "name the field");
            }
            (AuthScheme::Body, _) | (_, "") => {}
            _ => report.at("field").push("given, and the scheme is not `body`", "remove one of them"),
        }
        let field = auth.field.clone().unwrap_or_default();
        Self { scheme: auth.scheme, header, field, optional: auth.optional, title: title.to_owned() }
    }

    /// Whether the credential goes into bodies, so that each request has to have one.
    pub(crate) fn is_in_body(&self) -> bool {
        self.scheme == AuthScheme::Body
    }

    /// What requests carry; `None` where they go without.
    pub(crate) fn credential(
        &self,
        credential: Option<&SecretString>,
    ) -> Result<Option<Credential>, Failure> {
        if self.scheme == AuthScheme::None {
            return Ok(None);
        }
        let Some(credential) =
            credential.map(|secret| secret.expose_secret().trim()).filter(|secret| !secret.is_empty())
        else {
            return if self.optional { Ok(None) } else { Err(Failure::new(self.missing())) };
        };
        let value = match self.scheme {
            AuthScheme::BearerOrBasic if credential.contains(':') => {
                format!("Basic {}", STANDARD.encode(credential))
            }
            AuthScheme::Bearer | AuthScheme::BearerOrBasic => format!("Bearer {credential}"),
            AuthScheme::Basic => format!("Basic {}", STANDARD.encode(user_and_password(credential))),
            AuthScheme::Bot => format!("Bot {credential}"),
            AuthScheme::Body => return Ok(Some(Credential::Field(self.field.clone(), credential.into()))),
            AuthScheme::Header | AuthScheme::None => credential.to_owned(),
        };
        let mut value = HeaderValue::try_from(value).map_err(|_| {
            Failure::new(format!(
                "The credential for {} holds characters that no header may hold; store it again without line breaks.",
                self.title
            ))
        })?;
        value.set_sensitive(true);
        Ok(Some(Credential::Header(self.header.clone(), value)))
    }

    /// What requests carry where the credential is not to be shown.
    pub(crate) fn placeholder(&self) -> Option<Credential> {
        let value = match self.scheme {
            AuthScheme::Bearer | AuthScheme::BearerOrBasic => "Bearer <credential>",
            AuthScheme::Basic => "Basic <credential>",
            AuthScheme::Bot => "Bot <credential>",
            AuthScheme::Header => "<credential>",
            AuthScheme::Body => return Some(Credential::Field(self.field.clone(), "<credential>".into())),
            AuthScheme::None => return None,
        };
        Some(Credential::Header(self.header.clone(), HeaderValue::from_static(value)))
    }

    /// What to do where no credential is set.
    pub(crate) fn missing(&self) -> String {
        format!(
            "{} needs a credential and this connector has none: set `spec.credentials` of its Connector to a Secret or \
             an OAuth app, or send the user's own token in the X-User-OAuth-Token header.",
            self.title
        )
    }
}

impl Credential {
    /// A JSON body with the credential in it, should that be its place. `None`: the body cannot hold it.
    pub(crate) fn put_into(&self, body: Option<&Value>) -> Option<Value> {
        let Self::Field(field, secret) = self else { return body.cloned() };
        let mut fields = match body {
            None => Map::new(),
            Some(Value::Object(fields)) => fields.clone(),
            Some(_) => return None,
        };
        fields.insert(field.clone(), Value::from(secret.expose_secret()));
        Some(Value::Object(fields))
    }
}

/// `user:password`; a user alone has an empty password.
fn user_and_password(credential: &str) -> String {
    if credential.contains(':') { credential.to_owned() } else { format!("{credential}:") }
}

/// Each way in which a vendor may repeat a credential, longer ones first: as it is, the password of `user:password`, and
/// both in base64.
pub(crate) fn spellings(credential: &SecretString) -> Vec<String> {
    let whole = credential.expose_secret().trim();
    let mut all = vec![STANDARD.encode(user_and_password(whole)), whole.to_owned()];
    all.extend(whole.split_once(':').map(|(_, password)| password.to_owned()));
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn authentication(scheme: AuthScheme, field: Option<&str>) -> Authentication {
        let auth = Auth { scheme, field: field.map(str::to_owned), ..Auth::default() };
        let mut problems = Vec::new();
        let compiled = Authentication::compile(&auth, "Demo", &mut Report::new(&mut problems));
        assert_eq!(problems, []);
        compiled
    }

    #[test]
    fn a_user_alone_has_an_empty_password() {
        let basic = authentication(AuthScheme::Basic, None);
        for (credential, expected) in [("key", "key:"), ("user:pass:word", "user:pass:word"), ("u:", "u:")] {
            let Some(Credential::Header(_, value)) = basic.credential(Some(&credential.into())).unwrap()
            else {
                panic!("{credential}")
            };
            assert_eq!(value.to_str().unwrap(), format!("Basic {}", STANDARD.encode(expected)));
            assert!(value.is_sensitive());
        }
    }

    #[test]
    fn a_password_tells_basic_from_bearer_where_a_vendor_takes_either() {
        let either = authentication(AuthScheme::BearerOrBasic, None);
        let sent = |credential: &str| match either.credential(Some(&credential.into())) {
            Ok(Some(Credential::Header(_, value))) => value.to_str().unwrap().to_owned(),
            other => panic!("{credential}: {other:?}"),
        };
        assert_eq!(sent("eyJh.bGci-_=="), "Bearer eyJh.bGci-_==");
        assert_eq!(sent("ada@example.com:t=k"), format!("Basic {}", STANDARD.encode("ada@example.com:t=k")));
    }

    #[test]
    fn a_credential_for_bodies_is_shown_nowhere_else() {
        let body = authentication(AuthScheme::Body, Some("service_key"));
        let credential = body.credential(Some(&" k1234 ".into())).unwrap().unwrap();
        assert!(!format!("{credential:?}").contains("k1234"));
        let put = |value: Option<Value>| credential.put_into(value.as_ref());
        assert_eq!(put(Some(json!({"a": 1}))), Some(json!({"a": 1, "service_key": "k1234"})));
        assert_eq!(put(Some(json!({"service_key": "mine"}))), Some(json!({"service_key": "k1234"})));
        assert_eq!(put(None), Some(json!({"service_key": "k1234"})));
        assert_eq!(put(Some(json!([1]))), None);
        assert!(body.credential(None).is_err());
    }
}
