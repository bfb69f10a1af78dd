//! What a run found: tables for people, JSON for programs.

use std::{fs, thread};

use serde::Serialize;

use crate::{catalog, changes, requests, scale, start};

/// All figures of a run.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) machine: Machine,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) requests: Option<Vec<requests::Figure>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) changes: Option<changes::Figures>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scale: Option<scale::Figures>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) start: Option<start::Figures>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) catalog: Option<catalog::Figures>,
}

impl Report {
    /// An empty report about this machine.
    pub(crate) fn new() -> Self {
        Self {
            machine: Machine::look(),
            requests: None,
            changes: None,
            scale: None,
            start: None,
            catalog: None,
        }
    }
}

/// What the figures were taken on.
#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    processors: usize,
    /// Average number of runnable threads in the last minute, before the first figure.
    load: Option<f64>,
}

impl Machine {
    fn look() -> Self {
        let load = fs::read_to_string("/proc/loadavg").ok();
        let load = load.and_then(|text| text.split(' ').next().and_then(|first| first.parse().ok()));
        Self { processors: thread::available_parallelism().map_or(1, usize::from), load }
    }

    /// Says what it is, and whether others keep it busy.
    pub(crate) fn print(&self) {
        println!("{} processors", self.processors);
        if let Some(load) = self.load.filter(|load| *load > 0.5) {
            println!("Others use this machine (load {load}): rates are too low, ratios are less exact.");
        }
    }
}

/// A table with a heading; the first column and texts are set to the left, figures to the right.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns.
    pub(crate) fn new(columns: &[&str]) -> Self {
        Self { rows: vec![columns.iter().map(|name| (*name).to_owned()).collect()] }
    }

    /// Adds a row, which has a cell for each column.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Prints it.
    pub(crate) fn print(&self, title: &str) {
        println!("\n{title}\n\n{}", self.text());
    }

    fn text(&self) -> String {
        let columns = self.rows.first().map_or(0, Vec::len);
        let width =
            |column: usize| self.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let lines = self.rows.iter().map(|row| {
            let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| pad(cell, *width)).collect();
            cells.join("  ").trim_end().to_owned() + "\n"
        });
        lines.collect()
    }
}

fn pad(cell: &str, width: usize) -> String {
    let figure = cell.starts_with(|first: char| first.is_ascii_digit());
    if figure { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
}

/// A figure without a fraction, its thousands apart.
pub(crate) fn number(figure: f64) -> String {
    let digits = format!("{figure:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_apart() {
        assert_eq!([number(7.4), number(999.6), number(1_234_567.0)], ["7", "1 000", "1 234 567"]);
    }

    #[test]
    fn columns_line_up() {
        let mut table = Table::new(&["what", "µs"]);
        table.row(["a".to_owned(), "10".to_owned()]);
        table.row(["long".to_owned(), "5".to_owned()]);
        assert_eq!(table.text(), "what  µs\na     10\nlong   5\n");
    }
}
