//! What a request asks for: the place its path names, its query, and the form in which it wants the answer.

use std::{collections::HashMap, sync::Arc};

use http::{HeaderMap, Uri, header};

use crate::{
    error::ApiError,
    resource::{Registry, Resource},
};

/// The place that a path names.
pub(crate) enum Target {
    /// Anything that is not an object: discovery, version, health.
    Fixed(String),
    /// A resource, in one namespace or (empty) in all of them.
    Collection { resource: Arc<Resource>, namespace: String },
    /// One object, or only its status.
    Object { resource: Arc<Resource>, namespace: String, name: String, status: bool },
}

impl Target {
    /// Reads a path.
    ///
    /// # Errors
    /// 404 for a resource or subresource that is not served.
    pub(crate) fn parse(registry: &Registry, path: &str) -> Result<Self, ApiError> {
        let unknown = || ApiError::no_such_path(path);
        let segments: Vec<String> = path
            .split('/')
            .filter(|it| !it.is_empty())
            .map(decode)
            .collect::<Option<_>>()
            .ok_or_else(unknown)?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let (group, version, rest) = match segments[..] {
            ["api", version, ref rest @ ..] if !rest.is_empty() => ("", version, rest),
            ["apis", group, version, ref rest @ ..] if !rest.is_empty() => (group, version, rest),
            _ => return Ok(Self::Fixed(format!("/{}", segments.join("/")))),
        };
        let (namespace, rest) = match rest {
            ["namespaces", namespace, plural, ..] if *plural != "status" => (*namespace, &rest[2..]),
            _ => ("", rest),
        };
        let (plural, rest) = rest.split_first().ok_or_else(unknown)?;
        let resource = Arc::clone(registry.at(group, version, plural).ok_or_else(unknown)?);
        if !namespace.is_empty() && !resource.namespaced {
            return Err(unknown());
        }
        let namespace = namespace.to_owned();
        match *rest {
            [] => Ok(Self::Collection { resource, namespace }),
            [name] => Ok(Self::Object { resource, namespace, name: name.to_owned(), status: false }),
            [name, "status"] if resource.has_status => {
                Ok(Self::Object { resource, namespace, name: name.to_owned(), status: true })
            }
            _ => Err(unknown()),
        }
    }
}

fn decode(segment: &str) -> Option<String> {
    if !segment.contains('%') {
        return Some(segment.to_owned());
    }
    // A query value is percent-encoded in the same way, but for `+`.
    let query = format!("v={}", segment.replace('+', "%2B"));
    let decoded = url::form_urlencoded::parse(query.as_bytes()).next()?.1.into_owned();
    (!decoded.contains('/')).then_some(decoded)
}

/// The query parameters.
pub(crate) struct Query(HashMap<String, String>);

impl Query {
    pub(crate) fn parse(uri: &Uri) -> Self {
        Self(url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect())
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        matches!(self.text(name), "true" | "1")
    }

    /// A number; `None` where the parameter is absent or empty.
    ///
    /// # Errors
    /// 400 for anything else that is no number.
    pub(crate) fn number(&self, name: &str) -> Result<Option<u64>, ApiError> {
        match self.text(name) {
            "" => Ok(None),
            text => text
                .parse()
                .map(Some)
                .map_err(|_| ApiError::bad_request(format!("{name}: \"{text}\" is not a number"))),
        }
    }

    /// Whether nothing is to be stored.
    pub(crate) fn dry_run(&self) -> bool {
        self.text("dryRun") == "All"
    }
}

/// What to do with fields that the schema does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnknownFields {
    /// Drop them.
    Ignore,
    /// Drop them and say so in a header.
    Warn,
    /// Refuse the request.
    Strict,
}

/// How a write is made.
pub(crate) struct WriteOptions {
    /// Who owns the fields that are written.
    pub(crate) manager: String,
    /// What to do with unknown fields.
    pub(crate) unknown_fields: UnknownFields,
    /// Take fields over from other managers (server-side apply).
    pub(crate) force: bool,
    /// Store nothing.
    pub(crate) dry_run: bool,
    /// Write the status and nothing else.
    pub(crate) status: bool,
}

impl WriteOptions {
    /// Reads the options of a write from its query; the manager defaults to the client's name.
    ///
    /// # Errors
    /// 400 for a `fieldValidation` that is none of `Ignore`, `Warn`, `Strict`.
    pub(crate) fn parse(query: &Query, headers: &HeaderMap, status: bool) -> Result<Self, ApiError> {
        let agent = headers.get(header::USER_AGENT).and_then(|it| it.to_str().ok()).unwrap_or_default();
        let agent = agent.split('/').next().filter(|it| !it.is_empty()).unwrap_or("unknown");
        let manager = Some(query.text("fieldManager")).filter(|it| !it.is_empty()).unwrap_or(agent);
        let unknown_fields = match query.text("fieldValidation") {
            "" | "Warn" => UnknownFields::Warn,
            "Ignore" => UnknownFields::Ignore,
            "Strict" => UnknownFields::Strict,
            other => {
                let message = format!("fieldValidation: \"{other}\" is none of Ignore, Warn and Strict");
                return Err(ApiError::bad_request(message));
            }
        };
        Ok(Self {
            manager: manager.to_owned(),
            unknown_fields,
            force: query.flag("force"),
            dry_run: query.dry_run(),
            status,
        })
    }
}

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The objects themselves.
    Whole,
    /// Only their metadata.
    Metadata,
    /// Rows for people.
    Table,
}

impl Shape {
    /// The first form in `Accept` that this API can produce.
    ///
    /// # Errors
    /// 406 where there is none: protobuf, for one.
    pub(crate) fn negotiate(headers: &HeaderMap) -> Result<Self, ApiError> {
        let accept = headers.get(header::ACCEPT).and_then(|it| it.to_str().ok()).unwrap_or("*/*");
        for range in accept.split(',') {
            let mut parts = range.split(';').map(str::trim);
            if !matches!(parts.next(), Some("application/json" | "application/*" | "*/*")) {
                continue;
            }
            match parts.find_map(|part| part.strip_prefix("as=")) {
                None => return Ok(Self::Whole),
                Some("Table") => return Ok(Self::Table),
                Some("PartialObjectMetadata" | "PartialObjectMetadataList") => return Ok(Self::Metadata),
                Some(_) => {}
            }
        }
        let message = format!("only application/json is served, not \"{accept}\"");
        Err(ApiError::new(http::StatusCode::NOT_ACCEPTABLE, "NotAcceptable", message))
    }
}
