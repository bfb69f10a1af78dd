//! Resources made from CRDs.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceColumnDefinition, CustomResourceDefinition,
};
use kube::core::cel::compile_schema;
use serde_json::Value;

use super::{Column, ColumnType, Form, Resource, Schema, SchemaError, schema};

/// The served versions of a CRD.
pub(super) fn resources(crd: &CustomResourceDefinition) -> Result<Vec<Resource>, SchemaError> {
    let names = &crd.spec.names;
    let served = crd.spec.versions.iter().filter(|version| version.served);
    served
        .map(|version| {
            let missing = || SchemaError::Missing { kind: names.kind.clone(), version: version.name.clone() };
            let declared = version.schema.as_ref().and_then(|it| it.open_api_v3_schema.as_ref());
            let declared: Value =
                declared.and_then(|it| serde_json::to_value(it).ok()).ok_or_else(missing)?;
            let rules = compile_schema(&declared);
            let declared = schema::with_metadata(declared);
            Ok(Resource {
                group: crd.spec.group.clone(),
                version: version.name.clone(),
                kind: names.kind.clone(),
                plural: names.plural.clone(),
                singular: names.singular.clone().unwrap_or_else(|| names.kind.to_lowercase()),
                short_names: names.short_names.clone().unwrap_or_default(),
                categories: names.categories.clone().unwrap_or_default(),
                namespaced: crd.spec.scope == "Namespaced",
                has_status: version.subresources.as_ref().is_some_and(|it| it.status.is_some()),
                form: Form::Custom,
                storage: format!("{}.{}", names.plural, crd.spec.group).into(),
                schema: Schema::parse(&declared, &names.kind)?,
                declared,
                rules: Some(rules),
                columns: version.additional_printer_columns.iter().flatten().map(column).collect(),
                selectable: version
                    .selectable_fields
                    .iter()
                    .flatten()
                    .map(|field| field.json_path.trim_start_matches('.').to_owned())
                    .collect(),
            })
        })
        .collect()
}

fn column(definition: &CustomResourceColumnDefinition) -> Column {
    Column {
        name: definition.name.clone(),
        kind: definition.type_.clone(),
        description: definition.description.clone().unwrap_or_default(),
        priority: definition.priority.unwrap_or_default(),
        path: definition.json_path.clone(),
        type_: if definition.type_ == "date" { ColumnType::Age } else { ColumnType::Plain },
    }
}
