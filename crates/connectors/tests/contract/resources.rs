//! Resources: what is listed, and each template read with made-up variables.

use connectors::ResourceError;
use serde_json::Value;

use crate::bench::Bench;
use crate::reply::Replies;
use crate::survey::{Kind, Survey};

impl Bench<'_> {
    /// Lists resources and reads what is listed and every template.
    pub(crate) async fn resources(&self, survey: &mut Survey) {
        self.vendor.answer_with(Replies::Full);
        let listed = self.connector.list_resources(&self.client, &self.target).await;
        self.note_resource("resources/list", listed.as_ref().err(), survey);
        let listed = listed.unwrap_or_default().into_iter().map(|listing| listing.uri);
        let templates = self.connector.resource_templates().iter();
        let filled = templates.map(|template| self.filled(&template.uri_template));
        for uri in listed.chain(filled).collect::<Vec<_>>() {
            let read = self.connector.read_resource(&self.client, &self.target, &uri).await;
            self.note_resource(&uri, read.as_ref().err(), survey);
        }
    }

    fn note_resource(&self, what: &str, error: Option<&ResourceError>, survey: &mut Survey) {
        let record = self.vendor.take();
        for (oracle, text) in &record.wrong {
            if !self.is_doubted("", oracle, text) {
                let text = format!("{what}: {text}");
                survey.findings.insert(self.finding(Kind::Request, "", oracle, text));
            }
        }
        if let Some(error) = error.filter(|_| self.has_own || record.sent.is_empty()) {
            let text = format!("{what} fails: {error}");
            survey.findings.insert(self.finding(Kind::Call, "", "", text));
        }
    }

    /// A URI of a template: each variable is the fixture's value of that name, or its name.
    fn filled(&self, template: &str) -> String {
        let mut uri = String::new();
        let mut left = template;
        while let Some((literal, rest)) = left.split_once('{') {
            let (name, behind) = rest.split_once('}').unwrap();
            let name = name.trim_start_matches('+');
            let value = self.fixture.values.get(&format!("resource.{name}"));
            let value = value.or_else(|| self.fixture.values.get(name)).and_then(Value::as_str);
            uri.push_str(literal);
            uri.push_str(&value.map_or_else(|| format!("{}-x", name.replace('_', "-")), str::to_owned));
            left = behind;
        }
        uri.push_str(left);
        uri
    }
}
