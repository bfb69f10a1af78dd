//! What the API server turns away before any program of ours sees it, and in which words.

use anyhow::Context as _;
use testkit::{Cluster, Identity, process::Failed};

/// A manifest that is refused, and the whole of what `kubectl` says about it.
struct Refused {
    why: &'static str,
    kind: &'static str,
    name: &'static str,
    spec: &'static str,
    says: &'static str,
}

const REFUSED: &[Refused] = &[
    Refused {
        why: "an unknown field",
        kind: "Tenant",
        name: "acme",
        spec: "{slgu: other}",
        says: r#"Tenant in version "v1alpha1" cannot be handled as a Tenant: strict decoding error: unknown field "spec.slgu""#,
    },
    Refused {
        why: "an unknown field further down",
        kind: "Connector",
        name: "github",
        spec: "{tenantRef: {name: acme}, hosted: {command: npx, image: x}}",
        says: r#"Connector in version "v1alpha1" cannot be handled as a Connector: strict decoding error: unknown field "spec.hosted.image""#,
    },
    Refused {
        why: "a wrong type",
        kind: "Tenant",
        name: "acme",
        spec: "{suspended: sometimes}",
        says: r#"spec.suspended: Invalid value: "string": spec.suspended in body must be of type boolean: "string""#,
    },
    Refused {
        why: "a reserved slug",
        kind: "Tenant",
        name: "acme",
        spec: "{slug: admin}",
        says: r#"The Tenant "acme" is invalid: spec.slug: Invalid value: the slug is reserved for the platform; choose another in spec.slug"#,
    },
    Refused {
        why: "a name that would be a reserved slug",
        kind: "Tenant",
        name: "api",
        spec: "{}",
        says: r#"The Tenant "api" is invalid: spec.slug: Invalid value: the slug is reserved for the platform; choose another in spec.slug"#,
    },
    Refused {
        why: "a name that is no slug",
        kind: "Tenant",
        name: "acme.eu",
        spec: "{}",
        says: r#"The Tenant "acme.eu" is invalid: spec.slug: Invalid value: metadata.name serves as the slug and must be one DNS label of at most 63 characters; set spec.slug to use another"#,
    },
    Refused {
        why: "a slug that is no DNS label",
        kind: "Tenant",
        name: "acme",
        spec: "{slug: Acme_Inc}",
        says: r#"The Tenant "acme" is invalid: spec.slug: Invalid value: "Acme_Inc": spec.slug in body should match '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$'"#,
    },
    Refused {
        why: "a rate of nothing",
        kind: "Tenant",
        name: "acme",
        spec: "{rateLimit: {requestsPerMinute: 0}}",
        says: r#"The Tenant "acme" is invalid: spec.rateLimit.requestsPerMinute: Invalid value: 0: spec.rateLimit.requestsPerMinute in body should be greater than or equal to 1"#,
    },
    Refused {
        why: "an unknown choice",
        kind: "Tenant",
        name: "acme",
        spec: "{deletionPolicy: Forget}",
        says: r#"spec.deletionPolicy: Unsupported value: "Forget": supported values: "Retain", "Delete""#,
    },
    Refused {
        why: "a native connector that is remote as well",
        kind: "Connector",
        name: "github",
        spec: "{tenantRef: {name: acme}, native: {type: github}, remote: {url: 'https://mcp.example.com/mcp'}}",
        says: r#"The Connector "github" is invalid: spec: Invalid value: set exactly one of spec.native, spec.hosted and spec.remote"#,
    },
    Refused {
        why: "a connector to nothing",
        kind: "Connector",
        name: "github",
        spec: "{tenantRef: {name: acme}}",
        says: r#"The Connector "github" is invalid: spec: Invalid value: set exactly one of spec.native, spec.hosted and spec.remote"#,
    },
    Refused {
        why: "a connector's name that cannot be in a URL",
        kind: "Connector",
        name: "git.hub",
        spec: "{tenantRef: {name: acme}, native: {type: github}}",
        says: r#"The Connector "git.hub" is invalid: <nil>: Invalid value: metadata.name is the connector's name in URLs and must be one DNS label of at most 63 characters"#,
    },
    Refused {
        why: "a prefix on a native connector",
        kind: "Connector",
        name: "github",
        spec: "{tenantRef: {name: acme}, native: {type: github}, toolPrefix: gh}",
        says: r#"The Connector "github" is invalid: spec: Invalid value: spec.toolPrefix is for hosted and remote servers: native tools keep their names"#,
    },
    Refused {
        why: "a remote server that is no web address",
        kind: "Connector",
        name: "remote",
        spec: "{tenantRef: {name: acme}, remote: {url: 'ftp://mcp.example.com'}}",
        says: r#"The Connector "remote" is invalid: spec.remote.url: Invalid value: "ftp://mcp.example.com": spec.remote.url in body should match '^https?://'"#,
    },
    Refused {
        why: "a variable without a value",
        kind: "Connector",
        name: "hosted",
        spec: "{tenantRef: {name: acme}, hosted: {command: npx, env: [{name: MODE}]}}",
        says: r#"The Connector "hosted" is invalid: spec.hosted.env[0]: Invalid value: set exactly one of value and secretRef"#,
    },
    Refused {
        why: "a variable given twice",
        kind: "Connector",
        name: "hosted",
        spec: "{tenantRef: {name: acme}, hosted: {command: npx, env: [{name: MODE, value: a}, {name: MODE, value: b}]}}",
        says: r#"The Connector "hosted" is invalid: spec.hosted.env[1]: Duplicate value: {"name":"MODE"}"#,
    },
    Refused {
        why: "credentials of no kind",
        kind: "Connector",
        name: "github",
        spec: "{tenantRef: {name: acme}, native: {type: github}, credentials: {}}",
        says: r#"The Connector "github" is invalid: spec.credentials: Invalid value: set secretRef, oauth or both"#,
    },
    Refused {
        why: "a key with two ends",
        kind: "ApiKey",
        name: "key",
        spec: "{tenantRef: {name: acme}, scope: tenant_user, ttl: 30d, expiresAt: '2030-01-01T00:00:00Z'}",
        says: r#"The ApiKey "key" is invalid: spec: Invalid value: set at most one of spec.expiresAt and spec.ttl"#,
    },
    Refused {
        why: "a platform key of a tenant",
        kind: "ApiKey",
        name: "key",
        spec: "{tenantRef: {name: acme}, scope: platform_admin}",
        says: r#"The ApiKey "key" is invalid: spec: Invalid value: a platform_admin key belongs to no tenant: leave spec.tenantRef out"#,
    },
    Refused {
        why: "a tenant's key of no tenant",
        kind: "ApiKey",
        name: "key",
        spec: "{scope: tenant_user}",
        says: r#"The ApiKey "key" is invalid: spec: Invalid value: spec.tenantRef is required for tenant_admin and tenant_user keys"#,
    },
    Refused {
        why: "an unknown scope",
        kind: "ApiKey",
        name: "key",
        spec: "{tenantRef: {name: acme}, scope: root}",
        says: r#"spec.scope: Unsupported value: "root": supported values: "tenant_user", "tenant_admin", "platform_admin""#,
    },
    Refused {
        why: "a time to live that is no time",
        kind: "ApiKey",
        name: "key",
        spec: "{tenantRef: {name: acme}, scope: tenant_user, ttl: forever}",
        says: r#"spec.ttl: Invalid value: "forever": spec.ttl in body should match '^([0-9]{1,5}d)?([0-9]{1,6}h)?([0-9]{1,8}m)?([0-9]{1,9}s)?$'"#,
    },
    Refused {
        why: "no time to live",
        kind: "ApiKey",
        name: "key",
        spec: "{tenantRef: {name: acme}, scope: tenant_user, ttl: 0d}",
        says: r#"The ApiKey "key" is invalid: spec.ttl: Invalid value: "0d": must be longer than zero, as in 30d"#,
    },
    Refused {
        why: "a rotation without an interval",
        kind: "ApiKey",
        name: "key",
        spec: "{tenantRef: {name: acme}, scope: tenant_user, rotation: {every: 0s}}",
        says: r#"The ApiKey "key" is invalid: spec.rotation.every: Invalid value: "0s": must be longer than zero, as in 30d"#,
    },
    Refused {
        why: "a definition without tools' base",
        kind: "ConnectorDefinition",
        name: "vendor",
        spec: "{title: Vendor, tools: []}",
        says: "spec.baseUrl: Required value",
    },
];

/// What may not change once it is there.
const IMMUTABLE: &[(&str, &str, &str, &str)] = &[
    (
        "Tenant",
        "{slug: acme}",
        "{slug: acme-2}",
        r#"The Tenant "kept" is invalid: spec: Invalid value: spec.slug is immutable: clients use it in URLs; create another Tenant instead"#,
    ),
    (
        "Tenant",
        "{slug: acme}",
        "{}",
        r#"The Tenant "kept" is invalid: spec: Invalid value: spec.slug is immutable: clients use it in URLs; create another Tenant instead"#,
    ),
    (
        "Connector",
        "{tenantRef: {name: acme}, native: {type: github}}",
        "{tenantRef: {name: other}, native: {type: github}}",
        r#"The Connector "kept" is invalid: spec: Invalid value: spec.tenantRef is immutable: create another Connector instead"#,
    ),
    (
        "ApiKey",
        "{tenantRef: {name: acme}, scope: tenant_user}",
        "{tenantRef: {name: acme}, scope: tenant_admin}",
        r#"The ApiKey "kept" is invalid: spec: Invalid value: spec.scope is immutable: create another ApiKey instead"#,
    ),
    (
        "ApiKey",
        "{tenantRef: {name: acme}, scope: tenant_user}",
        "{tenantRef: {name: other}, scope: tenant_user}",
        r#"The ApiKey "kept" is invalid: spec: Invalid value: spec.tenantRef is immutable: create another ApiKey instead"#,
    ),
];

fn manifest(kind: &str, name: &str, spec: &str) -> String {
    format!("apiVersion: sagemcp.io/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {spec}\n")
}

/// What `kubectl apply` says when the manifest is refused.
async fn refusal(cluster: &Cluster, namespace: &str, manifest: &str) -> anyhow::Result<String> {
    match cluster.apply(Identity::Admin, namespace, manifest).await {
        Ok(_) => anyhow::bail!("admitted:\n{manifest}"),
        Err(error) => Ok(error.downcast::<Failed>()?.stderr),
    }
}

#[tokio::test]
async fn a_bad_manifest_is_refused_in_words_that_name_the_field() -> anyhow::Result<()> {
    let cluster = Cluster::shared().await?;
    let namespace = cluster.namespace().await?;
    for case in REFUSED {
        let said = refusal(cluster, &namespace, &manifest(case.kind, case.name, case.spec))
            .await
            .with_context(|| format!("{} must be refused", case.why))?;
        // What names the kind is the whole message; the rest stands among others about the same object.
        let whole = case.says.starts_with("The ");
        assert!(if whole { said == case.says } else { said.contains(case.says) }, "{}: {said}", case.why);
    }
    Ok(())
}

#[tokio::test]
async fn what_clients_depend_on_cannot_be_changed() -> anyhow::Result<()> {
    let cluster = Cluster::shared().await?;
    for (kind, before, after, says) in IMMUTABLE {
        let namespace = cluster.namespace().await?;
        cluster.apply(Identity::Admin, &namespace, &manifest(kind, "kept", before)).await?;
        assert_eq!(refusal(cluster, &namespace, &manifest(kind, "kept", after)).await?, *says);
    }
    Ok(())
}

#[tokio::test]
async fn a_good_manifest_is_admitted_with_its_defaults() -> anyhow::Result<()> {
    let cluster = Cluster::shared().await?;
    let namespace = cluster.namespace().await?;
    let good = [
        manifest("Tenant", "acme", "{rateLimit: {requestsPerMinute: 600}, allowedOrigins: ['https://app.example.com']}"),
        manifest("Connector", "github", "{tenantRef: {name: acme}, native: {type: github}}"),
        manifest(
            "Connector",
            "everything",
            "{tenantRef: {name: acme}, toolPrefix: ref, hosted: {command: npx, args: ['-y', x], env: [{name: A, value: b}]}}",
        ),
        manifest("ApiKey", "laptop", "{tenantRef: {name: acme}, scope: tenant_user, ttl: 90d}"),
        manifest("ApiKey", "root", "{scope: platform_admin}"),
    ]
    .join("---\n");
    let said = cluster.apply(Identity::Admin, &namespace, &good).await?;
    assert_eq!(said.lines().filter(|line| line.ends_with(" created")).count(), 5, "{said}");
    let get = async |what: &str, path: &str| {
        let output = format!("--output=jsonpath={{{path}}}");
        cluster.kubectl(Identity::Admin, &["get", what, "--namespace", &namespace, &output]).await
    };
    assert_eq!(get("tenant/acme", ".spec.deletionPolicy").await?, "Retain");
    assert_eq!(get("connector/github", ".spec.enabled").await?, "true");
    assert_eq!(get("connector/everything", ".spec.hosted.runtime").await?, "Process");
    assert_eq!(get("apikey/laptop", ".spec.readOnly").await?, "false");
    Ok(())
}

#[tokio::test]
async fn the_shipped_crds_are_applied_without_a_warning() -> anyhow::Result<()> {
    let cluster = Cluster::shared().await?;
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../crds/yaml");
    let said = cluster
        .kubectl(
            Identity::Admin,
            &[
                "apply",
                "--warnings-as-errors",
                "--server-side",
                "--force-conflicts",
                "--dry-run=server",
                "--filename",
                folder,
            ],
        )
        .await?;
    assert_eq!(said.lines().count(), crds_shipped(folder)?, "{said}");
    Ok(())
}

fn crds_shipped(folder: &str) -> std::io::Result<usize> {
    Ok(std::fs::read_dir(folder)?.count())
}
