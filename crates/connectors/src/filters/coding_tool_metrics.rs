//! The figures of a coding assistant under names that are the same for every vendor, so that they can be compared.

use serde_json::{Map, Value, json};

/// The figures that a vendor may tell, in the order in which they are given, without those that follow from others.
const FIGURES: &[&str] = &[
    "total_seats",
    "active_seats",
    "seat_utilization_pct",
    "inactive_seats",
    "total_suggestions",
    "total_acceptances",
    "acceptance_rate_pct",
    "total_lines_suggested",
    "total_lines_accepted",
    "total_chat_interactions",
    "daily_active_users",
    "total_cost_usd",
    "cost_per_user_usd",
    "cost_per_accepted_suggestion_usd",
    "usage_by_language",
    "usage_by_editor",
    "usage_by_model",
];

/// Completes an object of figures: adds those that follow from others, null for those that the vendor does not tell, and
/// the list of the latter as `metadata.unavailable_fields`.
pub(super) fn coding_tool_metrics(input: &Value) -> Result<Value, String> {
    let given = input.as_object().ok_or("coding_tool_metrics takes an object")?;
    let number = |name: &str| given.get(name).and_then(Value::as_f64);
    let (seats, active) = (number("total_seats"), number("active_seats"));
    let (cost, accepted) = (number("total_cost_usd"), number("total_acceptances"));
    let derived = |name: &str| match name {
        "seat_utilization_pct" => quotient(active, seats, 100.0, 2),
        "inactive_seats" => seats.zip(active).map(|(seats, active)| json!((seats - active).max(0.0) as u64)),
        "acceptance_rate_pct" => quotient(accepted, number("total_suggestions"), 100.0, 2),
        "cost_per_user_usd" => quotient(cost, seats.or(active), 1.0, 2),
        "cost_per_accepted_suggestion_usd" => quotient(cost, accepted, 1.0, 4),
        _ => None,
    };
    let told = |name: &str| given.get(name).filter(|value| !value.is_null()).cloned();
    let mut metrics = Map::new();
    for name in ["tool_name", "period"] {
        metrics.insert(name.to_owned(), told(name).unwrap_or_default());
    }
    for name in FIGURES {
        metrics.insert((*name).to_owned(), told(name).or_else(|| derived(name)).unwrap_or_default());
    }
    let unavailable: Vec<&str> = FIGURES.iter().copied().filter(|name| metrics[*name].is_null()).collect();
    let mut metadata = given.get("metadata").and_then(Value::as_object).cloned().unwrap_or_default();
    metadata.insert("unavailable_fields".to_owned(), json!(unavailable));
    metrics.insert("metadata".to_owned(), Value::Object(metadata));
    Ok(Value::Object(metrics))
}

/// A part of a whole times a factor, rounded; nothing where the whole is.
fn quotient(part: Option<f64>, whole: Option<f64>, factor: f64, places: i32) -> Option<Value> {
    let scale = 10_f64.powi(places);
    let (part, whole) = part.zip(whole).filter(|(_, whole)| *whole > 0.0)?;
    Some(json!((part / whole * factor * scale).round() / scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_that_follow_from_others_are_added() {
        let metrics = coding_tool_metrics(&json!({
            "tool_name": "demo", "period": "2026-01-01/2026-01-31", "total_seats": 8, "active_seats": 6,
            "total_suggestions": 300, "total_acceptances": 100, "total_cost_usd": 40.5,
            "metadata": {"currency": "USD"},
        }))
        .unwrap();
        for (name, expected) in [
            ("seat_utilization_pct", json!(75.0)),
            ("inactive_seats", json!(2)),
            ("acceptance_rate_pct", json!(33.33)),
            ("cost_per_user_usd", json!(5.06)),
            ("cost_per_accepted_suggestion_usd", json!(0.405)),
            ("usage_by_model", Value::Null),
        ] {
            assert_eq!(metrics[name], expected, "{name}");
        }
        assert_eq!(metrics["metadata"]["currency"], "USD");
        let unavailable = metrics["metadata"]["unavailable_fields"].as_array().unwrap();
        assert!(
            unavailable.contains(&json!("daily_active_users"))
                && !unavailable.contains(&json!("total_seats"))
        );
    }

    #[test]
    fn what_is_not_told_is_null_and_nothing_is_divided_by_nothing() {
        let metrics = coding_tool_metrics(
            &json!({"tool_name": "demo", "total_suggestions": 0, "total_acceptances": 0}),
        )
        .unwrap();
        assert_eq!(metrics.as_object().map(Map::len), Some(FIGURES.len() + 3));
        assert!(metrics["acceptance_rate_pct"].is_null() && metrics["period"].is_null());
        assert_eq!(metrics["total_suggestions"], 0);
        assert_eq!(
            metrics["metadata"]["unavailable_fields"].as_array().map(Vec::len),
            Some(FIGURES.len() - 2)
        );
        assert!(coding_tool_metrics(&json!([])).is_err());
    }

    #[test]
    fn more_active_people_than_seats_leave_no_negative_number_of_seats() {
        let metrics = coding_tool_metrics(&json!({"total_seats": 2, "active_seats": 3})).unwrap();
        assert_eq!(
            (&metrics["inactive_seats"], &metrics["seat_utilization_pct"]),
            (&json!(0), &json!(150.0))
        );
        assert_eq!(metrics["cost_per_user_usd"], Value::Null);
    }
}
