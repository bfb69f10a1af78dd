//! The aggregate endpoint: all connectors of a tenant as one server.
//!
//! Tools are named over all enabled connectors, older first, whoever asks: the first to offer a name keeps it, a later
//! one's tool becomes `<connector>__<tool>`. A connector that cannot be asked now, or that is not the caller's, has the
//! names of its last list, so no younger one takes them over: calls to them fail with its error. Only a connector that has
//! never been listed since this replica started has no names there, as nobody knows them; were the names of all younger
//! ones withheld instead, one that never starts would take the whole endpoint down.
//!
//! A connector that fails is left out of lists, and the list says so. Prompts are named in the same way, but over those
//! connectors only that the caller may use and that answer.

use std::{collections::HashSet, sync::Arc};

use futures::future::join_all;
use serde_json::{json, value::RawValue};
use tokio::time::timeout;

use super::{
    call::{Missed, Route},
    error::{INVALID_PARAMS, LEGACY_RESOURCE_NOT_FOUND, RpcError},
    job::{Failure, Job, Outcome, SURVEY_TIMEOUT, error_code},
    lists::List,
    raw::{Members, elements, quoted, raw},
};
use crate::{
    metrics::ReasonLabels,
    pool::Instance,
    snapshot::Connector,
    tools::{ToolIndex, fetch, renamed},
    upstream::UpstreamError,
};

/// Most pages read of one server's list.
const MAX_PAGES: usize = 100;

/// A connector with its part in the aggregate.
struct Member {
    connector: Arc<Connector>,
    /// The live server, if it is the caller's and has listed its tools.
    instance: Option<Arc<Instance>>,
    /// Its tools, by which it is named: now, or as last listed.
    tools: Option<Arc<ToolIndex>>,
    /// Why the caller's list is without its tools, if it should have them.
    absent: Option<&'static str>,
}

/// A tool under the name it has in the aggregate.
struct Named<'a> {
    name: String,
    member: &'a Member,
    tool: &'a crate::tools::Listed,
}

impl Job {
    /// Every enabled connector with its tools.
    async fn survey(&self, fresh: bool) -> Vec<Member> {
        join_all(self.access.tenant.enabled().map(|connector| self.survey_one(connector, fresh))).await
    }

    async fn survey_one(&self, connector: &Arc<Connector>, fresh: bool) -> Member {
        let mut member = Member { connector: connector.clone(), instance: None, tools: None, absent: None };
        if !self.access.may_use(connector) {
            // No caller may wake a server that is not theirs.
            member.tools = self.app.pool.last_tools(connector);
            return member;
        }
        let call = self.quiet_call(connector);
        let ask = async {
            let instance = self.instance(connector).await?;
            let index = if fresh {
                fetch::current(connector, &instance, &call, &self.app.clock).await
            } else {
                fetch::recent(connector, &instance, &call, &self.app.clock).await
            };
            index.map(|index| (instance, index))
        };
        let (reason, message) = match timeout(SURVEY_TIMEOUT, ask).await {
            Ok(Ok((instance, index))) => {
                (member.instance, member.tools) = (Some(instance), Some(index));
                return member;
            }
            Ok(Err(UpstreamError::Unavailable { reason, message })) => (reason, message),
            Ok(Err(error)) => ("Refused", error.to_string()),
            Err(_) => ("Timeout", "the server did not list its tools in time".to_owned()),
        };
        self.count_failure(connector, reason, &message);
        member.tools = self.app.pool.last_tools(connector);
        member.absent = Some(reason);
        member
    }

    /// All tools, in order, under their names.
    pub(super) async fn list_all_tools(&self) -> Result<Outcome, Failure> {
        let members = self.survey(true).await;
        let read_only = self.access.caller.read_only();
        let mut list = List::new("tools");
        for named in names(&members) {
            // Without a server that answered it is not the caller's, or absent.
            if named.member.instance.is_none() || (read_only && !named.tool.read_only) {
                continue;
            }
            if named.name == named.tool.exposed() {
                list.push(named.tool.json());
            } else {
                list.push(&renamed(named.tool.json(), &named.name));
            }
        }
        Ok(Outcome::Ready(list.finish(&self.absences(&members), self.era.is_modern())))
    }

    /// `_meta` that names the connectors whose tools are missing.
    fn absences(&self, members: &[Member]) -> String {
        let absent: Vec<_> = members
            .iter()
            .filter_map(|member| {
                let reason = member.absent?;
                let kind = member.connector.config.backend.kind();
                self.app.metrics.aggregate_absences.get_or_create(&ReasonLabels { kind, reason }).inc();
                Some(json!({"connector": member.connector.name, "reason": reason}))
            })
            .collect();
        if absent.is_empty() {
            return String::new();
        }
        format!("\"_meta\":{}", json!({"io.sagemcp/absentConnectors": absent}))
    }

    /// The tool of a name in the aggregate.
    pub(super) async fn route_in_all(&self, name: &str) -> Result<Route, Missed> {
        // A name that is not known may be new: ask all servers before saying so.
        for fresh in [false, true] {
            let members = self.survey(fresh).await;
            if let Some(named) = find(&members, name) {
                let connector = &named.member.connector;
                if !self.access.may_use(connector) {
                    break;
                }
                let instance = match &named.member.instance {
                    Some(instance) => instance.clone(),
                    // The call itself finds out what is wrong, or that nothing is any more.
                    None => {
                        self.instance(connector).await.map_err(|error| Missed::failed(connector, error))?
                    }
                };
                let tool = named.tool.raw().name.clone();
                return Ok(Route { connector: connector.clone(), instance, tool });
            }
            if let Some(route) = self.route_by_alias(&members, name) {
                return Ok(route);
            }
        }
        Err(Missed::Unknown)
    }

    /// Earlier names of native tools still work, and those of removed ones are answered.
    fn route_by_alias(&self, members: &[Member], name: &str) -> Option<Route> {
        members.iter().find_map(|member| {
            let (instance, index) = member.instance.as_ref().zip(member.tools.as_ref())?;
            let tool = instance.canonical(name);
            let removed = instance.is_removed(name) && member.connector.config.tools.offers(name);
            (removed || (tool != name && index.get(tool).is_some())).then(|| Route {
                connector: member.connector.clone(),
                instance: instance.clone(),
                tool: tool.to_owned(),
            })
        })
    }

    /// Prompts, resources or templates of all connectors.
    pub(super) async fn list_all(&self, method: &str) -> Result<Outcome, Failure> {
        let member = member_of(method);
        let lists =
            join_all(self.own_connectors().map(|connector| self.entries(connector, method, member))).await;
        let mut list = List::new(member);
        let mut taken = HashSet::new();
        for (connector, entries) in self.own_connectors().zip(lists) {
            for entry in entries {
                match prompt_name(method, &entry) {
                    Some(name) if !taken.insert(name.clone()) => {
                        let name = format!("{}__{name}", connector.name);
                        if taken.insert(name.clone()) {
                            list.push(&renamed(entry.get(), &name));
                        }
                    }
                    _ => list.push(entry.get()),
                }
            }
        }
        Ok(Outcome::Ready(list.finish("", self.era.is_modern())))
    }

    fn own_connectors(&self) -> impl Iterator<Item = &Arc<Connector>> {
        self.access.tenant.enabled().filter(|connector| self.access.may_use(connector))
    }

    /// One server's whole list; nothing if it has none or cannot be asked.
    async fn entries(&self, connector: &Arc<Connector>, method: &str, member: &str) -> Vec<Box<RawValue>> {
        let call = self.quiet_call(connector);
        let ask = async {
            let instance = self.instance(connector).await?;
            let mut entries = Vec::new();
            let mut params = raw("{}".to_owned());
            for _ in 0..MAX_PAGES {
                let result = instance.upstream().request(&call, method, Some(&params)).await?;
                let members = Members::parse(result.get()).unwrap_or_default();
                let page = members.get(member).and_then(elements).unwrap_or_default();
                entries.extend(page.into_iter().map(ToOwned::to_owned));
                let Some(cursor) = members.text("nextCursor") else { break };
                params = raw(format!("{{\"cursor\":{}}}", quoted(&cursor)));
            }
            Ok::<_, UpstreamError>(entries)
        };
        match timeout(SURVEY_TIMEOUT, ask).await {
            Ok(Ok(entries)) => entries,
            Ok(Err(UpstreamError::Unavailable { reason, message })) => {
                self.count_failure(connector, reason, &message);
                Vec::new()
            }
            Ok(Err(_)) => Vec::new(),
            Err(_) => {
                self.count_failure(connector, "Timeout", "the server did not list in time");
                Vec::new()
            }
        }
    }

    /// A prompt, resource or completion, sent to the server whose it is.
    pub(super) async fn forward_in_all(&self) -> Result<Outcome, Failure> {
        let params = self.request.params.as_deref();
        let mut members = params
            .and_then(|params| Members::parse(params.get()))
            .filter(|members| !members.has_doubles())
            .ok_or_else(|| RpcError::invalid_params("params must be an object with each member once"))?;
        self.strip_meta(&mut members);
        match self.prompt_asked_for(&members) {
            Some(asked) => self.forward_prompt(members, &asked).await,
            None => self.forward_to_first(&raw(members.to_json())).await,
        }
    }

    /// The prompt that a request is about: `prompts/get` and completions of a prompt's arguments.
    fn prompt_asked_for(&self, members: &Members<'_>) -> Option<String> {
        match self.request.method.as_str() {
            "prompts/get" => members.text("name"),
            "completion/complete" => Members::parse(members.get("ref")?)?.text("name"),
            _ => None,
        }
    }

    async fn forward_prompt(&self, mut members: Members<'_>, asked: &str) -> Result<Outcome, Failure> {
        let unknown = || RpcError::invalid_params(format!("unknown prompt: {}", super::error::clip(asked)));
        let (connector, name) = self.prompt_route(asked).await.ok_or_else(unknown)?;
        if name != asked && self.request.method == "prompts/get" {
            members.set("name", quoted(&name));
        } else if name != asked {
            let reference = members.get("ref").map(|entry| renamed(entry, &name)).unwrap_or_default();
            members.set("ref", reference);
        }
        self.send(&connector, Some(&raw(members.to_json()))).await
    }

    async fn prompt_route(&self, asked: &str) -> Option<(Arc<Connector>, String)> {
        let method = "prompts/list";
        let lists =
            join_all(self.own_connectors().map(|connector| self.entries(connector, method, "prompts"))).await;
        let mut taken = HashSet::new();
        for (connector, entries) in self.own_connectors().zip(lists) {
            for entry in entries {
                let Some(own) = prompt_name(method, &entry) else { continue };
                let exposed = if taken.insert(own.clone()) {
                    own.clone()
                } else {
                    format!("{}__{own}", connector.name)
                };
                if exposed == asked {
                    return Some((connector.clone(), own));
                }
                taken.insert(exposed);
            }
        }
        None
    }

    /// Asks one server after the other until one knows the resource.
    async fn forward_to_first(&self, params: &RawValue) -> Result<Outcome, Failure> {
        let mut last = Failure::Rpc(RpcError::invalid_params("resource not found"));
        for connector in self.own_connectors() {
            match self.send(connector, Some(params)).await {
                Ok(outcome) => return Ok(outcome),
                Err(failure) if is_unknown(&failure) => {}
                Err(failure) => last = failure,
            }
        }
        Err(last)
    }
}

/// Whether a server merely does not know what it was asked for.
fn is_unknown(failure: &Failure) -> bool {
    let code = match failure {
        Failure::Rpc(error) => error.code,
        Failure::Raw(error) => error_code(error),
    };
    [INVALID_PARAMS, LEGACY_RESOURCE_NOT_FOUND, super::error::METHOD_NOT_FOUND].contains(&code)
}

fn member_of(method: &str) -> &'static str {
    match method {
        "prompts/list" => "prompts",
        "resources/list" => "resources",
        _ => "resourceTemplates",
    }
}

fn prompt_name(method: &str, entry: &RawValue) -> Option<String> {
    if method == "prompts/list" { Members::parse(entry.get())?.text("name") } else { None }
}

/// The tool of a name. Only names with `__` can be given ones; any other belongs to the first who offers it.
fn find<'a>(members: &'a [Member], name: &str) -> Option<Named<'a>> {
    if name.contains("__") {
        return names(members).find(|named| named.name == name);
    }
    members.iter().find_map(|member| {
        let tool = member.tools.as_ref()?.get(name)?;
        Some(Named { name: name.to_owned(), member, tool })
    })
}

/// The tools of all members under the names that are free, older members first.
fn names(members: &[Member]) -> impl Iterator<Item = Named<'_>> {
    let mut taken: HashSet<String> = HashSet::new();
    let all = members.iter().filter_map(|member| member.tools.as_ref().map(|index| (member, index)));
    let tools = all.flat_map(|(member, index)| index.tools().iter().map(move |tool| (member, tool)));
    tools.filter_map(move |(member, tool)| {
        let mut name = tool.exposed().to_owned();
        if !taken.insert(name.clone()) {
            name = format!("{}__{name}", member.connector.name);
            if !taken.insert(name.clone()) {
                return None;
            }
        }
        Some(Named { name, member, tool })
    })
}
