//! What is left of results that are too large.

use serde_json::{Value, json};

use super::*;

fn cut(value: Value, most: usize) -> (Value, Vec<String>) {
    let cut = fit(value, most).unwrap();
    assert!(weight(&cut.value) <= most, "{}", cut.value);
    (cut.value, cut.missing)
}

#[test]
fn weights_are_those_of_compact_json() {
    for value in [
        json!(null),
        json!([true, false, -1.5, 18446744073709551615u64, 1e300]),
        json!({"a\"\\": "\n\r\t\u{8}\u{c}\u{1}\u{7f}é😀", "": {}, "b": [[], [1, 2]]}),
    ] {
        assert_eq!(weight(&value), value.to_string().len(), "{value}");
    }
}

#[test]
fn what_fits_stays() {
    let value = json!({"issues": [1, 2, 3]});
    assert_eq!(cut(value.clone(), 18), (value.clone(), vec![]));
    assert_eq!(
        cut(value, 17),
        (json!({"issues": [1, 2]}), vec!["1 of 3 entries of `issues` are left out".to_owned()])
    );
}

#[test]
fn entries_at_the_end_of_the_largest_list_go_first() {
    let issue = |number: u32| json!({"number": number, "labels": ["a", "b", "c"], "body": "x".repeat(100)});
    let issues: Vec<Value> = (0..50).map(issue).collect();
    let (value, missing) = cut(json!({"total": 50, "issues": issues, "users": [1, 2]}), 2_000);
    let kept = value["issues"].as_array().unwrap();
    assert_eq!(kept.as_slice(), &issues[..kept.len()]);
    assert!(kept.len() > 10 && value["users"] == json!([1, 2]), "{value}");
    assert_eq!(missing, [format!("{} of 50 entries of `issues` are left out", 50 - kept.len())]);
}

#[test]
fn of_one_large_entry_its_own_lists_and_texts_are_cut() {
    let comments: Vec<String> = (0..1_000).map(|number| format!("comment {number}")).collect();
    let (value, missing) = cut(json!([{"comments": comments}, 1]), 5_000);
    assert_eq!(value.as_array().unwrap().len(), 1);
    assert_eq!(missing[0], "1 of 2 entries of the list are left out");
    assert!(missing[1].contains("of 1000 entries of `comments`"), "{missing:?}");
    let (value, missing) = cut(json!({"id": 1, "text": "é\n".repeat(5_000)}), 4_000);
    let text = value["text"].as_str().unwrap();
    assert!(text.ends_with('…') && text.len() > 2_500, "{}", text.len());
    assert_eq!(missing, [format!("`text` is cut to {} of 15000 bytes", text.len())]);
    let (value, _) = cut(json!("x".repeat(5_000)), 2_000);
    assert_eq!(weight(&value), 2_000);
}

#[test]
fn what_is_spread_thin_cannot_be_cut() {
    let fields: serde_json::Map<String, Value> =
        (0..1_000).map(|key| (key.to_string(), json!(key))).collect();
    assert!(fit(Value::Object(fields), 1_000).is_err());
    let pairs: serde_json::Map<String, Value> =
        (0..1_000).map(|key| (key.to_string(), json!([1, 2]))).collect();
    assert!(fit(Value::Object(pairs), 1_000).is_err());
}

#[test]
fn a_notice_says_what_is_missing_and_what_to_ask_for() {
    let missing = ["3 of 9 entries of `a` are left out".to_owned(), "`b` is cut to 7 of 9 bytes".to_owned()];
    assert_eq!(
        notice(&missing, |name| name == "limit"),
        "A result holds 512 KiB at most: 3 of 9 entries of `a` are left out, `b` is cut to 7 of 9 bytes; ask again with a \
         smaller `limit` or narrower filters."
    );
    assert!(notice(&missing, |_| false).ends_with("ask for less, for example with narrower filters."));
}

#[test]
fn a_large_text_is_cut_before_a_small_list_loses_an_entry() {
    let value = json!({"body": "x".repeat(5_000), "attachments": ["a.pdf", "b.pdf", "c.pdf"], "labels": ["IN", "ME"]});
    let Cut { value, missing } = fit(value, 4_000).unwrap();
    assert_eq!(value["attachments"].as_array().unwrap().len(), 3);
    assert_eq!(value["labels"].as_array().unwrap().len(), 2);
    assert!(missing.len() == 1 && missing[0].contains("body"), "{missing:?}");
}
