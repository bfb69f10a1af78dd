//! The tables, one file each: how rows are written and what a row says.

pub(crate) mod api_keys;
pub(crate) mod connectors;
pub(crate) mod definitions;
pub(crate) mod identities;
pub(crate) mod observations;
pub(crate) mod provenance;
pub(crate) mod reading;
pub(crate) mod removal;
pub(crate) mod replicas;
pub(crate) mod retention;
pub(crate) mod row;
pub(crate) mod tenant_keys;
pub(crate) mod tenants;
pub(crate) mod tombstones;
