//! The built-in kinds that operators and people need: Secret, Event, Lease, Namespace.

use serde_json::{Value, json};

use super::{Column, ColumnType, Form, Resource, Schema, SchemaError, schema};

/// All of them.
pub(super) fn all() -> Result<Vec<Resource>, SchemaError> {
    Ok(vec![secret()?, core_event()?, namespace()?, event()?, lease()?])
}

fn resource(
    (group, version, kind, plural): (&str, &str, &str, &str),
    short_names: &[&str],
    form: Form,
    fields: &Value,
    columns: Vec<Column>,
) -> Result<Resource, SchemaError> {
    let declared = schema::with_metadata(json!({"type": "object", "properties": fields}));
    Ok(Resource {
        group: group.to_owned(),
        version: version.to_owned(),
        kind: kind.to_owned(),
        plural: plural.to_owned(),
        singular: kind.to_lowercase(),
        short_names: short_names.iter().map(|&name| name.to_owned()).collect(),
        categories: Vec::new(),
        namespaced: form != Form::Namespace,
        has_status: form == Form::Namespace,
        form,
        storage: plural.into(),
        schema: Schema::parse(&declared, kind)?,
        declared,
        rules: None,
        columns,
        selectable: Vec::new(),
    })
}

fn age(path: &str) -> Column {
    Column::builtin("Age", "string", ColumnType::Age, path)
}

fn secret() -> Result<Resource, SchemaError> {
    let texts = json!({"type": "object", "nullable": true, "additionalProperties": {"type": "string"}});
    let fields = json!({
        "data": texts,
        "stringData": texts,
        "type": {"type": "string", "default": "Opaque"},
        "immutable": {"type": "boolean", "nullable": true},
    });
    let columns = vec![
        Column::builtin("Type", "string", ColumnType::Plain, ".type"),
        Column::builtin("Data", "integer", ColumnType::Count, ".data"),
        age(".metadata.creationTimestamp"),
    ];
    let mut secret = resource(("", "v1", "Secret", "secrets"), &[], Form::Secret, &fields, columns)?;
    secret.selectable = vec!["type".to_owned()];
    Ok(secret)
}

fn namespace() -> Result<Resource, SchemaError> {
    let open = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    let columns = vec![
        Column::builtin("Status", "string", ColumnType::Plain, ".status.phase"),
        age(".metadata.creationTimestamp"),
    ];
    let fields = json!({"spec": open, "status": open});
    resource(("", "v1", "Namespace", "namespaces"), &["ns"], Form::Namespace, &fields, columns)
}

fn lease() -> Result<Resource, SchemaError> {
    let fields = json!({"spec": {"type": "object", "properties": {
        "acquireTime": {"type": "string", "nullable": true},
        "holderIdentity": {"type": "string", "nullable": true},
        "leaseDurationSeconds": {"type": "integer", "nullable": true, "minimum": 1},
        "leaseTransitions": {"type": "integer", "nullable": true, "minimum": 0},
        "preferredHolder": {"type": "string", "nullable": true},
        "renewTime": {"type": "string", "nullable": true},
        "strategy": {"type": "string", "nullable": true},
    }}});
    let columns = vec![
        Column::builtin("Holder", "string", ColumnType::Plain, ".spec.holderIdentity"),
        age(".metadata.creationTimestamp"),
    ];
    resource(("coordination.k8s.io", "v1", "Lease", "leases"), &[], Form::Lease, &fields, columns)
}

fn core_event() -> Result<Resource, SchemaError> {
    event_in("", Form::CoreEvent)
}

fn event() -> Result<Resource, SchemaError> {
    event_in("events.k8s.io", Form::Event)
}

/// Events are admitted and stored as core `v1` writes them, whichever group they came through.
fn event_in(group: &str, form: Form) -> Result<Resource, SchemaError> {
    let open = json!({"type": "object", "nullable": true, "x-kubernetes-preserve-unknown-fields": true});
    let text = json!({"type": "string", "nullable": true});
    let fields = json!({
        "action": text, "count": {"type": "integer", "nullable": true}, "eventTime": text,
        "firstTimestamp": text, "involvedObject": open, "lastTimestamp": text,
        "message": {"type": "string", "nullable": true, "maxLength": 1024}, "reason": text, "related": open,
        "reportingComponent": text, "reportingInstance": text, "series": open, "source": open, "type": text,
    });
    let columns = vec![
        Column::builtin(
            "Last Seen",
            "string",
            ColumnType::Age,
            ".series.lastObservedTime|.lastTimestamp|.eventTime|.metadata.creationTimestamp",
        ),
        Column::builtin("Type", "string", ColumnType::Plain, ".type"),
        Column::builtin("Reason", "string", ColumnType::Plain, ".reason"),
        Column::builtin("Object", "string", ColumnType::Reference, ".involvedObject"),
        Column::builtin("Message", "string", ColumnType::Plain, ".message"),
    ];
    let mut event = resource((group, "v1", "Event", "events"), &["ev"], form, &fields, columns)?;
    event.selectable = ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"]
        .iter()
        .flat_map(|field| [format!("involvedObject.{field}"), format!("regarding.{field}")])
        .chain(["reason", "type", "source", "reportingComponent"].map(str::to_owned))
        .collect();
    Ok(event)
}
