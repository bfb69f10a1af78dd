//! Why speaking MCP failed.

/// Why speaking MCP failed. No message shows a key.
#[derive(Debug, thiserror::Error)]
pub enum McpError {
    /// A client cannot be made.
    #[error("cannot set up an HTTP client: {0}")]
    Client(String),
    /// The URL is none.
    #[error("--endpoint {0}: not an http:// or https:// URL")]
    Url(String),
    /// The server cannot be reached.
    #[error("{url} does not answer: {reason}")]
    Unreachable {
        /// The endpoint.
        url: String,
        /// What went wrong.
        reason: String,
    },
    /// The server answers with an HTTP error that is no MCP.
    #[error("{url} answers {status}: {hint}")]
    Http {
        /// The endpoint.
        url: String,
        /// The HTTP status.
        status: u16,
        /// What it means, or what the server says.
        hint: String,
    },
    /// The answer is not MCP.
    #[error("{url} does not speak MCP: {reason}")]
    NotMcp {
        /// The endpoint.
        url: String,
        /// What is wrong with its answer.
        reason: String,
    },
    /// A JSON-RPC error.
    #[error("{method}: the server answers with error {code}: {message}")]
    Rpc {
        /// The method that was called.
        method: String,
        /// The error's code.
        code: i64,
        /// The error's message.
        message: String,
        /// The error's data.
        data: Box<serde_json::Value>,
    },
    /// The server lists no such tool, and does not answer a call of it either.
    #[error(
        "{url} lists no tool \"{tool}\" and answers \"{said}\"{suggestion}; list its tools with `sagemcp mcp tools`"
    )]
    NoTool {
        /// What was asked for.
        tool: String,
        /// The endpoint.
        url: String,
        /// What it says to a call: that it knows none of the name, or that the key may not.
        said: String,
        /// `; did you mean ...?`, or nothing.
        suggestion: String,
    },
    /// An argument that does not fit the tool's schema.
    #[error("--arg {name}: {reason}")]
    Argument {
        /// The argument.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The tool wants to ask somebody something.
    #[error("{0} asks for input, which this client cannot give; use a client that supports elicitation")]
    InputRequired(String),
    /// The tool says that it failed; what it says has been printed.
    #[error("{0} failed")]
    Tool(String),
}
