//! `bench`: what the release build does on this machine, beside bare servers that do the same with no platform around.
//!
//! It prints figures and asserts none of them: a figure depends on the machine, its ratio to a baseline of the same run
//! hardly does. Everything runs on loopback, in a fresh folder, bounded in count and time, and ends with this process.
//! `docs/benchmarks.md` says what each figure means.

mod catalog;
mod changes;
mod installation;
mod latencies;
mod load;
mod manifests;
mod platform;
mod report;
mod requests;
mod scale;
mod servers;
mod start;
mod usage;

use std::{fs::File, path::PathBuf};

use anyhow::{Context as _, ensure};
use clap::{Parser, Subcommand, ValueEnum};

use crate::{report::Report, servers::Bare};

/// Measures the release build of SageMCP.
#[derive(Debug, Parser)]
#[command(name = "bench")]
struct Args {
    /// Which figures. Default: all.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "FIGURES")]
    only: Vec<Figures>,
    /// Also writes the figures as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

/// A group of figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Figures {
    /// Throughput, latency and processor time of tool lists and calls.
    Requests,
    /// From a write to the first call that shows it.
    Changes,
    /// A thousand tenants.
    Scale,
    /// `sagemcp up` to its first answer.
    Start,
    /// Loading the catalog, rendering requests, shaping replies.
    Catalog,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs what the benchmark starts by itself: the bare servers that the gateway is measured beside.
    #[command(hide = true)]
    Serve {
        #[command(subcommand)]
        server: Bare,
    },
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    testkit::install_crypto();
    if let Some(Command::Serve { server }) = args.command {
        // As many threads as the gateway takes.
        return tokio::runtime::Runtime::new()?.block_on(server.serve());
    }
    // One thread makes the load, so that servers have what is left of the machine.
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(measure(&args))
}

async fn measure(args: &Args) -> anyhow::Result<()> {
    let mut report = Report::new();
    report.machine.print();
    let mut failed = Vec::new();
    for figures in Figures::value_variants() {
        if (args.only.is_empty() || args.only.contains(figures))
            && let Err(error) = report.add(*figures).await
        {
            eprintln!("\n{figures:?} could not be measured: {error:#}");
            failed.push(*figures);
        }
    }
    if let Some(path) = &args.json {
        let file = File::create(path).with_context(|| format!("write {}", path.display()))?;
        serde_json::to_writer_pretty(file, &report)?;
    }
    ensure!(failed.is_empty(), "not measured: {failed:?}");
    Ok(())
}

impl Report {
    /// Measures some figures, prints them and takes them in.
    async fn add(&mut self, figures: Figures) -> anyhow::Result<()> {
        match figures {
            Figures::Requests => requests::print(self.requests.insert(requests::measure().await?)),
            Figures::Changes => changes::print(self.changes.insert(changes::measure().await?)),
            Figures::Scale => scale::print(self.scale.insert(scale::measure().await?)),
            Figures::Start => start::print(self.start.insert(start::measure().await?)),
            Figures::Catalog => catalog::print(self.catalog.insert(catalog::measure().await?)),
        }
        Ok(())
    }
}
