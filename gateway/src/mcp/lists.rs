//! Lists: of tools, which rules filter and name, and of prompts and resources, which pass as they are.

use super::{
    error::RpcError,
    job::{Failure, Job, Outcome},
    raw::{Members, quoted},
    result::modern_list_members,
};
use crate::{
    access::Target,
    tools::{ToolIndex, fetch},
};

impl Job {
    /// All tools that the caller may see, in one page.
    pub(super) async fn list_tools(&self) -> Result<Outcome, Failure> {
        self.refuse_cursor()?;
        match &self.access.target {
            Target::One(connector) => {
                let instance =
                    self.instance(connector).await.map_err(|error| self.failed(connector, error))?;
                let call = self.quiet_call(connector);
                let index = fetch::current(connector, &instance, &call, &self.app.clock)
                    .await
                    .map_err(|error| self.failed(connector, error))?;
                Ok(Outcome::Ready(self.tool_list(&index)))
            }
            Target::All => self.list_all_tools().await,
        }
    }

    fn tool_list(&self, index: &ToolIndex) -> String {
        let read_only = self.access.caller.read_only();
        let mut list = List::new("tools");
        for tool in index.tools().iter().filter(|tool| tool.read_only || !read_only) {
            list.push(tool.json());
        }
        list.finish(index.extra(), self.era.is_modern())
    }

    /// Prompts, resources or templates.
    pub(super) async fn list(&self, method: &str) -> Result<Outcome, Failure> {
        match &self.access.target {
            Target::One(connector) => self.forward_to(connector).await,
            Target::All => {
                self.refuse_cursor()?;
                self.list_all(method).await
            }
        }
    }

    /// Lists made here are complete, so no cursor was ever given out for one.
    fn refuse_cursor(&self) -> Result<(), RpcError> {
        let Some(params) = &self.request.params else { return Ok(()) };
        let cursor = Members::parse(params.get()).is_some_and(|members| members.get("cursor").is_some());
        if cursor {
            Err(RpcError::invalid_params("params.cursor is not one that this server gave out"))
        } else {
            Ok(())
        }
    }
}

/// A list result under construction.
pub(super) struct List {
    json: String,
    empty: bool,
}

impl List {
    pub(super) fn new(member: &str) -> Self {
        let mut json = String::with_capacity(16 * 1024);
        json.push('{');
        json.push_str(&quoted(member));
        json.push_str(":[");
        Self { json, empty: true }
    }

    /// Adds an entry.
    pub(super) fn push(&mut self, entry: &str) {
        if !self.empty {
            self.json.push(',');
        }
        self.empty = false;
        self.json.push_str(entry);
    }

    /// The result, with other members (`"name":json`, comma-separated) and what the modern era requires.
    pub(super) fn finish(mut self, extra: &str, modern: bool) -> String {
        self.json.push(']');
        let required = if modern { modern_list_members() } else { String::new() };
        for part in [extra, required.as_str()] {
            if !part.is_empty() {
                self.json.push(',');
                self.json.push_str(part);
            }
        }
        self.json.push('}');
        self.json
    }
}
