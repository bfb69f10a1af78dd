//! Compiled connectors with their tools, shared by every tenant.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use connectors::{Catalog, Connector as Compiled, Problem};
use domain::{document::ConnectorDocument, ids::Revision};
use serde_json::value::to_raw_value;

use super::misconfigured;
use crate::{snapshot::Connector, tools::RawTool, upstream::UpstreamError};

/// A compiled connector and its tools as raw JSON.
#[derive(Debug)]
pub struct Engine {
    connector: Arc<Compiled>,
    tools: Vec<Arc<RawTool>>,
}

impl Engine {
    fn new(connector: Arc<Compiled>) -> Self {
        let raw = |listing| to_raw_value(listing).ok().and_then(|json| RawTool::parse(&json)).map(Arc::new);
        let tools = connector.tools().iter().filter_map(raw).collect();
        Self { connector, tools }
    }

    /// The compiled connector.
    #[must_use]
    pub fn connector(&self) -> &Compiled {
        &self.connector
    }

    /// Its tools.
    #[must_use]
    pub fn tools(&self) -> &[Arc<RawTool>] {
        &self.tools
    }

    /// Whether a call of this name is answered with why there is no such tool any more.
    #[must_use]
    pub fn is_removed(&self, tool: &str) -> bool {
        self.connector.removed(tool).is_some()
    }

    /// The listed name of a tool or of one of its aliases.
    #[must_use]
    pub fn canonical(&self, tool: &str) -> Option<&str> {
        self.connector.tool(tool).map(|listing| listing.name.as_str())
    }
}

/// The engines that were asked for so far.
pub struct Engines {
    catalog: Catalog,
    /// By service; zero is the built-in document, any other revision a definition's.
    compiled: Mutex<HashMap<String, (Revision, Arc<Engine>)>>,
}

impl Default for Engines {
    fn default() -> Self {
        Self { catalog: Catalog::new(), compiled: Mutex::new(HashMap::new()) }
    }
}

impl Engines {
    /// Compiles the engine of a connector object, its definition's or else the catalog's, on a blocking thread: it takes
    /// milliseconds.
    ///
    /// # Errors
    /// `UnknownService` or `Misconfigured`.
    pub async fn compile(
        self: &Arc<Self>,
        connector: &Connector,
        service: &str,
    ) -> Result<Arc<Engine>, UpstreamError> {
        let (engines, service) = (self.clone(), service.to_owned());
        let (definition, revision) = (connector.definition.clone(), connector.version.definition);
        let compiled = tokio::task::spawn_blocking(move || {
            engines.compile_now(&service, definition.as_deref(), revision)
        })
        .await;
        compiled
            .unwrap_or_else(|error| Err(misconfigured(format!("compiling its definition failed: {error}"))))
    }

    fn compile_now(
        &self,
        service: &str,
        definition: Option<&ConnectorDocument>,
        revision: Revision,
    ) -> Result<Arc<Engine>, UpstreamError> {
        if let Some(engine) = self.known(service, revision) {
            return Ok(engine);
        }
        let compiled = match definition {
            Some(document) => {
                connectors::compile(document).map(Arc::new).map_err(|all| problems(service, &all))
            }
            None => match self.catalog.connector(service) {
                Some(compiled) => compiled.map_err(|all| problems(service, &all)),
                None => Err(UpstreamError::Unavailable {
                    reason: "UnknownService",
                    message: format!(
                        "there is no connector type \"{service}\", built in or as a ConnectorDefinition"
                    ),
                }),
            },
        };
        let engine = Arc::new(Engine::new(compiled?));
        // Of two that were compiled at once one is kept, so that nobody holds a copy.
        let mut known = self.lock();
        match known.get(service) {
            Some((same, first)) if *same == revision => Ok(first.clone()),
            _ => {
                known.insert(service.to_owned(), (revision, engine.clone()));
                Ok(engine)
            }
        }
    }

    /// The engine, if it is compiled.
    #[must_use]
    pub fn known(&self, service: &str, revision: Revision) -> Option<Arc<Engine>> {
        self.lock().get(service).filter(|entry| entry.0 == revision).map(|entry| entry.1.clone())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, (Revision, Arc<Engine>)>> {
        self.compiled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn problems(service: &str, problems: &[Problem]) -> UpstreamError {
    let list = problems.iter().take(3).map(ToString::to_string).collect::<Vec<_>>().join("; ");
    misconfigured(format!("the definition of connector type \"{service}\" does not compile: {list}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_asks_for_a_service_gets_the_same_engine() {
        let engines = Engines::default();
        let start = std::sync::Barrier::new(8);
        let compile = || {
            start.wait();
            engines.compile_now("slack", None, Revision(0)).unwrap()
        };
        let all: Vec<Arc<Engine>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(compile)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(all.iter().all(|engine| Arc::ptr_eq(engine, &all[0])));
        assert!(Arc::ptr_eq(&all[0].connector, &engines.catalog.connector("slack").unwrap().unwrap()));
    }
}
