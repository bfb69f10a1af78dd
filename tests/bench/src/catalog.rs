//! The catalog of connectors: loading it, the memory that it takes, rendering requests and shaping replies. All of it in
//! this process, on one thread, with the library that the gateway links.

mod load;
mod render;
mod shape;

use serde::Serialize;

use crate::report::Table;

/// What was found.
#[derive(Debug, Serialize)]
pub(crate) struct Figures {
    pub(crate) load: load::Figures,
    pub(crate) render: Vec<render::Figure>,
    pub(crate) shape: Vec<shape::Figure>,
}

/// Measures all of it.
///
/// # Errors
/// If a document does not compile, or a call fails.
pub(crate) async fn measure() -> anyhow::Result<Figures> {
    // First, while nothing of it is in memory.
    let load = load::measure()?;
    Ok(Figures { load, render: render::measure()?, shape: shape::measure().await? })
}

/// Prints what was found.
pub(crate) fn print(figures: &Figures) {
    let millis = |us: f64| format!("{:.1}", us / 1e3);
    let load = &figures.load;
    let mut table = Table::new(&["catalog", "ms", "MiB"]);
    let all = format!("{} documents, {} tools", load.documents, load.tools);
    table.row([all, millis(load.all.p50_us), format!("{:.1}", load.resident_mib)]);
    table.row([format!("the slowest: {}", load.slowest), millis(load.slowest_us), String::new()]);
    table.row(["a document again".to_owned(), millis(load.again_us), String::new()]);
    table.print("Loading: each document is compiled on first use and then shared (aim: all in ≤ 150 ms)");

    let mut table = Table::new(&["request", "p50 µs", "p99 µs"]);
    for figure in &figures.render {
        let micros = |us: f64| format!("{us:.1}");
        table.row([figure.name.to_owned(), micros(figure.took.p50_us), micros(figure.took.p99_us)]);
    }
    table.print("Rendering: arguments checked, URL, headers and body made");

    let columns =
        ["reply", "parse µs", "call as it came µs", "call shaped µs", "shaping µs", "share of the call"];
    let mut table = Table::new(&columns);
    for figure in &figures.shape {
        let whole = |us: f64| format!("{us:.0}");
        table.row([
            format!("{} bytes", figure.bytes),
            format!("{:.1}", figure.parse.p50_us),
            whole(figure.as_it_came.p50_us),
            whole(figure.shaped.p50_us),
            whole(figure.shaping_us()),
            format!("{:.0} %", figure.share() * 100.0),
        ]);
    }
    table.print(
        "Shaping: a call of github_list_issues before a loopback vendor, with and without its program (p50)",
    );
}
