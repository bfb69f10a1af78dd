//! A vendor's refusal in its own words, with what may help.

use jiff::Timestamp;
use serde_json::Value;

use crate::auth::Authentication;
use crate::failure::{Failure, shorten, without};
use crate::http::{Reply, limit};
use crate::jq::{NONE, Program, RunError};

/// The longest message of a vendor that is passed on, in bytes.
const MAX_VENDOR_MESSAGE: usize = 1_000;
/// The most of GraphQL's errors that are told.
const MAX_ERRORS: usize = 3;

/// What a refusal is read with.
pub(crate) struct Context<'a> {
    /// The vendor's name.
    pub(crate) title: &'a str,
    pub(crate) authentication: &'a Authentication,
    /// The document's own way to find the message.
    pub(crate) error_message: Option<&'a Program>,
    /// Whether the call has a credential.
    pub(crate) has_credential: bool,
    /// What must not be passed on, should the vendor repeat it.
    pub(crate) secrets: Vec<String>,
    /// Scopes that the tool needs.
    pub(crate) scopes: &'a [String],
}

impl Context<'_> {
    /// The vendor's words in one line, without the call's secrets, at most so long.
    fn tidy(&self, words: &str) -> Option<String> {
        let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
        // Before the cut, which could go through a secret and leave half of it.
        let line = self.secrets.iter().fold(line, |line, secret| without(line, secret));
        Some(line).filter(|line| !line.is_empty()).map(|line| shorten(line, MAX_VENDOR_MESSAGE))
    }
}

/// The failure that a reply with an error status is.
pub(crate) fn explain(context: &Context<'_>, reply: &Reply) -> Failure {
    let body = serde_json::from_slice(&reply.body).ok();
    let said = body.and_then(|body| vendor_message(context.error_message, &body));
    let said = said.and_then(|said| context.tidy(&said)).map_or_else(String::new, |said| format!(": {said}"));
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

/// The failure that a reply of success reports in these words. Its status is no refusal, so none is noted.
pub(crate) fn explain_reported(context: &Context<'_>, reply: &Reply, words: &str) -> Failure {
    let hint = if speaks_of_a_rate_limit(words) {
        format!(" {}", rate_limit(context, reply))
    } else {
        String::new()
    };
    let said = context.tidy(words).unwrap_or_else(|| "no reason was given".to_owned());
    let end = if said.ends_with(['.', '!', '?']) { "" } else { "." };
    Failure::new(format!("{} reported a failure: {said}{end}{hint}", context.title))
}

/// Whether a vendor's words or code are about a rate limit: `ratelimited`, `RATE_LIMITED`, `rate limit exceeded`.
fn speaks_of_a_rate_limit(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    let words: Vec<&str> =
        words.split(|it: char| !it.is_ascii_alphabetic()).filter(|word| !word.is_empty()).collect();
    words.iter().any(|word| word.starts_with("ratelimit"))
        || words.windows(2).any(|pair| pair[0] == "rate" && pair[1].starts_with("limit"))
}

/// The words in which the JSON of a reply of success reports a failure, if it does.
pub(crate) fn reported(
    body: &Value,
    graphql: bool,
    failure: Option<&Program>,
    error_message: Option<&Program>,
) -> Result<Option<String>, Failure> {
    let errors = body.get("errors").and_then(Value::as_array).filter(|errors| graphql && !errors.is_empty());
    if let Some(errors) = errors {
        let own = error_message.and_then(|program| vendor_message(Some(program), body));
        return Ok(Some(own.unwrap_or_else(|| messages(errors))));
    }
    let Some(program) = failure else { return Ok(None) };
    match program.run(body, &[]) {
        Ok(Value::Null) | Err(RunError::NotOneValue(NONE)) => Ok(None),
        Ok(Value::String(words)) => Ok(Some(words)),
        Ok(_) => Err(Failure::new("The connector's failure program gives neither null nor a text.")),
        Err(error) => Err(Failure::new(format!(
            "The reply does not have the form that the connector expects: {error}."
        ))),
    }
}

/// GraphQL's messages, and the code of an error that has no other words for it.
fn messages(errors: &[Value]) -> String {
    let message = |error: &Value| {
        let code = error.pointer("/extensions/code");
        error
            .get("message")
            .or(code)
            .and_then(Value::as_str)
            .unwrap_or("an error without a message")
            .to_owned()
    };
    let told: Vec<String> = errors.iter().take(MAX_ERRORS).map(message).collect();
    let more = errors.len() - told.len();
    if more == 0 { told.join("; ") } else { format!("{}; and {more} more", told.join("; ")) }
}

fn vendor_message(error_message: Option<&Program>, body: &Value) -> Option<String> {
    match error_message {
        Some(program) => program.run(body, &[]).ok()?.as_str().map(str::to_owned),
        None => usual_message(body),
    }
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
    if limit::of(reply, Timestamp::now()).is_some() {
        return Some(rate_limit(context, reply));
    }
    match reply.status {
        // Another host was asked without it, so nothing of this is about the credential.
        401 | 403 if context.has_credential && !reply.authenticated => None,
        401 if context.has_credential => {
            Some("The credential was refused: it may have expired or been revoked; store a new one or connect again.".to_owned())
        }
        401 => Some(context.authentication.missing()),
        403 if !context.has_credential => Some(context.authentication.missing()),
        403 if context.scopes.is_empty() => Some("The credential does not permit this.".to_owned()),
        403 => Some(format!("The credential does not permit this; it needs: {}.", context.scopes.join(", "))),
        404 => Some(
            "Check the names. What is private also answers so to a credential that may not see it, and to none.".to_owned(),
        ),
        _ => None,
    }
}

/// What to do about a rate limit: wait so many seconds, where the vendor says how many.
fn rate_limit(context: &Context<'_>, reply: &Reply) -> String {
    let wait = limit::wait(reply, Timestamp::now());
    let wait = wait.map(|wait| wait.as_secs() + u64::from(wait.subsec_nanos() > 0));
    let when = wait.map_or_else(String::new, |seconds| format!(" Try again in {seconds} s."));
    let less = if context.has_credential { "" } else { " With a credential the limit is usually higher." };
    format!("This is a rate limit.{when}{less}")
}

#[cfg(test)]
mod tests {
    use super::speaks_of_a_rate_limit;

    #[test]
    fn a_rate_limit_is_told_from_words_that_only_end_and_begin_like_it() {
        for words in
            ["ratelimited", "RATE_LIMITED", "rateLimited", "Rate limit exceeded", "rate-limiting applies"]
        {
            assert!(speaks_of_a_rate_limit(words), "{words}");
        }
        for words in
            ["Cannot exceed the corporate limit of 5 seats", "generate limited output", "rate", "limit"]
        {
            assert!(!speaks_of_a_rate_limit(words), "{words}");
        }
    }
}
