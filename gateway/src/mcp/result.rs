//! Fitting a server's result to the client's era: what must be added or taken out, and nothing else.

use super::{
    error::{INTERNAL_ERROR, RpcError},
    raw::Members,
};

/// How long a client may keep a list that we made, in ms.
pub(super) const TTL_MS: u32 = 60_000;

/// The members that a modern cacheable result must have. Everything here depends on the caller, so it is private.
pub(super) fn modern_list_members() -> String {
    format!(r#""resultType":"complete","ttlMs":{TTL_MS},"cacheScope":"private""#)
}

/// Whether a method's results carry caching hints in the modern era.
pub(super) fn is_cacheable(method: &str) -> bool {
    matches!(
        method,
        "server/discover"
            | "tools/list"
            | "prompts/list"
            | "resources/list"
            | "resources/templates/list"
            | "resources/read"
    )
}

/// Fits a result.
///
/// # Errors
/// The result is no object, or asks a legacy client for what only a modern one can give.
pub(super) fn fit(result: &str, modern: bool, method: &str) -> Result<String, RpcError> {
    if !result.starts_with('{') {
        return Err(RpcError::new(INTERNAL_ERROR, "the server's result is no object"));
    }
    if modern { for_modern(result, is_cacheable(method)) } else { for_legacy(result) }
}

fn for_modern(result: &str, cacheable: bool) -> Result<String, RpcError> {
    let mentions = |name: &str| result.contains(name);
    if !mentions("\"resultType\"") && !mentions("\"cacheScope\"") && !mentions("\"ttlMs\"") {
        return Ok(appended(result, cacheable));
    }
    let mut members = members(result)?;
    let kind = members.text("resultType");
    if kind.is_none() {
        members.set("resultType", "\"complete\"");
    }
    if cacheable && kind.is_none_or(|kind| kind == "complete") {
        if members.get("ttlMs").is_none() {
            members.set("ttlMs", TTL_MS.to_string());
        }
        // A server's "public" would be shared across tenants by whoever caches our answers.
        members.set("cacheScope", "\"private\"");
    }
    Ok(members.to_json())
}

/// The usual case, without reading the result: a legacy server says nothing of types and caching.
fn appended(result: &str, cacheable: bool) -> String {
    let open = result[..result.len() - 1].trim_end();
    let added = if cacheable { modern_list_members() } else { r#""resultType":"complete""#.to_owned() };
    let comma = if open.len() > 1 { "," } else { "" };
    format!("{open}{comma}{added}}}")
}

fn for_legacy(result: &str) -> Result<String, RpcError> {
    if !["\"resultType\"", "\"ttlMs\"", "\"cacheScope\""].iter().any(|name| result.contains(name)) {
        return Ok(result.to_owned());
    }
    let mut members = members(result)?;
    if members.text("resultType").is_some_and(|kind| kind != "complete") {
        let message = "the server asks for more input, which takes a client of protocol 2026-07-28";
        return Err(RpcError::new(INTERNAL_ERROR, message));
    }
    members.remove(|name| ["resultType", "ttlMs", "cacheScope"].contains(&name));
    Ok(members.to_json())
}

fn members(result: &str) -> Result<Members<'_>, RpcError> {
    Members::parse(result).ok_or_else(|| RpcError::new(INTERNAL_ERROR, "the server's result is no object"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_legacy_servers_result_gains_what_the_modern_era_requires() {
        assert_eq!(fit("{}", true, "tools/call").unwrap(), r#"{"resultType":"complete"}"#);
        assert_eq!(
            fit(r#"{"z":1.0,"content":[] }"#, true, "tools/call").unwrap(),
            r#"{"z":1.0,"content":[],"resultType":"complete"}"#
        );
        assert_eq!(
            fit(r#"{"contents":[]}"#, true, "resources/read").unwrap(),
            r#"{"contents":[],"resultType":"complete","ttlMs":60000,"cacheScope":"private"}"#
        );
    }

    #[test]
    fn a_modern_servers_result_keeps_its_own_words_but_is_never_public() {
        assert_eq!(
            fit(r#"{"resultType":"complete","ttlMs":5,"cacheScope":"public","x":1}"#, true, "prompts/list")
                .unwrap(),
            r#"{"resultType":"complete","ttlMs":5,"cacheScope":"private","x":1}"#
        );
        let asks = r#"{"resultType":"input_required","requestState":"s"}"#;
        assert_eq!(fit(asks, true, "resources/read").unwrap(), asks);
    }

    #[test]
    fn a_legacy_client_sees_none_of_it() {
        let modern = r#"{"a":1,"resultType":"complete","ttlMs":5,"cacheScope":"private"}"#;
        assert_eq!(fit(modern, false, "tools/list").unwrap(), r#"{"a":1}"#);
        assert_eq!(fit(r#"{ "a" : 1 }"#, false, "x").unwrap(), r#"{ "a" : 1 }"#);
        assert!(fit(r#"{"resultType":"input_required"}"#, false, "tools/call").is_err());
        assert!(fit("[]", false, "tools/call").is_err());
    }

    #[test]
    fn words_inside_the_result_are_not_taken_for_members() {
        let result = r#"{"content":[{"type":"text","text":"\"resultType\""}],"d":{"resultType":1}}"#;
        assert_eq!(fit(result, false, "x").unwrap(), result);
        assert!(fit(result, true, "x").unwrap().ends_with(r#","resultType":"complete"}"#));
    }
}
