//! What documents say to functions besides their requests, checked when a document is compiled.

use std::collections::BTreeMap;

use domain::document::RequestDocument;
use serde_json::{Map, Value};

use crate::problem::Fault;

/// The options of a use of a function, and what they may name.
pub(crate) struct Said<'a> {
    pub(crate) options: &'a Map<String, Value>,
    pub(crate) requests: &'a BTreeMap<String, RequestDocument>,
    pub(crate) is_argument: &'a dyn Fn(&str) -> bool,
}

/// For functions without options.
pub(super) fn none(said: &Said<'_>) -> Result<(), Fault> {
    said.only(&[])
}

impl Said<'_> {
    /// That there are no options but these, which are texts.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), Fault> {
        for (name, value) in self.options {
            if !known.contains(&name.as_str()) {
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                return Err(Fault::new(
                    format!("there is no option `{name}`"),
                    format!("the function has these: {known}"),
                ));
            }
            if !value.is_string() {
                return Err(Fault::new(format!("the option `{name}` is no text"), "write a text"));
            }
        }
        Ok(())
    }

    /// That an option is given.
    pub(super) fn needs(&self, name: &str) -> Result<(), Fault> {
        if self.text(name).is_empty() {
            return Err(Fault::new(format!("the option `{name}` is missing"), "add it"));
        }
        Ok(())
    }

    /// That an option names one of the requests.
    pub(super) fn names_a_request(&self, name: &str) -> Result<(), Fault> {
        if self.requests.contains_key(self.text(name)) {
            return Ok(());
        }
        let known: Vec<&str> = self.requests.keys().map(String::as_str).collect();
        Err(Fault::new(
            format!("the option `{name}` names no request"),
            format!("name one of these: {}", known.join(", ")),
        ))
    }

    /// That an option, where it is given, names an argument.
    pub(super) fn may_name_an_argument(&self, name: &str) -> Result<(), Fault> {
        let text = self.text(name);
        if text.is_empty() || (self.is_argument)(text) {
            return Ok(());
        }
        Err(Fault::new(
            format!("the option `{name}` names {text:?}, which is no argument"),
            "name a property of the input",
        ))
    }

    /// A text, empty where it is not given.
    pub(super) fn text(&self, name: &str) -> &str {
        self.options.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use crate::{compile, parse};

    /// What is wrong with a use of a function, by field and message.
    fn problems(function: &str) -> Vec<String> {
        let document = format!(
            "{{service: a, title: A, baseUrl: 'https://a.example', tools: [{{name: get, description: Gets., \
             input: {{type: object, properties: {{details: {{type: boolean}}}}}}, function: {function}}}]}}"
        );
        match compile(&parse(&document).unwrap()) {
            Ok(_) => Vec::new(),
            Err(problems) => problems.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn a_misspelt_option_is_told_with_its_place_before_the_first_call() {
        let two = "requests: {list: {method: GET, url: /l}, item: {method: GET, url: '/i/{item}'}}";
        let last = "requests: {add: {method: POST, url: /a}, say: {method: GET, url: /s}}";
        for (function, expected) in [
            (format!("{{name: gather_then, options: {{then: sya}}, {last}}}"), "names no request"),
            (
                format!("{{name: gather_then, options: {{then: say, when: detials}}, {last}}}"),
                "is no argument",
            ),
            (format!("{{name: gather, options: {{then: say}}, {last}}}"), "there is no option `then`"),
            (
                format!("{{name: with_details, options: {{items: a, id: id, whne: details}}, {two}}}"),
                "`whne`",
            ),
            (
                format!("{{name: with_details, options: {{items: a, when: details}}, {two}}}"),
                "`id` is missing",
            ),
            (format!("{{name: gather_pages, options: {{pages: {{add: 1}}}}, {last}}}"), "not valid"),
        ] {
            let problems = problems(&function);
            assert!(
                problems.len() == 1
                    && problems[0].contains("tools[0].function.options")
                    && problems[0].contains(expected),
                "{function}: {problems:?}"
            );
        }
        assert!(
            problems(&format!("{{name: gather_then, options: {{then: say, when: details}}, {last}}}"))
                .is_empty()
        );
    }
}
