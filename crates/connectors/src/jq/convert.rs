//! Between `serde_json` values and jaq's.

use jaq_json::{Map, Num, Val};
use serde_json::{Number, Value};

/// A JSON value as jaq sees it. The nesting of JSON that `serde_json` parsed is bounded, so is this recursion.
pub(super) fn from_json(value: &Value) -> Val {
    match value {
        Value::Null => Val::Null,
        Value::Bool(truth) => Val::Bool(*truth),
        Value::Number(number) => Val::Num(number_from_json(number)),
        Value::String(text) => text_value(text),
        Value::Array(items) => items.iter().map(from_json).collect(),
        Value::Object(fields) => {
            let pairs = fields.iter().map(|(key, value)| (text_value(key), from_json(value)));
            Val::obj(pairs.collect::<Map>())
        }
    }
}

fn text_value(text: &str) -> Val {
    Val::utf8_str(text.as_bytes().to_vec())
}

fn number_from_json(number: &Number) -> Num {
    if let Some(integer) = number.as_i64() {
        return Num::from_integral(integer);
    }
    if let Some(integer) = number.as_u64() {
        return Num::from_integral(integer);
    }
    Num::Float(number.as_f64().unwrap_or(f64::NAN))
}

/// A value of jaq as JSON, or `None` once it costs more than there is room for: a small program can build a value whose
/// parts are shared many times over, which as JSON would be huge. What JSON cannot say (NaN, infinities) becomes null.
pub(super) fn to_json(value: &Val, room: &mut u64) -> Option<Value> {
    pay(room, 8)?;
    Some(match value {
        Val::Null => Value::Null,
        Val::Bool(truth) => Value::Bool(*truth),
        Val::Num(number) => number_to_json(number),
        Val::TStr(bytes) | Val::BStr(bytes) => Value::String(text(bytes, room)?),
        Val::Arr(items) => {
            Value::Array(items.iter().map(|item| to_json(item, room)).collect::<Option<Vec<_>>>()?)
        }
        Val::Obj(fields) => {
            let pairs = fields.iter().map(|(key, value)| {
                let key = match key {
                    Val::TStr(bytes) | Val::BStr(bytes) => text(bytes, room)?,
                    other => other.to_string(),
                };
                Some((key, to_json(value, room)?))
            });
            Value::Object(pairs.collect::<Option<serde_json::Map<_, _>>>()?)
        }
    })
}

fn pay(room: &mut u64, cost: u64) -> Option<()> {
    *room = room.checked_sub(cost)?;
    Some(())
}

fn text(bytes: &[u8], room: &mut u64) -> Option<String> {
    pay(room, bytes.len() as u64)?;
    Some(String::from_utf8_lossy(bytes).into_owned())
}

fn number_to_json(number: &Num) -> Value {
    match number {
        Num::Int(integer) => Value::from(*integer),
        Num::Float(float) => Number::from_f64(*float).map_or(Value::Null, Value::Number),
        other => {
            let text = other.to_string();
            let integer = text.parse::<u64>().ok().map(Value::from);
            integer
                .or_else(|| text.parse::<f64>().ok().and_then(Number::from_f64).map(Value::Number))
                .unwrap_or(Value::Null)
        }
    }
}
