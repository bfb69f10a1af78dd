//! Work of a run: a counter that every repeating or growing step pays from, by the size of the data it touches.

use std::cell::Cell;

use jaq_core::box_iter::box_once;
use jaq_core::data::HasLut;
use jaq_core::native::{Fun, bome, run, v};
use jaq_core::{Cv, DataT, Error, Exn, Lut, RunPtr, ValXs};
use jaq_json::{Num, Val};
use jaq_std::ValT as _;
use serde_json::Value;

use super::{MAX_RESULT, convert};
use crate::filters;

/// The data kind of our programs: JSON values, and a meter beside the program's table.
pub(crate) struct Metered;

impl DataT for Metered {
    type V<'a> = Val;
    type Data<'a> = Meter<'a>;
}

/// What a run carries.
#[derive(Clone)]
pub(crate) struct Meter<'a> {
    pub(super) lut: &'a Lut<Metered>,
    pub(super) left: &'a Cell<u64>,
}

impl<'a> HasLut<'a, Metered> for Meter<'a> {
    fn lut(&self) -> &'a Lut<Metered> {
        self.lut
    }
}

/// The name of the filter that the fence puts behind each repeating or growing step: it takes its input's size off the
/// meter and passes the input on. Running out ends the run by `halt`, which no `try`, `?` or `//` can catch.
pub(super) const CHARGE: &str = "charge";
/// What a step costs besides the data it touches.
const STEP: u64 = 64;
/// The name of the filter that the fence puts on both sides of `*`, so that it multiplies numbers only: a text times a
/// number would be that text repeated, in one step and before anything could be charged.
pub(super) const NUMBER: &str = "number_only";

/// Our own native filters.
pub(super) fn natives() -> impl Iterator<Item = Fun<Metered>> {
    let natives: [(&str, RunPtr<Metered>); 3] =
        // jaq's own `tonumber` parses its text as any JSON, whose nesting nothing bounds.
        [(CHARGE, charge), (NUMBER, number), ("tonumber", |(_, value)| bome(to_number(value)))];
    let own = filters::ALL.iter().map(|filter| (filter.name, filter.native));
    natives.into_iter().chain(own).map(|(name, native)| run::<Metered>((name, v(0), native)))
}

/// Runs a filter of ours on the input of a native one. Running out of room ends the run, as the meter does.
pub(crate) fn apply<'a>(
    function: fn(&Value) -> Result<Value, String>,
    (context, input): Cv<'a, Metered>,
) -> ValXs<'a, Val> {
    let mut room = MAX_RESULT;
    let Some(input) = convert::to_json(&input, &mut room) else {
        context.data().left.set(0);
        return box_once(Err(Exn::halt(1)));
    };
    bome(function(&input).map(|value| convert::from_json(&value)).map_err(Error::str))
}

fn charge<'a>((context, value): Cv<'a, Metered>) -> ValXs<'a, Val> {
    let meter = context.data();
    let mut left = meter.left.get().saturating_sub(STEP);
    let paid = pay(&value, &mut left);
    meter.left.set(if paid { left } else { 0 });
    box_once(if paid { Ok(value) } else { Err(Exn::halt(1)) })
}

fn number<'a>((_, value): Cv<'a, Metered>) -> ValXs<'a, Val> {
    bome(match value {
        // Squared a few times over, an integer of any size would be one that fills the memory.
        Val::Num(Num::BigInt(_)) => Ok(Val::from(value.as_f64().unwrap_or(f64::NAN))),
        Val::Num(_) => Ok(value),
        other => Err(Error::str(format!("cannot multiply {other}: only numbers are multiplied"))),
    })
}

fn to_number(value: Val) -> Result<Val, Error<Val>> {
    let text = match &value {
        Val::Num(_) => return Ok(value),
        Val::TStr(bytes) => std::str::from_utf8(bytes).ok(),
        _ => None,
    };
    let number = text.and_then(|text| {
        let integer = text.parse::<isize>().ok().map(Num::Int);
        integer.or_else(|| text.parse::<f64>().ok().filter(|float| float.is_finite()).map(Num::Float))
    });
    number.map(Val::Num).ok_or_else(|| Error::str(format!("cannot read {value} as a number")))
}

/// The size of a value, as the meter counts it.
pub(super) fn size(value: &Val) -> u64 {
    let mut left = u64::MAX;
    pay(value, &mut left);
    u64::MAX - left
}

/// Takes a value's whole size off `left`; false when there is not enough. The nesting of values is bounded (by the JSON
/// parser and by the depth of programs), so is this recursion.
fn pay(value: &Val, left: &mut u64) -> bool {
    let own = match value {
        Val::TStr(bytes) | Val::BStr(bytes) => 16 + bytes.len() as u64,
        _ => 16,
    };
    let Some(rest) = left.checked_sub(own) else { return false };
    *left = rest;
    match value {
        Val::Arr(items) => items.iter().all(|item| pay(item, left)),
        Val::Obj(fields) => fields.iter().all(|(key, value)| pay(key, left) && pay(value, left)),
        _ => true,
    }
}
