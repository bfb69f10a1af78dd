//! The manifests of many tenants: a namespace and a file for each.

use std::{fs, path::Path};

use crate::{
    manifests::{self, SERVICE},
    platform::NAMESPACE,
};

/// The connectors of each tenant: name and type. The catalog's largest document is among them.
pub(super) const CONNECTORS: [(&str, &str); 5] = [
    ("code", "github"),
    ("reviews", "github"),
    ("orders", SERVICE),
    ("stock", SERVICE),
    ("invoices", SERVICE),
];

/// The name of a tenant, in manifests and URLs.
pub(super) fn slug(tenant: usize) -> String {
    format!("team-{tenant:04}")
}

/// Writes a folder of manifests, with one key that opens every tenant.
///
/// # Errors
/// If the disk refuses.
pub(super) fn write(folder: &Path, tenants: usize) -> anyhow::Result<()> {
    fs::create_dir(folder)?;
    let platform = [manifests::definition(), manifests::key(NAMESPACE, "everywhere", None)];
    fs::write(folder.join("platform.yaml"), manifests::file(&platform))?;
    // Nobody listens there: lists ask no vendor.
    let vendor = ([127, 0, 0, 1], 9).into();
    for tenant in (0..tenants).map(slug) {
        let mut objects = vec![manifests::tenant(&tenant, &tenant), manifests::credential(&tenant)];
        let connector = |(name, service)| manifests::connector(&tenant, &tenant, name, service, vendor);
        objects.extend(CONNECTORS.map(connector));
        fs::write(folder.join(format!("{tenant}.yaml")), manifests::file(&objects))?;
    }
    Ok(())
}
