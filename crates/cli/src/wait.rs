//! `sagemcp wait`: until a condition holds, or until objects are gone.

use std::{str::FromStr, time::Duration};

use futures::StreamExt;
use kube::{
    api::{Api, DynamicObject},
    runtime::watcher::watch_object,
};
use serde_json::Value;

use crate::{
    connection::{Connection, ConnectionArgs},
    error::Error,
    kinds::Kind,
    selection,
    terminal::Terminal,
};

/// How long to wait after a watch that failed.
const RETRY: Duration = Duration::from_millis(500);

/// Arguments of `wait`.
#[derive(clap::Args, Clone, Debug)]
#[command(after_help = "\
A condition counts once it speaks of the object's current generation.

Examples:
  sagemcp wait tenant/acme connector/github
  sagemcp wait connector github --for condition=ToolsDiscovered --timeout 2m
  sagemcp wait tenant/acme --for delete")]
pub struct Args {
    /// KIND NAME..., or KIND/NAME...
    #[arg(required = true, value_name = "KIND NAME")]
    pub objects: Vec<String>,
    /// condition=TYPE, condition=TYPE=STATUS, or delete
    #[arg(long = "for", default_value = "condition=Ready", value_name = "WHAT")]
    pub goal: Goal,
    /// How long to wait, as in 30s or 2m
    #[arg(long, default_value = "60s", value_parser = span, value_name = "TIME")]
    pub timeout: Duration,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    /// A condition has a status and speaks of the current generation.
    Condition {
        /// Its type.
        type_: String,
        /// `True`, `False` or `Unknown`.
        status: String,
    },
    /// The object is gone, or (with a uid) another one has its name.
    Gone {
        /// The object's uid; empty for any.
        uid: String,
    },
}

impl FromStr for Goal {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "delete" {
            return Ok(Self::Gone { uid: String::new() });
        }
        let condition = text.strip_prefix("condition=").filter(|rest| !rest.is_empty());
        let condition = condition.ok_or("write condition=TYPE, condition=TYPE=STATUS or delete")?;
        let (type_, status) = condition.split_once('=').unwrap_or((condition, "True"));
        let known = ["True", "False", "Unknown"].into_iter().find(|it| it.eq_ignore_ascii_case(status));
        let status = known.ok_or_else(|| format!("\"{status}\" is no status: use True, False or Unknown"))?;
        Ok(Self::Condition { type_: type_.to_owned(), status: status.to_owned() })
    }
}

impl Goal {
    fn is_reached(&self, object: Option<&DynamicObject>) -> bool {
        match (self, object) {
            (Self::Gone { .. }, None) => true,
            (Self::Gone { uid }, Some(object)) => {
                !uid.is_empty() && object.metadata.uid.as_ref() != Some(uid)
            }
            (Self::Condition { .. }, None) => false,
            (Self::Condition { type_, status }, Some(object)) => {
                let generation = object.metadata.generation.unwrap_or_default();
                conditions(object).iter().any(|it| {
                    let is_current = it["observedGeneration"].as_i64().is_none_or(|seen| seen >= generation);
                    it["type"] == type_.as_str() && it["status"] == status.as_str() && is_current
                })
            }
        }
    }

    /// What did not happen.
    fn missed(&self, label: &str) -> String {
        match self {
            Self::Condition { type_, status } if status == "True" => {
                format!("{label} did not become {type_}")
            }
            Self::Condition { type_, status } => {
                format!("condition {type_} of {label} did not become {status}")
            }
            Self::Gone { .. } => format!("{label} did not go"),
        }
    }
}

fn conditions(object: &DynamicObject) -> &[Value] {
    object.data["status"]["conditions"].as_array().map_or(&[], Vec::as_slice)
}

/// How an object stands, in a line.
fn state(object: Option<&DynamicObject>, goal: &Goal) -> String {
    let Some(object) = object else { return "it does not exist".to_owned() };
    if let Goal::Gone { .. } = goal {
        let finalizers = object.metadata.finalizers.as_deref().unwrap_or_default();
        return match finalizers {
            [] => "it is still there".to_owned(),
            some => format!("finalizers hold it: {}", some.join(", ")),
        };
    }
    let wrong: Vec<String> = conditions(object)
        .iter()
        .filter(|it| it["status"] != "True")
        .map(|it| {
            let text = |field: &str| it[field].as_str().unwrap_or_default();
            format!("{}={} {}: {}", text("type"), text("status"), text("reason"), text("message"))
        })
        .collect();
    match wrong.is_empty() {
        true => "no condition says why: is an operator running?".to_owned(),
        false => wrong.join("; "),
    }
}

/// Waits for every object.
pub(crate) async fn run(
    args: &Args,
    connection: &Connection,
    terminal: &mut Terminal<'_>,
) -> Result<(), Error> {
    let deadline = tokio::time::Instant::now() + args.timeout;
    for selection in selection::parse_named(&args.objects)? {
        let kind = &selection.kind;
        for name in &selection.names {
            let (client, resource) = (connection.client.clone(), &kind.resource);
            let api = match kind.namespaced {
                true => Api::namespaced_with(client, &connection.namespace, resource),
                false => Api::all_with(client, resource),
            };
            // One deadline for all of them; what is true already never times out.
            let left = deadline.saturating_duration_since(tokio::time::Instant::now());
            until(&api, kind, name, &args.goal, left.max(Duration::from_secs(1)), connection).await?;
            match args.goal {
                Goal::Condition { .. } => writeln!(terminal.out, "{} condition met", kind.label(name))?,
                Goal::Gone { .. } => writeln!(terminal.out, "{} gone", kind.label(name))?,
            }
        }
    }
    Ok(())
}

/// Waits for one object.
///
/// # Errors
/// [`Error::Timeout`] says how the object stands instead.
pub(crate) async fn until(
    api: &Api<DynamicObject>,
    kind: &Kind,
    name: &str,
    goal: &Goal,
    timeout: Duration,
    connection: &Connection,
) -> Result<(), Error> {
    let mut last = connection.optional(api.get(name)).await?;
    if goal.is_reached(last.as_ref()) {
        return Ok(());
    }
    let watching = async {
        let mut states = std::pin::pin!(watch_object(api.clone(), name));
        while let Some(state) = states.next().await {
            let Ok(object) = state else {
                // The watcher tries again by itself, and at once if we do not wait; the deadline is ours.
                tokio::time::sleep(RETRY).await;
                continue;
            };
            let reached = goal.is_reached(object.as_ref());
            last = object;
            if reached {
                return;
            }
        }
    };
    if tokio::time::timeout(timeout, watching).await.is_ok() {
        return Ok(());
    }
    Err(Error::Timeout {
        what: goal.missed(&kind.label(name)),
        seconds: timeout.as_secs(),
        state: state(last.as_ref(), goal),
    })
}

/// A time such as `30s`, `2m` or `1h`.
pub(crate) fn span(text: &str) -> Result<Duration, String> {
    let wrong = || format!("\"{text}\" is no time: write it as 30s, 2m or 1h");
    let at = text.find(|it: char| !it.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..at].parse().map_err(|_| wrong())?;
    let unit = match &text[at..] {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => return Err(wrong()),
    };
    number.checked_mul(unit).map(Duration::from_secs).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_read_as_kubectl_writes_it() {
        let condition = |type_: &str, status: &str| Goal::Condition {
            type_: type_.to_owned(),
            status: status.to_owned(),
        };
        assert_eq!("condition=Ready".parse(), Ok(condition("Ready", "True")));
        assert_eq!("condition=Ready=false".parse(), Ok(condition("Ready", "False")));
        assert_eq!("delete".parse(), Ok(Goal::Gone { uid: String::new() }));
        assert!("Ready".parse::<Goal>().is_err());
        assert!("condition=Ready=maybe".parse::<Goal>().is_err());
    }

    #[test]
    fn times_have_units() {
        assert_eq!(span("90"), Ok(Duration::from_secs(90)));
        assert_eq!(span("2m"), Ok(Duration::from_secs(120)));
        assert!(span("2 weeks").is_err());
        assert!(span("").is_err());
    }
}
