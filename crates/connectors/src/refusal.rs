//! A vendor's refusal in its own words, with what may help.

use reqwest::header::HeaderMap;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::auth::Authentication;
use crate::failure::{Failure, shorten, without};
use crate::http::Reply;
use crate::http::retry::retry_after;
use crate::jq::Program;

/// The longest message of a vendor that is passed on, in bytes.
const MAX_VENDOR_MESSAGE: usize = 1_000;

/// What a refusal is read with.
pub(crate) struct Context<'a> {
    /// The vendor's name.
    pub(crate) title: &'a str,
    pub(crate) authentication: &'a Authentication,
    /// The document's own way to find the message.
    pub(crate) error_message: Option<&'a Program>,
    /// The credential that the request carried.
    pub(crate) credential: Option<&'a SecretString>,
    /// Scopes that the tool needs.
    pub(crate) scopes: &'a [String],
}

/// The failure that a reply with an error status is.
pub(crate) fn explain(context: &Context<'_>, reply: &Reply) -> Failure {
    let said = vendor_message(context, reply).map_or_else(String::new, |said| format!(": {said}"));
    let hint = hint(context, reply).map_or_else(String::new, |hint| format!(" {hint}"));
    let reason =
        reqwest::StatusCode::from_u16(reply.status).ok().and_then(|status| status.canonical_reason());
    let reason = reason.map_or_else(String::new, |reason| format!(" {reason}"));
    let end = if said.ends_with(['.', '!', '?']) { "" } else { "." };
    Failure::answered(
        reply.status,
        format!("{} answered {}{reason}{said}{end}{hint}", context.title, reply.status),
    )
}

fn vendor_message(context: &Context<'_>, reply: &Reply) -> Option<String> {
    let body: Value = serde_json::from_slice(&reply.body).ok()?;
    let message = match context.error_message {
        Some(program) => program.run(&body, &[]).ok()?.as_str().map(str::to_owned),
        None => usual_message(&body),
    };
    let message = message.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    // Before the cut, which could go through the credential and leave half of it.
    let message = message.map(|text| match context.credential {
        Some(credential) => without(text, credential.expose_secret().trim()),
        None => text,
    });
    message.filter(|text| !text.is_empty()).map(|text| shorten(text, MAX_VENDOR_MESSAGE))
}

/// The message where most vendors put it.
fn usual_message(body: &Value) -> Option<String> {
    let places = [
        "/message",
        "/error/message",
        "/error_description",
        "/error",
        "/detail",
        "/errors/0/message",
        "/errors/0",
    ];
    places.iter().find_map(|place| Some(body.pointer(place)?.as_str()?.to_owned()))
}

fn hint(context: &Context<'_>, reply: &Reply) -> Option<String> {
    let wait = retry_after(&reply.headers).map(|wait| wait.as_secs());
    match reply.status {
        401 if context.credential.is_some() => {
            Some("The credential was refused: it may have expired or been revoked; store a new one or connect again.".to_owned())
        }
        401 => Some(context.authentication.missing()),
        403 | 429 if wait.is_some() || exhausted(&reply.headers) || reply.status == 429 => {
            let when = wait.map(|wait| format!(" Try again in {wait} s.")).or_else(|| reset(&reply.headers));
            let less = if context.credential.is_some() { "" } else { " With a credential the limit is usually higher." };
            Some(format!("This is a rate limit.{}{less}", when.unwrap_or_default()))
        }
        403 if context.credential.is_none() => Some(context.authentication.missing()),
        403 if context.scopes.is_empty() => Some("The credential does not permit this.".to_owned()),
        403 => Some(format!("The credential does not permit this; it needs: {}.", context.scopes.join(", "))),
        404 => Some(
            "Check the names. What is private also answers so to a credential that may not see it, and to none.".to_owned(),
        ),
        _ => None,
    }
}

/// Whether the reply says that a rate limit is used up.
fn exhausted(headers: &HeaderMap) -> bool {
    headers.get("x-ratelimit-remaining").is_some_and(|value| value == "0")
}

/// When a used-up rate limit starts anew.
fn reset(headers: &HeaderMap) -> Option<String> {
    let seconds = headers.get("x-ratelimit-reset")?.to_str().ok()?.parse().ok()?;
    let time = jiff::Timestamp::from_second(seconds).ok()?;
    Some(format!(" It starts anew at {time}."))
}
