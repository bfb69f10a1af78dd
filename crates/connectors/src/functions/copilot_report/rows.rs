//! The rows of report files.

use serde_json::{Deserializer, Map, Value, json};
use url::Url;

use crate::failure::Failure;

/// The most rows that are kept.
const MAX_ROWS: usize = 20_000;
/// The size of files, in bytes, after which no further file is read.
const MAX_SIZE: usize = 32 * 1024 * 1024;

/// What was read so far.
#[derive(Debug, Default)]
pub(super) struct Rows {
    rows: Vec<Value>,
    first_day: Option<String>,
    last_day: Option<String>,
    missing: Vec<String>,
    incomplete: bool,
    /// About how many bytes it all takes.
    pub(super) size: usize,
}

impl Rows {
    /// Takes down what a reply says of a report, and gives the links to its files. GitHub answers with nothing at all
    /// where a day has no report.
    pub(super) fn announce(&mut self, reply: &Value, day: Option<&str>) -> Result<Vec<Url>, Failure> {
        if reply.is_null() {
            self.missing.extend(day.map(str::to_owned));
            return Ok(Vec::new());
        }
        let text = |field: &str| reply.get(field).and_then(Value::as_str).map(str::to_owned);
        let first = text("report_start_day").or_else(|| text("report_day"));
        let last = text("report_end_day").or_else(|| text("report_day"));
        if self.first_day.is_none() {
            self.first_day = first;
        }
        self.last_day = last.or_else(|| self.last_day.take());
        let links = reply.get("download_links").and_then(Value::as_array);
        let links = links.ok_or_else(|| Failure::new("GitHub's reply has no download_links."))?;
        let parsed = links.iter().map(|link| link.as_str().and_then(|link| Url::parse(link).ok()));
        parsed
            .collect::<Option<_>>()
            .ok_or_else(|| Failure::new("GitHub's reply has a download link that is no URL."))
    }

    /// Reads a file. Gives whether another one may be read.
    pub(super) fn read(&mut self, file: &[u8]) -> Result<bool, Failure> {
        self.size += file.len();
        for value in Deserializer::from_slice(file).into_iter::<Value>() {
            let value = value.map_err(|error| {
                Failure::new(format!("A report file of GitHub is not valid JSON: {error}."))
            })?;
            self.add(value);
        }
        self.incomplete |= self.size > MAX_SIZE;
        Ok(!self.incomplete)
    }

    /// Adds a row, or those that it holds.
    fn add(&mut self, value: Value) {
        match value {
            Value::Array(values) => values.into_iter().for_each(|value| self.add(value)),
            Value::Object(mut fields) => match fields.remove("day_totals") {
                Some(days) => self.add(days),
                None if self.rows.len() < MAX_ROWS => self.rows.push(Value::Object(fields)),
                None => self.incomplete = true,
            },
            _ => {}
        }
    }

    /// The result: rows in the order of their days.
    pub(super) fn into_output(mut self) -> Map<String, Value> {
        self.rows.sort_by(|a, b| day(a).cmp(day(b)));
        Map::from_iter([
            ("start_day".to_owned(), json!(self.first_day)),
            ("end_day".to_owned(), json!(self.last_day)),
            ("missing_days".to_owned(), json!(self.missing)),
            ("incomplete".to_owned(), json!(self.incomplete)),
            ("rows".to_owned(), Value::Array(self.rows)),
        ])
    }
}

fn day(row: &Value) -> &str {
    row.get("day").and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_row_and_the_days_of_four_weeks_are_rows_of_their_own() {
        let mut rows = Rows::default();
        assert!(rows.read(b"{\"day\":\"2026-03-02\",\"n\":1}\n{\"day\":\"2026-03-01\",\"n\":2}\n").unwrap());
        assert!(rows.read(br#"[{"report_start_day":"x","day_totals":[{"day":"2026-02-28"}]}]"#).unwrap());
        assert!(rows.read(b"").unwrap());
        let output = rows.into_output();
        let expected =
            json!([{"day": "2026-02-28"}, {"day": "2026-03-01", "n": 2}, {"day": "2026-03-02", "n": 1}]);
        assert_eq!(output["rows"], expected);
        assert_eq!(output["incomplete"], json!(false));
    }

    #[test]
    fn links_and_days_come_from_the_reply_and_a_day_without_report_is_missing() {
        let mut rows = Rows::default();
        let reply = |day: &str| json!({"download_links": ["https://r.test/a?sig=1"], "report_day": day});
        assert_eq!(
            rows.announce(&reply("2026-03-01"), Some("2026-03-01")).unwrap()[0].as_str(),
            "https://r.test/a?sig=1"
        );
        assert!(rows.announce(&Value::Null, Some("2026-03-02")).unwrap().is_empty());
        rows.announce(&reply("2026-03-03"), Some("2026-03-03")).unwrap();
        let output = rows.into_output();
        assert_eq!((&output["start_day"], &output["end_day"]), (&json!("2026-03-01"), &json!("2026-03-03")));
        assert_eq!(output["missing_days"], json!(["2026-03-02"]));

        let mut rows = Rows::default();
        let weeks =
            json!({"download_links": [], "report_start_day": "2026-02-01", "report_end_day": "2026-02-28"});
        assert!(rows.announce(&weeks, None).unwrap().is_empty());
        assert_eq!(rows.into_output()["end_day"], json!("2026-02-28"));
    }

    #[test]
    fn what_is_no_report_is_told() {
        let told = |reply: Value| Rows::default().announce(&reply, None).unwrap_err().to_string();
        assert!(told(json!({"data": []})).contains("no download_links"));
        assert!(told(json!({"download_links": ["a b"]})).contains("no URL"));
        assert!(told(json!({"download_links": [1]})).contains("no URL"));
        assert!(Rows::default().read(b"<html>").unwrap_err().to_string().contains("not valid JSON"));
    }

    #[test]
    fn rows_beyond_the_most_are_left_out_and_said_to_be() {
        let mut rows = Rows::default();
        assert!(!rows.read("{}\n".repeat(MAX_ROWS + 1).as_bytes()).unwrap());
        let output = rows.into_output();
        assert_eq!(output["rows"].as_array().map(Vec::len), Some(MAX_ROWS));
        assert_eq!(output["incomplete"], json!(true));
    }
}
