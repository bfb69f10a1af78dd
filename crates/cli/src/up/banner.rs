//! What `sagemcp up` prints when it serves: endpoints, the key, a call to try, settings for clients.

use std::fmt::Write as _;

use secrecy::ExposeSecret;

use super::{
    clients, curl,
    state::{Endpoint, TenantView, Tools, View},
};
use crate::table;

const HOSTED_CLAUDE: &str = "\
Claude on the web (claude.ai) connects by URL alone, which needs OAuth at the front door. That is not there yet: use one
of the clients above, or mcp-remote.
";

/// The banner.
pub(super) fn text(view: &View) -> String {
    let mut text = format!("\nsagemcp serves {} at {}\n", count(view.tenants.len(), "tenant"), view.url);
    for tenant in &view.tenants {
        text.push_str(&endpoints(tenant));
    }
    if view.tenants.is_empty() {
        text.push_str("\nNo tenant is served yet: apply one with `sagemcp apply -f FILE`.\n");
    }
    text.push_str(&complaints(view));
    let with_key = view.tenants.iter().find_map(|tenant| Some((tenant, &tenant.key.as_ref()?.1)));
    if let Some((tenant, key)) = with_key {
        // A native connector answers at once; a hosted server may still be starting.
        let first = tenant.connectors.iter().find(|it| it.is_native && it.readiness.is_ready());
        let url = first.map_or(&tenant.endpoint, |connector| &connector.url);
        write!(text, "\nTry it:\n\n{}\n", indent(&curl::list_tools(url, key))).expect(INFALLIBLE);
        for setting in clients::settings(&tenant.name, &tenant.endpoint, key) {
            write!(text, "\n{}:\n\n{}\n", setting.heading, indent(&setting.text)).expect(INFALLIBLE);
        }
        write!(text, "\n{HOSTED_CLAUDE}").expect(INFALLIBLE);
    }
    write!(
        text,
        "\nFrom this directory: `sagemcp get all`, `sagemcp describe tenant NAME`, `sagemcp mcp tools NAME`;\n\
         kubectl works too: `kubectl --kubeconfig {} get tenants`\n\n",
        view.kubeconfig.display()
    )
    .expect(INFALLIBLE);
    text
}

const INFALLIBLE: &str = "writing to a string cannot fail";

fn endpoints(tenant: &TenantView) -> String {
    let mut lines = vec![vec!["  all tools".to_owned(), tenant.endpoint.clone()]];
    lines
        .extend(tenant.connectors.iter().map(|it| vec![format!("  {}", it.name), it.url.clone(), tools(it)]));
    let key = match &tenant.key {
        Some((name, key)) => format!("{} (of ApiKey {name})", key.expose_secret()),
        None => "none that is ready; apply an ApiKey for this tenant".to_owned(),
    };
    format!("\nTenant {}\n{}  key: {key}\n", tenant.name, table::align(&lines, &mut Vec::new()))
}

fn tools(connector: &Endpoint) -> String {
    match &connector.readiness.tools {
        Tools::Known(tools) => count(usize::try_from(*tools).unwrap_or_default(), "tool"),
        Tools::Unavailable(why) => why.clone(),
        Tools::Unknown if connector.is_native => String::new(),
        Tools::Unknown => "starting".to_owned(),
    }
}

/// What is not as the manifests want it.
fn complaints(view: &View) -> String {
    let mut text = String::new();
    if !view.unready.is_empty() {
        text.push_str("\nNot ready:\n");
        for (label, why) in &view.unready {
            writeln!(text, "  {label}: {why}").expect(INFALLIBLE);
        }
    }
    if !view.problems.is_empty() {
        text.push_str("\nNot in effect:\n");
        for problem in &view.problems {
            writeln!(text, "  {problem}").expect(INFALLIBLE);
        }
    }
    text
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}
