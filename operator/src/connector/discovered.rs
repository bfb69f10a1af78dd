//! `ToolsDiscovered` and `ToolsPortable`: what a gateway found when it asked the connector for its tools.

use std::borrow::Cow;

use crds::v1alpha1::{
    ConnectorSpec, ToolsStatus,
    status::{State, TOOLS_DISCOVERED, TOOLS_PORTABLE, Verdict},
};
use domain::{config::CredentialLevel, ids::Revision};
use store::model::{Discovery, DiscoveryOutcome, Unportable};

/// Longest message taken over from a gateway, in bytes.
const MESSAGE_LIMIT: usize = 1024;

/// The reason while no gateway has listed the tools of the newest row.
const DISCOVERING: &str = "Discovering";

/// Whether `Ready` takes the condition into account.
pub(super) fn weighs(verdict: &Verdict, spec: &ConnectorSpec) -> bool {
    // Nobody asks a disabled connector, and nobody's credentials are at hand to ask one in which users act for themselves.
    let oauth = spec.credentials.as_ref().and_then(|credentials| credentials.oauth.as_ref());
    let asked = spec.enabled && oauth.is_none_or(|oauth| oauth.level == CredentialLevel::Tenant);
    // Native tools are known from the connector's document, so only a failure says something new.
    asked && (verdict.state != State::Unknown || spec.native.is_none())
}

/// The condition, and the tools to show. An answer that an earlier row gave still says how many tools there were.
pub(super) fn judge(discovery: Option<&Discovery>, revision: Revision) -> (Verdict, Option<ToolsStatus>) {
    let verdict = |state, reason: Cow<'static, str>, message: String| Verdict {
        type_: TOOLS_DISCOVERED,
        state,
        reason,
        message,
    };
    let tools = discovery.and_then(|discovery| match discovery.outcome {
        DiscoveryOutcome::Tools { count, .. } => i32::try_from(count).ok().map(|count| ToolsStatus { count }),
        DiscoveryOutcome::Failed { .. } => None,
    });
    let verdict = match discovery {
        None => verdict(
            State::Unknown,
            DISCOVERING.into(),
            "no gateway has asked it for its tools yet".to_owned(),
        ),
        Some(discovery) if discovery.revision < revision => verdict(
            State::Unknown,
            DISCOVERING.into(),
            "no gateway has asked it for its tools since it was changed".to_owned(),
        ),
        Some(Discovery { outcome: DiscoveryOutcome::Tools { count, .. }, .. }) => {
            let plural = if *count == 1 { "" } else { "s" };
            verdict(State::True, "Discovered".into(), format!("{count} tool{plural}"))
        }
        Some(Discovery { outcome: DiscoveryOutcome::Failed { reason, message }, .. }) => {
            let message = &message[..message.floor_char_boundary(MESSAGE_LIMIT)];
            verdict(State::False, word(reason), message.to_owned())
        }
    };
    (verdict, tools)
}

/// Whether every model can be given the tools. That some cannot is no failure: the others are served what there is.
pub(super) fn judge_portability(discovery: Option<&Discovery>, revision: Revision) -> Verdict {
    let verdict = |state, reason: &'static str, message: String| Verdict {
        type_: TOOLS_PORTABLE,
        state,
        reason: reason.into(),
        message,
    };
    let current = discovery.filter(|discovery| discovery.revision >= revision);
    let Some(DiscoveryOutcome::Tools { count, unportable }) = current.map(|discovery| &discovery.outcome)
    else {
        return verdict(State::Unknown, DISCOVERING, "the tools are not known".to_owned());
    };
    let Unportable { tools, findings } = unportable;
    if *tools == 0 {
        let message =
            "no name or schema is one that the APIs of Claude, OpenAI or Gemini are known to refuse";
        return verdict(State::True, "Portable", message.to_owned());
    }
    let message = format!("{tools} of {count} tools: {}", findings.join("; "));
    let message = &message[..message.floor_char_boundary(MESSAGE_LIMIT)];
    verdict(State::False, "RefusedByModels", message.to_owned())
}

/// A reason as conditions may have it.
fn word(reason: &str) -> Cow<'static, str> {
    let legal = reason.starts_with(|first: char| first.is_ascii_alphabetic())
        && reason.len() <= 64
        && reason.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if legal { reason.to_owned().into() } else { "DiscoveryFailed".into() }
}

#[cfg(test)]
mod tests {
    use domain::ids::ConnectorId;

    use super::*;
    use crate::fixtures::connector;

    fn discovery(outcome: DiscoveryOutcome) -> Discovery {
        Discovery { connector_id: ConnectorId::new("c"), revision: Revision(5), outcome, at_ms: 0 }
    }

    fn tools(count: u32, unportable: Unportable) -> Discovery {
        discovery(DiscoveryOutcome::Tools { count, unportable })
    }

    #[test]
    fn tools_that_some_model_refuses_are_told() {
        let judged = |found: Option<&Discovery>, revision| {
            let verdict = judge_portability(found, Revision(revision));
            (verdict.state, verdict.reason.into_owned(), verdict.message)
        };
        assert_eq!(judged(None, 5).0, State::Unknown);
        assert_eq!(judged(Some(&tools(3, Unportable::default())), 5).1, "Portable");
        let found = tools(3, Unportable { tools: 2, findings: vec!["a: too long".into(), "b/x: no".into()] });
        let (state, reason, message) = judged(Some(&found), 5);
        assert_eq!((state, reason.as_str()), (State::False, "RefusedByModels"));
        assert_eq!(message, "2 of 3 tools: a: too long; b/x: no");
        assert_eq!(judged(Some(&found), 6).0, State::Unknown, "an earlier row's tools");
    }

    #[test]
    fn the_newest_row_s_answer_counts() {
        let found = tools(27, Unportable::default());
        let (verdict, tools) = judge(Some(&found), Revision(5));
        assert_eq!((verdict.state, verdict.message.as_str()), (State::True, "27 tools"));
        assert_eq!(tools, Some(ToolsStatus { count: 27 }));
        let (verdict, tools) = judge(Some(&found), Revision(6));
        assert_eq!((verdict.state, verdict.reason.as_ref()), (State::Unknown, DISCOVERING));
        assert_eq!(tools, Some(ToolsStatus { count: 27 }), "the last known number is still shown");
        assert_eq!(judge(None, Revision(1)).0.reason, DISCOVERING);
    }

    #[test]
    fn ready_waits_for_the_tools_of_servers_that_are_asked() {
        let weighs = |spec: &str, discovery: Option<&Discovery>| {
            let connector = connector(&format!("{{tenantRef: {{name: acme}}, {spec}}}"));
            super::weighs(&judge(discovery, Revision(5)).0, &connector.spec)
        };
        let (reason, message) = ("Exited".to_owned(), String::new());
        let failed = discovery(DiscoveryOutcome::Failed { reason, message });
        assert!(weighs("hosted: {command: x}", None));
        assert!(weighs("remote: {url: 'https://x.example/'}", None));
        assert!(!weighs("native: {type: github}", None));
        assert!(weighs("native: {type: github}", Some(&failed)));
        assert!(!weighs("enabled: false, hosted: {command: x}", None));
    }

    #[test]
    fn a_failure_keeps_its_reason_if_that_is_one_word() {
        let failed = |reason: &str| {
            let (reason, message) = (reason.to_owned(), "no program \"nope\" in PATH".to_owned());
            judge(Some(&discovery(DiscoveryOutcome::Failed { reason, message })), Revision(5)).0
        };
        assert_eq!(failed("CommandNotFound").reason, "CommandNotFound");
        assert_eq!(failed("what is this").reason, "DiscoveryFailed");
        assert!(failed("CommandNotFound").message.contains("nope"));
    }
}
