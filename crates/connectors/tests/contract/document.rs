//! Documents as they lie in the catalog now, and the same with their hosts led to servers of ours.

use std::collections::BTreeMap;
use std::path::Path;

use connectors::{Connector, compile, parse};
use domain::document::{ConnectorDocument, RequestDocument};
use url::Url;

/// Reads a document of the catalog: from the disk, so that no edit needs a build.
///
/// # Errors
/// Where the text is wrong.
pub(crate) fn read(service: &str) -> Result<ConnectorDocument, String> {
    let file = catalog().join(format!("{service}.yaml"));
    let yaml = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    parse(&yaml).map_err(|problem| problem.to_string())
}

/// The services to check: all of the catalog, or the one of the environment variable `CONNECTOR`.
pub(crate) fn services() -> Vec<String> {
    if let Ok(service) = std::env::var("CONNECTOR")
        && !service.is_empty()
    {
        return vec![service];
    }
    in_the_folder()
}

/// The services of all documents that lie in the catalog.
pub(crate) fn in_the_folder() -> Vec<String> {
    let files = std::fs::read_dir(catalog()).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|file| file.extension().is_some_and(|it| it == "yaml"));
    let mut services: Vec<String> =
        files.map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    services.sort();
    services
}

fn catalog() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("catalog")
}

/// Compiles a document whose base URLs lead to `vendor`, under `/~<host>`, and whose other hosts are `elsewhere`.
///
/// # Errors
/// All problems of the document.
pub(crate) fn compile_for(
    document: &ConnectorDocument,
    vendor: &Url,
    elsewhere: &Url,
) -> Result<Connector, String> {
    compile(&led_to(document, vendor, elsewhere)).map_err(|problems| {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        problems.join("\n    ")
    })
}

/// A document whose base URLs lead to `vendor`, under `/~<host>`, and whose other hosts are `elsewhere`.
pub(crate) fn led_to(document: &ConnectorDocument, vendor: &Url, elsewhere: &Url) -> ConnectorDocument {
    let mut document = document.clone();
    document.base_url = led(&document.base_url, vendor);
    for base in document.servers.values_mut() {
        *base = led(base, vendor);
    }
    let mut further = BTreeMap::new();
    for request in requests(&mut document) {
        let Some(rest) = request.url.strip_prefix("https://").map(str::to_owned) else { continue };
        let (host, path) = rest.split_once('/').unwrap();
        request.server = Some(host.replace(['.', ':'], "_"));
        request.url = format!("/{path}");
        further.insert(host.replace(['.', ':'], "_"), led(&format!("https://{host}"), vendor));
    }
    document.servers.extend(further);
    let authority = format!("{}:{}", elsewhere.host_str().unwrap(), elsewhere.port().unwrap());
    document.allowed_hosts = vec![authority];
    document
}

/// `https://api.example.com/v1` at a server of ours: the host is the first segment of the path.
fn led(base: &str, server: &Url) -> String {
    let rest = base.split_once("://").map_or(base, |(_, rest)| rest);
    format!("{server}~{rest}")
}

/// The URL of a vendor that a path of ours stands for; `None` where it is none.
pub(crate) fn original(path: &str) -> Option<String> {
    path.strip_prefix("/~").map(|rest| format!("https://{rest}"))
}

/// The URL that `baseVariables` asks.
pub(crate) fn lookup(document: &ConnectorDocument) -> Option<String> {
    let request = &document.base_variables.as_ref()?.request;
    let server = request.server.as_ref().and_then(|name| document.servers.get(name));
    Some(format!("{}{}", server.unwrap_or(&document.base_url), request.url))
}

/// All requests of a document.
fn requests(document: &mut ConnectorDocument) -> Vec<&mut RequestDocument> {
    let mut all = Vec::new();
    for tool in &mut document.tools {
        all.extend(tool.request.as_mut());
        all.extend(tool.function.as_mut().into_iter().flat_map(|function| function.requests.values_mut()));
    }
    for resource in &mut document.resources {
        all.extend(resource.request.as_mut());
        all.extend(
            resource.function.as_mut().into_iter().flat_map(|function| function.requests.values_mut()),
        );
    }
    all.extend(document.resource_list.as_mut().map(|list| &mut list.request));
    all.extend(document.base_variables.as_mut().map(|lookup| &mut lookup.request));
    all
}
