//! What `render` and `try` share: a connector, one of its tools, arguments and settings.

use connectors::{Connector, ToolListing};
use serde_json::{Map, Value};
use url::Url;

use super::source::Source;
use crate::{error::Error, mcp::arguments};

/// A call of a tool.
#[derive(clap::Args, Clone, Debug)]
pub(super) struct CallArgs {
    /// The connector
    #[arg(value_name = "CONNECTOR")]
    connector: String,
    /// The tool, with or without the connector's prefix
    #[arg(value_name = "TOOL")]
    tool: String,
    /// An argument, as its type in the tool's schema wants it: text, a number, true, or JSON
    #[arg(short, long = "arg", value_name = "NAME=VALUE")]
    args: Vec<String>,
    /// All arguments as a JSON object, or - for standard input; --arg goes on top
    #[arg(long, value_name = "JSON")]
    json: Option<String>,
    /// A setting, as a Connector has it in native.config
    #[arg(long = "setting", value_name = "NAME=VALUE")]
    settings: Vec<String>,
    /// The base URL of a self-hosted installation, as a Connector has it in native.baseUrl
    #[arg(long, value_name = "URL")]
    pub(super) base_url: Option<Url>,
}

/// A call with everything found.
pub(super) struct Call {
    pub(super) connector: Connector,
    pub(super) tool: String,
    pub(super) arguments: Map<String, Value>,
    pub(super) settings: Map<String, Value>,
}

impl CallArgs {
    /// Finds the connector and the tool, and fits arguments and settings to their schemas.
    pub(super) fn resolve(&self) -> Result<Call, Error> {
        let source = Source::open(&self.connector)?;
        let connector = source.compile()?;
        let prefixed = format!("{}_{}", connector.service(), self.tool);
        let found = connector.tool(&self.tool).or_else(|| connector.tool(&prefixed));
        let found = found.ok_or_else(|| unknown(&connector, &self.tool, &prefixed))?;
        let schema = Value::Object(found.input_schema.clone());
        let arguments = arguments::given(&self.args, self.json.as_deref())?.fit(&schema)?;
        let schema = Value::Object(source.document.config.clone().unwrap_or_default());
        let settings = arguments::given(&self.settings, None)?.fit(&schema)?;
        let tool = found.name.clone();
        Ok(Call { connector, tool, arguments, settings })
    }
}

fn unknown(connector: &Connector, tool: &str, prefixed: &str) -> Error {
    let removed = connector.removed(tool).or_else(|| connector.removed(prefixed));
    Error::Usage(match removed {
        Some(reason) => reason.to_owned(),
        None => {
            let names: Vec<&str> =
                connector.tools().iter().map(|ToolListing { name, .. }| name.as_str()).collect();
            format!("there is no tool {tool}; there are {}", names.join(", "))
        }
    })
}
