//! What is checked in must be what the types say.

use std::{error::Error, fs, path::Path};

use domain::slug::RESERVED;
use kube::CustomResourceExt;
use serde_json::Value;

#[test]
fn the_yaml_is_current() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("yaml");
    let mut expected = Vec::new();
    for crd in crds::all() {
        let name = crds::file_name(&crd);
        let written = fs::read_to_string(folder.join(&name))?;
        assert!(written == crds::to_yaml(&crd)?, "crds/yaml/{name} is stale: run `make generate`");
        expected.push(name);
    }
    let mut found: Vec<String> = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<Result<_, std::io::Error>>()?;
    found.sort();
    expected.sort();
    assert_eq!(found, expected, "crds/yaml holds one file for each CRD and no other");
    Ok(())
}

#[test]
fn the_rule_on_slugs_reserves_the_domain_s_list() -> Result<(), Box<dyn Error>> {
    let crd = serde_json::to_value(crds::v1alpha1::Tenant::crd())?;
    let rules = crd.pointer("/spec/versions/0/schema/openAPIV3Schema/x-kubernetes-validations");
    let rule = rules
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|rule| rule["rule"].as_str())
        .find_map(|rule| rule.split_once(" in [")?.1.split_once(']'))
        .ok_or("the Tenant CRD has no rule with a list of slugs")?
        .0;
    let reserved: Vec<&str> = rule.split(", ").map(|word| word.trim_matches('\'')).collect();
    assert_eq!(reserved, RESERVED);
    Ok(())
}

#[test]
fn every_field_has_a_description() -> Result<(), Box<dyn Error>> {
    for crd in crds::all() {
        let crd = serde_json::to_value(crd)?;
        let schema = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"];
        for part in ["spec", "status"] {
            assert_described(&schema[part], &format!("{}.{part}", crd["spec"]["names"]["kind"]));
        }
    }
    Ok(())
}

/// Descends into objects and lists; a map's values and list items need no words of their own.
fn assert_described(schema: &Value, path: &str) {
    assert!(schema["description"].is_string(), "{path} has no description for `kubectl explain`");
    for holder in [schema, &schema["items"], &schema["additionalProperties"]] {
        for (name, field) in holder["properties"].as_object().into_iter().flatten() {
            assert_described(field, &format!("{path}.{name}"));
        }
    }
}
