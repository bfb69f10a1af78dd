//! `presentation_slides`: the slides of a presentation, read from its file (.pptx), with their text.
//!
//! It gives `slides`, a list of `{number, title, text, notes, hidden}` in the order in which they are shown, and the
//! replies of all requests besides `content` by their names, null for one that the vendor refuses.

mod package;
mod slide;

use futures::future::join_all;
use serde_json::{Map, Value, json};

use self::package::Package;
#[cfg(test)]
pub(super) use self::package::resolve;
use super::{Function, Output, Requests, options};
use crate::failure::Failure;
use crate::session::parse;
use crate::shape::anywhere;

/// `content` asks for the file; others are up to the document.
pub(super) const FUNCTION: Function = Function {
    name: "presentation_slides",
    requests: None,
    adds: &[],
    check: options::none,
    run: |requests| Box::pin(run(requests)),
};

/// The request for the file.
const CONTENT: &str = "content";
/// The most slides that are read.
const MOST_SLIDES: usize = 2_000;

async fn run(requests: &Requests<'_>) -> Result<Output, Failure> {
    let file = requests.send(CONTENT).await?.body;
    let others = requests.requests.keys().filter(|name| *name != CONTENT);
    let others = others.map(async |name| {
        let reply = requests.send(name).await.and_then(parse);
        (name.clone(), reply.unwrap_or_default())
    });
    let mut gathered: Map<String, Value> = join_all(others).await.into_iter().collect();
    // Always beside other calls: a small archive may hold much.
    let slides = anywhere(usize::MAX, move || slides(&file)).await?;
    let size = slides.iter().map(|slide| slide.to_string().len()).sum();
    gathered.insert("slides".to_owned(), Value::Array(slides));
    Ok(Output::Value(Value::Object(gathered), size))
}

/// The slides of a file.
fn slides(file: &[u8]) -> Result<Vec<Value>, Failure> {
    let mut package = Package::open(file)?;
    let parts = package.slides(MOST_SLIDES)?;
    let parts = parts.iter().enumerate();
    parts
        .map(|(at, part)| {
            let shown = slide::read(&package.part(part)?).map_err(|error| package::damaged(part, error))?;
            let notes = match package.notes_of(part)? {
                Some(notes) => {
                    slide::notes(&package.part(&notes)?).map_err(|error| package::damaged(&notes, error))?
                }
                None => String::new(),
            };
            let slide::Slide { title, text, hidden } = shown;
            Ok(json!({"number": at + 1, "title": title, "text": text, "notes": notes, "hidden": hidden}))
        })
        .collect()
}

#[cfg(test)]
mod tests;
