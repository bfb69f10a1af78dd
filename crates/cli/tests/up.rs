//! `sagemcp up` as a built program: what it prints is run as printed, files are edited under it, and it is restarted.

#[cfg(test)]
#[path = "up/instance.rs"]
mod instance;

use std::fs;

use instance::{APIKEY, GITHUB, Instance, TENANT, every_file_below, site};

#[test]
fn the_printed_curl_works_and_other_commands_find_the_instance() {
    let site = site(&[("tenant.yaml", TENANT), ("github.yaml", GITHUB), ("key.yaml", APIKEY)]);
    let instance = Instance::start(&site, &[]);
    let answer = instance.run_printed_curl();
    let names: Vec<&str> =
        answer["result"]["tools"].as_array().unwrap().iter().filter_map(|it| it["name"].as_str()).collect();
    assert!(names.contains(&"github_list_issues"), "{answer}");

    let (code, out, _) = site.sagemcp("get connectors --no-headers");
    assert_eq!(code, 0);
    assert_eq!(out.split_whitespace().take(3).collect::<Vec<_>>(), ["github", "acme", "native"]);
    let (code, out, _) = site.sagemcp("mcp tools acme github");
    assert_eq!(code, 0);
    assert!(out.contains("github_get_issue owner= repo= issue_number=  (read-only)\n"), "{out}");
    let (code, out, _) = site.sagemcp("mcp info acme");
    assert!(code == 0 && out.contains("2026-07-28 (modern)"), "{out}");
    let (code, _, err) = site.sagemcp("mcp call acme github get_issue --arg issue_number=1");
    assert_eq!(code, 1);
    assert!(
        err.contains("unknown tool: get_issue") && err.contains("did you mean github_get_issue?"),
        "{err}"
    );
    // What the arguments lack is found before anything is asked of GitHub.
    let (code, out, err) = site.sagemcp("mcp call acme github github_get_issue --arg issue_number=1");
    assert_eq!((code, out.as_str()), (1, ""), "{err}");
    assert!(err.contains("owner") && err.ends_with("error: github_get_issue failed\n"), "{err}");
}

#[test]
fn a_name_that_is_not_listed_any_more_is_answered_with_the_reason() {
    let bitbucket = GITHUB.replace("name: github}", "name: code}").replace("type: github", "type: bitbucket");
    let site = site(&[("tenant.yaml", TENANT), ("bitbucket.yaml", &bitbucket), ("key.yaml", APIKEY)]);
    let _instance = Instance::start(&site, &[]);
    let (code, _, err) = site.sagemcp("mcp call acme code bitbucket_list_issues --arg workspace=w");
    assert_eq!(code, 1);
    assert!(err.contains("Atlassian removed Bitbucket Issues"), "{err}");
}

#[test]
fn an_edited_manifest_is_served_and_a_bad_one_changes_nothing() {
    let site = site(&[("tenant.yaml", TENANT), ("github.yaml", GITHUB), ("key.yaml", APIKEY)]);
    let instance = Instance::start(&site, &[]);
    site.write("second.yaml", &GITHUB.replace("name: github}", "name: second}"));
    let (code, _, err) = site.sagemcp("wait connector/second");
    assert_eq!(code, 0, "{err}");
    assert_eq!(site.sagemcp("mcp tools acme second").0, 0);

    site.write("second.yaml", &GITHUB.replace("name: github}", "name: second}").replace("native:", "natve:"));
    instance.wait_for_log(&["not in effect", "second.yaml", "natve"]);
    assert_eq!(site.sagemcp("mcp tools acme second").0, 0);
    site.write("second.yaml", "a: [");
    instance.wait_for_log(&["not in effect", "second.yaml"]);
    assert_eq!(site.sagemcp("mcp tools acme second").0, 0);

    site.remove("second.yaml");
    instance.wait_for_log(&["every manifest is in effect again"]);
    let (code, _, err) = site.sagemcp("wait connector/second --for delete");
    assert_eq!(code, 0, "{err}");
    instance.run_printed_curl();
}

#[test]
fn a_restart_brings_back_the_key_and_what_was_applied() {
    let site = site(&[("tenant.yaml", TENANT), ("key.yaml", APIKEY)]);
    let mut instance = Instance::start(&site, &[]);
    let key = instance.key();
    let applied = site.path("applied.yaml");
    fs::write(&applied, GITHUB).unwrap();
    let (code, out, err) = site.sagemcp(&format!("apply -f {}", applied.display()));
    assert_eq!((code, out.as_str()), (0, "connector.sagemcp.io/github created\n"), "{err}");
    assert_eq!(site.sagemcp("wait connector/github").0, 0);
    assert_eq!(instance.stop(), 0);

    let (code, _, err) = site.sagemcp("get tenants");
    assert_eq!(code, 1);
    assert!(err.contains("no `sagemcp up` runs with --data"), "{err}");

    let instance = Instance::start(&site, &[]);
    assert_eq!(instance.key(), key);
    instance.run_printed_curl();
    // What came from the directory is changed there.
    let (code, _, err) = site.sagemcp("delete tenant acme");
    assert_eq!(code, 1);
    assert!(err.contains("the manifests directory"), "{err}");
    assert_eq!(
        site.sagemcp("delete connector github"),
        (0, "connector.sagemcp.io \"github\" deleted\n".into(), String::new())
    );
}

#[test]
fn a_killed_instance_is_missed_and_starts_again() {
    let site = site(&[("tenant.yaml", TENANT), ("key.yaml", APIKEY)]);
    let mut instance = Instance::start(&site, &[]);
    let key = instance.key();
    instance.kill();
    // Its kubeconfig is still there, and no other API is asked instead.
    let (code, _, err) = site.sagemcp("get tenants");
    assert_eq!(code, 1);
    assert!(err.contains("nothing answers at http://127.0.0.1:"), "{err}");
    let instance = Instance::start(&site, &[]);
    assert_eq!(instance.key(), key);
    assert_eq!(site.sagemcp("get tenants").0, 0);
}

#[test]
fn what_is_not_ready_is_shown_with_the_reason() {
    let lost = GITHUB.replace("name: github}", "name: lost}").replace("name: acme}", "name: nobody}");
    let site = site(&[
        ("tenant.yaml", TENANT),
        ("lost.yaml", &lost),
        ("bad.yaml", &GITHUB.replace("native:", "natve:")),
    ]);
    let instance = Instance::start(&site, &[]);
    let banner = instance.banner();
    assert!(banner.contains("Not ready:\n  connector/lost: "), "{banner}");
    assert!(banner.contains("nobody"), "{banner}");
    assert!(
        banner.contains("Not in effect:\n") && banner.contains("bad.yaml") && banner.contains("natve"),
        "{banner}"
    );
    assert!(banner.contains("key: none that is ready; apply an ApiKey for this tenant"), "{banner}");
}

#[test]
fn what_the_instance_keeps_is_for_its_owner_only_and_its_log_shows_no_secret() {
    let planted = "ghp_planted0123456789";
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: github-token\n  labels: {{sagemcp.io/use: credentials}}\n\
         stringData: {{token: {planted}}}\n"
    );
    let hosted = "apiVersion: sagemcp.io/v1alpha1\nkind: Connector\nmetadata: {name: hosted}\nspec:\n  tenantRef: {name: acme}\n  \
                  hosted:\n    command: no-such-program\n    env: [{name: TOKEN, secretRef: {name: github-token}}]\n";
    let site = site(&[
        ("tenant.yaml", TENANT),
        ("github.yaml", GITHUB),
        ("key.yaml", APIKEY),
        ("secret.yaml", &secret),
        ("hosted.yaml", hosted),
    ]);
    let mut instance = Instance::start(&site, &["--log-level", "debug", "--log-format", "json"]);
    instance.run_printed_curl();
    let (code, _, err) = site.sagemcp("mcp tools acme hosted");
    assert!(code == 1 && err.contains("no-such-program"), "{err}");
    assert_eq!(site.sagemcp("describe sagemcp").0, 0);
    every_file_below(&site.path("data"), &|path, mode| assert_eq!(mode & 0o077, 0, "{}", path.display()));
    let ring = fs::read_to_string(site.path("data/keyring")).unwrap();
    let kubeconfig: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(site.path("data/kubeconfig")).unwrap()).unwrap();
    let server = kubeconfig["clusters"][0]["cluster"]["server"].as_str().unwrap();
    let secrets = [
        planted.to_owned(),
        instance.key().rsplit('_').next().unwrap().to_owned(),
        ring.split_whitespace().last().unwrap().to_owned(),
        server.rsplit('/').next().unwrap().to_owned(),
    ];
    assert_eq!(instance.stop(), 0);
    let log = instance.log();
    assert!(log.lines().count() > 5, "{log}");
    for line in log.lines() {
        let _: serde_json::Value = serde_json::from_str(line).expect(line);
    }
    for secret in &secrets {
        assert!(secret.len() > 10 && !log.contains(secret.as_str()), "the log shows {secret}");
    }
}

#[test]
fn what_cannot_start_says_which_setting_is_wrong() {
    let site = site(&[("tenant.yaml", TENANT)]);
    let instance = Instance::start(&site, &[]);
    let manifests = site.path("manifests");
    let up = |args: &str| site.sagemcp_alone(&format!("up {} {args}", manifests.display()));
    let (code, _, err) = up(&format!("--data {} --listen 127.0.0.1:0", site.path("data").display()));
    assert_eq!(code, 1);
    assert!(err.contains("is in use by another process"), "{err}");
    let (code, _, err) =
        up(&format!("--data {} --listen {}", site.path("other").display(), instance.address()));
    assert_eq!(code, 1);
    assert!(err.contains("--listen"), "{err}");
    let (code, _, err) = up("--api-listen 0.0.0.0:0");
    assert_eq!(code, 64);
    assert!(err.contains("--api-listen 0.0.0.0:0"), "{err}");
    let (code, _, err) = up("--log-level cli=loud");
    assert_eq!(code, 64);
    assert!(err.contains("--log-level"), "{err}");
    let (code, _, err) = site.sagemcp_alone("up no/such/directory");
    assert_eq!(code, 64);
    assert!(err.contains("MANIFESTS no/such/directory"), "{err}");
}
