//! From a document to a connector, or to everything that is wrong with it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use domain::document::{ConnectorDocument, ResourceListDocument};
use url::Url;

use crate::action::{Action, ActionDocument};
use crate::auth::Authentication;
use crate::base::{self, Base};
use crate::connector::Connector;
use crate::headers;
use crate::hosts::Hosts;
use crate::jq::{self, Program};
use crate::lookup::Lookup;
use crate::problem::{Problem, Report};
use crate::request::Request;
use crate::resource::Resource;
use crate::schema::ObjectSchema;
use crate::secret_headers::SecretHeaders;
use crate::tool::Tool;

/// The most tools of a document.
const MAX_TOOLS: usize = 300;

/// Compiles a document.
///
/// # Errors
/// Every problem of the document, each with its field and a remedy.
pub fn compile(document: &ConnectorDocument) -> Result<Connector, Vec<Problem>> {
    // One thread with room for all programs, rather than one for each.
    jq::with_stack(|| compile_all(document)).unwrap_or_else(|| compile_all(document))
}

fn compile_all(document: &ConnectorDocument) -> Result<Connector, Vec<Problem>> {
    let mut problems = Vec::new();
    let connector = compile_into(document, &mut Report::new(&mut problems));
    match connector {
        Some(connector) if problems.is_empty() => Ok(connector),
        _ => Err(problems),
    }
}

fn compile_into(document: &ConnectorDocument, report: &mut Report<'_>) -> Option<Connector> {
    if !is_name(&document.service) {
        report.at("service").push("not a service name", "use lower-case letters, digits and `_`, at most 31");
    }
    let lookup = document.base_variables.as_ref();
    let base = Base::compile(&document.base_url, lookup, &mut report.at("baseUrl"));
    let servers = servers(document, report);
    let hosts =
        Hosts::compile(base.clone(), servers, &document.allowed_hosts, &mut report.at("allowedHosts"));
    let lookup = lookup.map(|lookup| Lookup::compile(lookup, &hosts, &mut report.at("baseVariables")));
    let headers = headers::compile(&document.headers, &mut report.at("headers"));
    let authentication = Authentication::compile(&document.auth, &document.title, &mut report.at("auth"));
    let settings = document.config.as_ref().map(ObjectSchema::compile);
    let settings = settings.map(|settings| report.at("config").keep(settings));
    let error_message = words(document.error_message.as_ref(), &mut report.at("errorMessage"));
    let failure = words(document.failure.as_ref(), &mut report.at("failure"));
    let tools = compile_tools(document, &hosts, report);
    let resources: Vec<Resource> = (document.resources.iter().enumerate())
        .filter_map(|(index, resource)| {
            Resource::compile(resource, &hosts, &mut report.at(format!("resources[{index}]")))
        })
        .collect();
    let resource_list = document.resource_list.as_ref();
    let resource_list = resource_list.map(|list| compile_list(list, &hosts, &mut report.at("resourceList")));
    if authentication.is_in_body() {
        let others = [
            ("baseVariables", lookup.iter().flatten().map(Lookup::request).collect()),
            ("resourceList", resource_list.iter().flatten().flat_map(Action::requests).collect()),
        ];
        check_bodies(&tools, &resources, &others, report);
    }
    let by_name = names(document, report);
    let removed = removed(document, &by_name, report);
    Some(Connector {
        service: document.service.clone(),
        title: document.title.clone(),
        description: document.description.clone(),
        auth: document.auth.clone(),
        base: base?,
        lookup: lookup.flatten(),
        hosts,
        headers,
        authentication,
        secret_headers: SecretHeaders::compile(
            &document.auth.secret_headers,
            &mut report.at("auth.secretHeaders"),
        ),
        error_message,
        failure,
        settings: settings.unwrap_or(None),
        listings: tools.iter().map(|tool| tool.listing.clone()).collect(),
        resource_listings: resources.iter().filter_map(Resource::listing).collect(),
        template_listings: resources.iter().filter_map(Resource::template_listing).collect(),
        tools,
        by_name,
        removed,
        resources,
        resource_list: resource_list.unwrap_or(None),
    })
}

fn compile_tools(document: &ConnectorDocument, hosts: &Hosts, report: &mut Report<'_>) -> Vec<Tool> {
    if document.tools.len() > MAX_TOOLS {
        report.at("tools").push(format!("more than {MAX_TOOLS}"), "split the document");
    }
    let tools = document.tools.iter().take(MAX_TOOLS).enumerate();
    tools
        .filter_map(|(index, tool)| {
            Tool::compile(tool, &document.service, hosts, &mut report.at(format!("tools[{index}]")))
        })
        .collect()
}

fn compile_list(document: &ResourceListDocument, hosts: &Hosts, report: &mut Report<'_>) -> Option<Action> {
    let (request, response) = (Some(&document.request), Some(&document.response));
    let document = ActionDocument { request, function: None, response, file: None };
    let action = Action::compile(&document, &|_| false, hosts, report)?;
    if !action.is_read_only() {
        report.at("request").push("listing would change something", "use GET");
    }
    Some(action)
}

/// A credential that goes into JSON bodies needs a JSON body in every request.
fn check_bodies(
    tools: &[Tool],
    resources: &[Resource],
    others: &[(&str, Vec<&Request>)],
    report: &mut Report<'_>,
) {
    let tools = tools.iter().map(|tool| (tool.listing.name.as_str(), tool.action.requests().collect()));
    let resources =
        resources.iter().map(|resource| (resource.pattern.text(), resource.action.requests().collect()));
    let all: Vec<(&str, Vec<&Request>)> = tools.chain(resources).chain(others.iter().cloned()).collect();
    for (name, requests) in all {
        if !requests.iter().all(|request| request.has_json_body()) {
            report.at("auth.scheme").push(
                format!("`body`, and a request of {name} has no JSON body for the credential"),
                "make it a POST without `encoding`, with `safe: true` if it only reads",
            );
        }
    }
}

/// The index of each tool by its full name, and by those of its aliases.
fn names(document: &ConnectorDocument, report: &mut Report<'_>) -> HashMap<String, usize> {
    let mut by_name = HashMap::new();
    for (index, tool) in document.tools.iter().enumerate() {
        let mut report = report.at(format!("tools[{index}]"));
        let aliases = tool.aliases.iter().enumerate().map(|(at, alias)| (format!("aliases[{at}]"), alias));
        for (field, name) in std::iter::once(("name".to_owned(), &tool.name)).chain(aliases) {
            if !is_name(name) {
                report.at(&field).push("not a tool name", "use lower-case letters, digits and `_`");
            }
            if by_name.insert(format!("{}_{name}", document.service), index).is_some() {
                report
                    .at(&field)
                    .push(format!("{name} is the name of another tool too"), "rename one of them");
            }
        }
    }
    by_name
}

/// The reason of each removed tool, by its full name.
fn removed(
    document: &ConnectorDocument,
    by_name: &HashMap<String, usize>,
    report: &mut Report<'_>,
) -> BTreeMap<String, String> {
    let mut removed = BTreeMap::new();
    for (index, tool) in document.removed.iter().enumerate() {
        let mut report = report.at(format!("removed[{index}]"));
        if !is_name(&tool.name) {
            report.at("name").push("not a tool name", "use lower-case letters, digits and `_`");
        }
        if tool.reason.trim().is_empty() {
            report.at("reason").push("empty", "say why the tool is gone, and what to use instead");
        }
        let name = format!("{}_{}", document.service, tool.name);
        if by_name.contains_key(&name) || removed.contains_key(&name) {
            report
                .at("name")
                .push(format!("{} is the name of another tool too", tool.name), "remove one of them");
        }
        removed.insert(name, tool.reason.trim().to_owned());
    }
    removed
}

fn is_name(name: &str) -> bool {
    name.len() <= 61
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

fn servers(document: &ConnectorDocument, report: &mut Report<'_>) -> BTreeMap<String, Url> {
    let mut servers = BTreeMap::new();
    for (name, text) in &document.servers {
        let mut report = report.at(format!("servers.{name}"));
        if let Some(url) = base::fixed(text, &mut report) {
            servers.insert(name.clone(), url);
        }
    }
    servers
}

/// A program that gives the vendor's words.
fn words(code: Option<&String>, report: &mut Report<'_>) -> Option<Arc<Program>> {
    report.keep(Program::compile(code?, &[])).map(Arc::new)
}

#[cfg(test)]
mod tests;
