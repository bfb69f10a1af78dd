//! The tools that each connector last listed. They outlive the server that listed them, so that a connector that fails, or
//! that was ended for want of use, keeps the names it had.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::{config::ConnectorConfig, ids::ConnectorId};

use crate::{
    snapshot::{Connector, entry::Version},
    tools::ToolIndex,
};

/// The last list of each connector on this replica.
#[derive(Default)]
pub(super) struct LastLists(Mutex<HashMap<ConnectorId, Last>>);

struct Last {
    version: Version,
    /// What the names were made by.
    config: ConnectorConfig,
    index: Arc<ToolIndex>,
}

impl LastLists {
    /// Keeps a list, unless a later state of the connector has one already.
    pub(super) fn keep(&self, connector: &Connector, index: Arc<ToolIndex>) {
        let mut all = self.lock();
        if let Some(last) = all.get_mut(&connector.id) {
            if last.version == connector.version {
                last.index = index;
                return;
            }
            if last.version.row > connector.version.row {
                return;
            }
        }
        let last = Last { version: connector.version, config: connector.config.clone(), index };
        all.insert(connector.id.clone(), last);
    }

    /// The last list of a connector. One from before a change counts if its configuration is the same, as after a rotated
    /// credential; otherwise the names may be others now.
    pub(super) fn of(&self, connector: &Connector) -> Option<Arc<ToolIndex>> {
        let all = self.lock();
        let last = all.get(&connector.id)?;
        let same = last.version == connector.version
            || (last.version.definition == connector.version.definition && last.config == connector.config);
        same.then(|| last.index.clone())
    }

    /// Forgets connectors.
    pub(super) fn forget(&self, connectors: &[ConnectorId]) {
        let mut all = self.lock();
        for id in connectors {
            all.remove(id);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ConnectorId, Last>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
