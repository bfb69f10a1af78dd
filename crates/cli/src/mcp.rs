//! `sagemcp mcp`: a small MCP client over Streamable HTTP, to look at a tenant's tools and to call them.

pub(crate) mod arguments;
mod client;
mod endpoint;
mod error;
mod header;
mod message;
pub(crate) mod print;
mod sse;
mod transport;

use std::time::Duration;

use clap::ValueEnum;

pub(crate) use endpoint::{best_key, secret_name};
pub(crate) use error::McpError;

use crate::{connection::ConnectionArgs, error::Error, terminal::Terminal, wait::span};
use client::Client;

/// Arguments of `mcp`.
#[derive(clap::Args, Clone, Debug)]
#[command(after_help = "\
The endpoint and the key are found through the objects: status.endpoint of the Tenant or Connector, and the Secret of an \
ApiKey. SAGEMCP_API_KEY gives a key instead, and --endpoint any MCP server instead; leave TENANT and CONNECTOR out then.

Examples:
  sagemcp mcp tools acme
  sagemcp mcp call acme github github_get_repository --arg owner=rust-lang --arg repo=rust
  sagemcp mcp call acme everything echo --json '{\"message\": \"hello\"}'")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Clone, Debug)]
enum Command {
    /// List the tools, with their arguments
    Tools {
        /// The tenant, and one of its connectors; without one, all of them
        #[arg(value_name = "TENANT [CONNECTOR]")]
        names: Vec<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Call a tool. A failure that the tool reports is an exit code of 1
    Call {
        /// The tenant, maybe one of its connectors, and the tool
        #[arg(required = true, value_name = "TENANT [CONNECTOR] TOOL")]
        names: Vec<String>,
        /// An argument, as its type in the tool's schema wants it: text, a number, true, or JSON
        #[arg(short, long = "arg", value_name = "NAME=VALUE")]
        args: Vec<String>,
        /// All arguments as a JSON object, or - for standard input; --arg goes on top
        #[arg(long, value_name = "JSON")]
        json: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// List the resources and resource templates
    Resources {
        /// The tenant, and one of its connectors; without one, all of them
        #[arg(value_name = "TENANT [CONNECTOR]")]
        names: Vec<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Print a resource
    Read {
        /// The tenant, maybe one of its connectors, and the resource
        #[arg(required = true, value_name = "TENANT [CONNECTOR] URI")]
        names: Vec<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Say what serves an endpoint: revision of MCP, server, capabilities
    Info {
        /// The tenant, and one of its connectors; without one, all of them
        #[arg(value_name = "TENANT [CONNECTOR]")]
        names: Vec<String>,
        #[command(flatten)]
        common: Common,
    },
}

/// Arguments of every MCP command.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Common {
    /// How to print
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
    /// How long one request may take, as in 30s or 2m
    #[arg(long, default_value = "60s", value_parser = span, value_name = "TIME")]
    timeout: Duration,
    /// The ApiKey whose key to use; default: the one that may do most
    #[arg(long, value_name = "NAME")]
    api_key: Option<String>,
    /// The URL of an MCP server; its key, if it wants one, is taken from SAGEMCP_API_KEY
    #[arg(long, value_name = "URL", env = "SAGEMCP_ENDPOINT")]
    endpoint: Option<String>,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people
    #[default]
    Text,
    /// The result as the server sent it
    Json,
}

/// Runs an MCP command.
pub(crate) async fn run(args: Args, terminal: &mut Terminal<'_>) -> Result<(), Error> {
    match args.command {
        Command::Tools { names, common } => {
            let mut client = connect(&names, &common).await?;
            let result = client.list("tools/list", "tools").await;
            print::tools(&finish(client, result).await?, common.output, terminal)
        }
        Command::Call { mut names, args, json, common } => {
            let tool = names.pop().unwrap_or_default();
            let given = arguments::given(&args, json.as_deref())?;
            let mut client = connect(&names, &common).await?;
            let result = client.call(&tool, given).await;
            print::call(&finish(client, result).await?, &tool, common.output, terminal)
        }
        Command::Resources { names, common } => {
            let mut client = connect(&names, &common).await?;
            let result = client.resources().await;
            print::resources(&finish(client, result).await?, common.output, terminal)
        }
        Command::Read { mut names, common } => {
            let uri = names.pop().unwrap_or_default();
            let mut client = connect(&names, &common).await?;
            let result = client.read(&uri).await;
            print::contents(&finish(client, result).await?, common.output, terminal)
        }
        Command::Info { names, common } => {
            let client = connect(&names, &common).await?;
            let result = Ok(client.info());
            print::info(&finish(client, result).await?, common.output, terminal)
        }
    }
}

async fn connect(names: &[String], common: &Common) -> Result<Client, Error> {
    let endpoint = endpoint::find(names, common).await?;
    Ok(Client::connect(endpoint, common.timeout).await?)
}

/// Ends the session, also after a failure.
async fn finish<T>(client: Client, result: Result<T, McpError>) -> Result<T, Error> {
    client.close().await;
    Ok(result?)
}
