//! Markdown: CommonMark with the tables, tasks, strike-throughs and alerts of GitHub, where a line's end is one as it is in
//! comments there.

mod address;
mod escape;
mod read;
mod spans;
#[cfg(test)]
mod tests;
mod write;

pub(super) use read::read;
pub(super) use write::write;

use super::rich_text::Panel;

/// The alerts of GitHub, and the panels that they are.
const ALERTS: [(Panel, &str); 5] = [
    (Panel::Info, "NOTE"),
    (Panel::Important, "IMPORTANT"),
    (Panel::Tip, "TIP"),
    (Panel::Warning, "WARNING"),
    (Panel::Error, "CAUTION"),
];
