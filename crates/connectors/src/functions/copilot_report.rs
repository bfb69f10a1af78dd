//! `copilot_report`: the rows of GitHub's Copilot usage reports.
//!
//! GitHub answers with signed links to files on another host, in which every line is a JSON object: a day of the
//! organization, a day of a user, or the days of four weeks in `day_totals`. The links are fetched without the
//! credential; the document declares their hosts.
//!
//! The request `day` asks for one day, given as the argument `day`, and is sent for each day from the tool's `since` to
//! its `until`, or for its `day`. Where the tool is called with none of these, `latest` asks for the last four weeks; a
//! document without `latest` gets yesterday. Further requests are sent once, and their replies come by their names.

mod period;
mod rows;

use futures::future::try_join_all;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Map, Value, json};
use url::Url;

use self::period::Period;
use self::rows::Rows;
use super::{Function, Output, Requests, options};
use crate::failure::Failure;
use crate::session::parse;

pub(super) const FUNCTION: Function = Function {
    name: "copilot_report",
    requests: None,
    adds: &["day"],
    check: options::none,
    run: |requests| Box::pin(run(requests)),
};

/// How many days or links are asked for at a time.
const AT_ONCE: usize = 4;

async fn run(requests: &Requests<'_>) -> Result<Output, Failure> {
    let has = |name: &str| requests.requests.contains_key(name);
    let period = Period::of(requests.arguments, has("day"), has("latest"))?;
    let (rows, others) = futures::try_join!(report(requests, &period), others(requests))?;
    let (size, mut output) = (rows.size, rows.into_output());
    output.extend(others);
    Ok(Output::Value(Value::Object(output), size))
}

/// The rows of a period.
async fn report(requests: &Requests<'_>, period: &Period) -> Result<Rows, Failure> {
    let mut rows = Rows::default();
    let mut links = Vec::new();
    match period {
        Period::Latest => links = rows.announce(&parse(requests.send("latest").await?)?, None)?,
        Period::Days(days) => {
            let mut announced = stream::iter(days.clone())
                .map(async |day: String| {
                    let values = Map::from_iter([("day".to_owned(), json!(day))]);
                    Ok::<_, Failure>((day, parse(requests.send_with("day", &values).await?)?))
                })
                .buffered(AT_ONCE);
            while let Some((day, reply)) = announced.try_next().await? {
                links.extend(rows.announce(&reply, Some(&day))?);
            }
        }
    }
    let mut files = stream::iter(links).map(|link: Url| requests.fetch(link)).buffered(AT_ONCE);
    while let Some(file) = files.try_next().await? {
        if !rows.read(&file.body)? {
            break;
        }
    }
    Ok(rows)
}

/// The replies of the requests that are not about the report, by name.
async fn others(requests: &Requests<'_>) -> Result<Map<String, Value>, Failure> {
    let names = requests.requests.keys().filter(|name| !matches!(name.as_str(), "day" | "latest"));
    let replies =
        names.map(async |name| Ok::<_, Failure>((name.clone(), parse(requests.send(name).await?)?)));
    Ok(try_join_all(replies).await?.into_iter().collect())
}
