//! The kinds that object commands know: ours, and those that belong to them.

use kube::api::ApiResource;

use crate::error::Error;

/// One kind, with the names people type for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    /// Group, version, kind and plural.
    pub(crate) resource: ApiResource,
    /// `tenant`.
    pub(crate) singular: String,
    /// `tn`.
    pub(crate) short_names: Vec<String>,
    /// `sagemcp`.
    pub(crate) categories: Vec<String>,
    /// Whether its objects live in a namespace.
    pub(crate) namespaced: bool,
}

impl Kind {
    /// `tenant.sagemcp.io/acme`, or `secret/acme-key`.
    pub(crate) fn label(&self, name: &str) -> String {
        format!("{}/{name}", self.qualified())
    }

    /// `tenant.sagemcp.io`, or `secret`.
    pub(crate) fn qualified(&self) -> String {
        if self.resource.group.is_empty() {
            return self.singular.clone();
        }
        format!("{}.{}", self.singular, self.resource.group)
    }

    fn is_called(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let qualified = |name: &str| {
            name == text
                || text.strip_prefix(name).and_then(|rest| rest.strip_prefix('.')).is_some_and(|rest| {
                    rest == self.resource.group
                        || rest == format!("{}.{}", self.resource.version, self.resource.group)
                })
        };
        qualified(&self.resource.plural) || qualified(&self.singular) || self.short_names.contains(&text)
    }
}

/// Every kind.
pub(crate) fn all() -> Vec<Kind> {
    let ours = crds::all().into_iter().map(|crd| {
        let names = crd.spec.names;
        Kind {
            resource: ApiResource {
                group: crd.spec.group.clone(),
                version: crds::VERSION.to_owned(),
                api_version: format!("{}/{}", crd.spec.group, crds::VERSION),
                kind: names.kind,
                plural: names.plural,
            },
            singular: names.singular.unwrap_or_default(),
            short_names: names.short_names.unwrap_or_default(),
            categories: names.categories.unwrap_or_default(),
            namespaced: crd.spec.scope == "Namespaced",
        }
    });
    ours.chain([builtin("Secret", "secrets", &[]), builtin("Event", "events", &["ev"])]).collect()
}

fn builtin(kind: &str, plural: &str, short_names: &[&str]) -> Kind {
    Kind {
        resource: ApiResource {
            group: String::new(),
            version: "v1".to_owned(),
            api_version: "v1".to_owned(),
            kind: kind.to_owned(),
            plural: plural.to_owned(),
        },
        singular: kind.to_lowercase(),
        short_names: short_names.iter().map(|&name| name.to_owned()).collect(),
        categories: Vec::new(),
        namespaced: true,
    }
}

/// The kind of a manifest.
pub(crate) fn of_manifest(api_version: &str, kind: &str) -> Option<Kind> {
    all().into_iter().find(|it| it.resource.api_version == api_version && it.resource.kind == kind)
}

/// The kinds that a text such as `tenants,conn` or `sagemcp` names. `all` stands for the category `sagemcp`.
///
/// # Errors
/// [`Error::Usage`] lists what is known.
pub(crate) fn named(text: &str) -> Result<Vec<Kind>, Error> {
    let known = all();
    let mut found: Vec<Kind> = Vec::new();
    for part in text.split(',') {
        let category = if part == "all" { "sagemcp" } else { part };
        let matches: Vec<&Kind> = known
            .iter()
            .filter(|kind| kind.is_called(part) || kind.categories.iter().any(|it| it == category))
            .collect();
        if matches.is_empty() {
            return Err(Error::Usage(format!(
                "there is no kind \"{part}\"; KIND is one of {}",
                list(&known)
            )));
        }
        for kind in matches {
            if !found.contains(kind) {
                found.push(kind.clone());
            }
        }
    }
    Ok(found)
}

fn list(kinds: &[Kind]) -> String {
    let names = kinds.iter().map(|kind| match kind.short_names.first() {
        Some(short) => format!("{} ({short})", kind.resource.plural),
        None => kind.resource.plural.clone(),
    });
    format!("{}, or sagemcp for all of ours", names.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plurals(text: &str) -> Vec<String> {
        named(text).unwrap().into_iter().map(|kind| kind.resource.plural).collect()
    }

    #[test]
    fn a_kind_has_many_names() {
        for text in ["tenant", "tenants", "Tenant", "tn", "tenants.sagemcp.io", "tenant.v1alpha1.sagemcp.io"]
        {
            assert_eq!(plurals(text), ["tenants"], "{text}");
        }
        assert_eq!(plurals("tn,connectors,tenants"), ["tenants", "connectors"]);
    }

    #[test]
    fn a_category_names_all_of_our_kinds() {
        let ours = ["tenants", "connectors", "apikeys", "connectordefinitions"];
        assert_eq!(plurals("sagemcp"), ours);
        assert_eq!(plurals("all"), ours);
    }

    #[test]
    fn an_unknown_kind_is_refused_with_the_list() {
        insta::assert_snapshot!(
            named("tenant,pod").unwrap_err(),
            @r#"there is no kind "pod"; KIND is one of tenants (tn), connectors (conn), apikeys (ak), connectordefinitions (conndef), secrets, events (ev), or sagemcp for all of ours"#
        );
    }
}
