//! Connectors: a vendor's API as a document, compiled once and run for every tenant.
//!
//! ```text
//! YAML ─ parse ─► ConnectorDocument ─ compile ─► Connector ─ call / list / read ─► results as MCP serialises them
//!                 (domain)            every       │
//!                                     problem     └─ arguments ► schema ► URL, body ► wire ► reply ► shape
//! ```
//! A document is a program that somebody else wrote, so it is fenced: jq by an allow-list and a meter ([`compile()`] refuses
//! the rest), URLs by templates that values cannot leave, hosts by declaration, addresses by the [`egress`] policy.

mod action;
mod answer;
mod auth;
mod base;
mod brief;
mod catalog;
mod compile;
mod connector;
mod cut;
pub mod egress;
mod failure;
mod file;
mod filters;
mod functions;
mod headers;
mod hosts;
mod http;
mod jq;
mod listing;
mod load;
mod lookup;
mod paging;
pub mod portable;
mod problem;
mod refusal;
mod request;
mod resource;
mod result;
mod schema;
mod secret_headers;
mod session;
mod shape;
mod target;
mod template;
mod tool;

pub use self::catalog::Catalog;
pub use self::compile::compile;
pub use self::connector::{Connector, RenderedRequest, RequestMessage, ResourceError, UnknownTool};
pub use self::listing::{ResourceListing, ResourceTemplateListing, ToolAnnotations, ToolListing};
pub use self::load::parse;
pub use self::problem::Problem;
pub use self::result::{Content, ResourceContents, ResourceData, ToolResult};
pub use self::target::CallTarget;
