//! The command line. What `--help` says is the reference, and `docs/cli.md` is generated from it.

use clap::{Parser, Subcommand};

use crate::{apply, completion, connector, delete, describe, get, keyring, mcp, up, validate, wait};

/// Host MCP servers for many tenants: on Kubernetes, or with `sagemcp up` in one process.
#[derive(Parser)]
#[command(name = "sagemcp", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "\
Exit codes: 0 done; 1 failed, with the reason on standard error; 64 the command line or a manifest makes no sense.

Object commands speak to the `sagemcp up` that runs in this directory or in one above it, else to the cluster of \
the kubeconfig. --data, --kubeconfig and --context choose explicitly.";

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// Serve MCP from a directory of manifests: operator and gateway in one process, no cluster
    Up(up::Args),
    /// List objects, or print them
    Get(get::Args),
    /// Say how objects fare: settings, conditions, endpoint, events
    Describe(describe::Args),
    /// Create or change objects from manifests (server-side apply)
    Apply(apply::Args),
    /// Delete objects
    Delete(delete::Args),
    /// Wait until a condition holds, or until objects are gone
    Wait(wait::Args),
    /// Speak MCP to a tenant's endpoint
    Mcp(mcp::Args),
    /// Look at the built-in connectors, and work on documents of new ones
    Connector(connector::Args),
    /// Check manifests without an API
    Validate(validate::Args),
    /// Print the CustomResourceDefinitions as YAML
    Crds,
    /// Make or inspect a key ring
    Keyring(keyring::Args),
    /// Print a shell's completion script
    Completion(completion::Args),
    /// Print the version
    Version,
    /// Print the page docs/cli.md
    #[command(hide = true)]
    Reference,
}
