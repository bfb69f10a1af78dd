//! Loading the catalog, and the memory of what was compiled.

use std::{sync::Arc, time::Instant};

use anyhow::{Context as _, anyhow};
use connectors::{Catalog, Connector};
use serde::Serialize;

use crate::{
    latencies::{Latencies, Summary, microseconds},
    usage,
};

/// Rounds, each with a catalog of its own.
const ROUNDS: usize = 9;
/// Catalogs whose memory is taken together, so that what the allocator keeps in store hardly counts.
const KEPT: usize = 4;

/// What was found.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figures {
    pub(crate) documents: usize,
    pub(crate) tools: usize,
    /// All documents, one after the other.
    pub(crate) all: Summary,
    pub(crate) slowest: String,
    pub(crate) slowest_us: f64,
    /// Asking for a document that is there already.
    pub(crate) again_us: f64,
    /// Memory that one more compiled catalog takes.
    pub(crate) resident_mib: f64,
}

/// Compiles the catalog again and again.
///
/// # Errors
/// If a document does not compile.
pub(super) fn measure() -> anyhow::Result<Figures> {
    // The first one brings in the program's own pages and the parsers' tables.
    let (mut kept, slowest) = (vec![loaded(&mut Slowest::default())?], &mut Slowest::default());
    let before = usage::resident_mib(std::process::id())?;
    let mut all = Latencies::default();
    for _ in 0..ROUNDS {
        let started = Instant::now();
        let catalog = loaded(slowest)?;
        all.add(started.elapsed());
        if kept.len() <= KEPT {
            kept.push(catalog);
        }
    }
    let resident_mib = (usage::resident_mib(std::process::id())? - before) / KEPT as f64;
    let catalog = &kept[0];
    let started = Instant::now();
    for service in catalog.services() {
        connector(catalog, service)?;
    }
    let documents = catalog.services().count();
    let again_us = microseconds(started.elapsed()) / documents as f64;
    let tools = catalog.services().map(|service| Ok(connector(catalog, service)?.tools().len()));
    let tools = tools.sum::<anyhow::Result<usize>>()?;
    let Slowest { name, took_us } = slowest.clone();
    Ok(Figures {
        documents,
        tools,
        all: all.summary(),
        slowest: name,
        slowest_us: took_us,
        again_us,
        resident_mib,
    })
}

/// The document that took longest to compile, at its quickest.
#[derive(Clone, Debug, Default)]
struct Slowest {
    name: String,
    took_us: f64,
}

fn loaded(slowest: &mut Slowest) -> anyhow::Result<Catalog> {
    let catalog = Catalog::new();
    let mut round = Slowest::default();
    for service in catalog.services() {
        let started = Instant::now();
        connector(&catalog, service)?;
        let took_us = microseconds(started.elapsed());
        if took_us > round.took_us {
            round = Slowest { name: service.to_owned(), took_us };
        }
    }
    if slowest.name.is_empty() || round.took_us < slowest.took_us {
        *slowest = round;
    }
    Ok(catalog)
}

/// A connector of the catalog.
///
/// # Errors
/// If there is none of the name, or it does not compile.
pub(super) fn connector(catalog: &Catalog, service: &str) -> anyhow::Result<Arc<Connector>> {
    let found = catalog.connector(service).with_context(|| format!("no connector {service}"))?;
    found.map_err(|problems| anyhow!("{service}: {problems:?}"))
}
