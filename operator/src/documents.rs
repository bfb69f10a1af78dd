//! Connector documents as gateways serve them: a stored definition, or else the catalog's entry of that name.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use connectors::{Catalog, Connector, Problem, compile};
use domain::document::definition_name;
use domain::ids::{ObjectKey, Origin, Revision};
use store::Store;

use crate::error::Error;

/// Compiled documents, each kept until its row changes.
#[derive(Default)]
pub(crate) struct Documents {
    catalog: Catalog,
    compiled: Mutex<HashMap<String, (Revision, Arc<Connector>)>>,
}

impl Documents {
    /// The connector that a service's name stands for.
    pub(crate) async fn find(
        &self,
        store: &dyn Store,
        origin: &Origin,
        service: &str,
    ) -> Result<Option<Arc<Connector>>, Error> {
        let Some(row) = store.definition(&definition_key(origin, service)).await? else {
            return self.built_in_connector(service);
        };
        if let Some(connector) = self.kept(service, row.revision) {
            return Ok(Some(connector));
        }
        let connector = on_blocking_thread(move || compile(&row.document))
            .await?
            .map_err(|problems| Error::Bug(format!("stored definition {service}: {}", list(&problems))))?;
        let connector = Arc::new(connector);
        let kept = (row.revision, Arc::clone(&connector));
        self.compiled.lock().unwrap_or_else(PoisonError::into_inner).insert(service.to_owned(), kept);
        Ok(Some(connector))
    }

    fn built_in_connector(&self, service: &str) -> Result<Option<Arc<Connector>>, Error> {
        let connector = self.catalog.connector(service).transpose();
        connector.map_err(|problems| Error::Bug(format!("catalog entry {service}: {}", list(&problems))))
    }

    /// The services of the catalog, for the message that names them.
    pub(crate) fn built_in(&self) -> String {
        self.catalog.services().collect::<Vec<_>>().join(", ")
    }

    fn kept(&self, service: &str, revision: Revision) -> Option<Arc<Connector>> {
        let compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        compiled
            .get(service)
            .filter(|(kept, _)| *kept == revision)
            .map(|(_, connector)| Arc::clone(connector))
    }
}

/// The key of a definition's object.
pub(crate) fn definition_key(origin: &Origin, service: &str) -> ObjectKey {
    ObjectKey { origin: origin.clone(), namespace: String::new(), name: definition_name(service) }
}

/// Runs work that takes a processor for some time.
pub(crate) async fn on_blocking_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Bug(error.to_string()))
}

/// Problems as one text for a condition: the first few, and how many more there are.
pub(crate) fn list(problems: &[Problem]) -> String {
    const SHOWN: usize = 5;
    let more = problems.len().saturating_sub(SHOWN);
    let rest = (more > 0).then(|| format!("and {more} more"));
    let shown = problems.iter().take(SHOWN).map(ToString::to_string);
    shown.chain(rest).collect::<Vec<_>>().join(" | ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_of_problems_is_cut() {
        let problem = |n: usize| Problem {
            field: format!("tools[{n}]"),
            message: "is wrong".into(),
            remedy: "mend it".into(),
        };
        let problems: Vec<_> = (0..7).map(problem).collect();
        assert_eq!(list(&problems[..1]), "tools[0]: is wrong; mend it");
        assert!(list(&problems).ends_with("tools[4]: is wrong; mend it | and 2 more"));
    }
}
