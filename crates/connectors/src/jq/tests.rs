//! What programs may do, and how they are stopped.

use serde_json::{Value, json};

use super::{Program, RunError};

fn run(code: &str, input: &Value) -> Result<Value, RunError> {
    Program::compile(code, &[])
        .unwrap_or_else(|fault| panic!("{code}: {} {}", fault.message, fault.remedy))
        .run(input, &[])
}

fn refusal(code: &str) -> String {
    match Program::compile(code, &["$args"]) {
        Ok(_) => panic!("{code} was admitted"),
        Err(fault) => fault.message,
    }
}

#[test]
fn programs_shape_replies() {
    let reply = json!([{"number": 1, "title": "A", "user": {"login": "ada"}, "labels": [{"name": "x"}, {"name": "y"}], "n": 18446744073709551615u64},
                       {"number": 2, "title": "B", "user": null, "labels": []}]);
    let shape = "[.[] | {number, title, user: .user.login, labels: [.labels[].name], big: .n}]";
    assert_eq!(
        run(shape, &reply),
        Ok(
            json!([{"number": 1, "title": "A", "user": "ada", "labels": ["x", "y"], "big": 18446744073709551615u64},
                  {"number": 2, "title": "B", "user": null, "labels": [], "big": null}])
        )
    );
}

#[test]
fn the_usual_filters_work() {
    for (code, input, expected) in [
        ("[.[] | select(.a > 1) | .a] | add", json!([{"a": 1}, {"a": 2}, {"a": 3}]), json!(5)),
        (
            "group_by(.k) | map({(.[0].k): length}) | add",
            json!([{"k": "x"}, {"k": "y"}, {"k": "x"}]),
            json!({"x": 2, "y": 1}),
        ),
        ("sort_by(-.s) | .[:2] | map(.s)", json!([{"s": 1}, {"s": 3}, {"s": 2}]), json!([3, 2])),
        ("with_entries(.value |= . * 2)", json!({"a": 1}), json!({"a": 2})),
        ("\"\\(.a) of \\(.b)\"", json!({"a": 1, "b": "x"}), json!("1 of x")),
        ("split(\"/\") | join(\"-\")", json!("a/b"), json!("a-b")),
        ("if test(\"^[0-9]+$\") then tonumber else . end", json!("42"), json!(42)),
        ("del(.a, .b.c)", json!({"a": 1, "b": {"c": 1, "d": 2}}), json!({"b": {"d": 2}})),
        ("(.[] | select(.a == 1) | .b) |= 9", json!([{"a": 1, "b": 1}]), json!([{"a": 1, "b": 9}])),
        (".a.b? // \"none\"", json!({"a": [1]}), json!("none")),
        ("to_entries | map(.key) | unique", json!({"b": 1, "a": 2}), json!(["a", "b"])),
        ("flatten | any(. == 3)", json!([[1, [2]], 3]), json!(true)),
        (". as {a: $x, b: [$y]} | [$x, $y]", json!({"a": 1, "b": [2]}), json!([1, 2])),
        ("@base64 | @base64d", json!("hé"), json!("hé")),
        ("gsub(\"a+\"; \"b\")", json!("caat"), json!("cbt")),
        ("fromdate | todate", json!("2026-01-02T03:04:05Z"), json!("2026-01-02T03:04:05Z")),
        ("[.[] | tostring]", json!([1, null, "x"]), json!(["1", "null", "x"])),
        ("max_by(.a) | .a | floor", json!([{"a": 1.5}, {"a": 2.5}]), json!(2)),
        ("[limit(2; .[] | select(. > 1))]", json!([1, 2, 3, 4]), json!([2, 3])),
        ("[limit(0; .[])]", json!([1]), json!([])),
        ("to_base64url | from_base64url", json!("hé"), json!("hé")),
        ("(.a / .b * 10000 | round) / 100", json!({"a": 1, "b": 3}), json!(33.33)),
    ] {
        assert_eq!(run(code, &input), Ok(expected), "{code}");
    }
}

#[test]
fn what_loops_nests_or_looks_outside_is_refused() {
    for code in [
        "env",
        "input",
        "[inputs]",
        "debug",
        "halt",
        "now",
        "$ENV.PATH",
        "$__loc__",
        "input_filename",
        "..",
        "recurse",
        "[range(10)]",
        "[limit(.n; .[])]",
        "[limit(1 + 2; .[])]",
        "last(.[])",
        "[while(true; .)]",
        "[repeat(.)]",
        "until(true; .)",
        "walk(.)",
        "def f: f; f",
        "reduce .[] as $x (0; . + $x)",
        "foreach .[] as $x (0; .)",
        "label $out | break $out",
        "test($args.pattern)",
        "test(.pattern)",
        "gsub(\"\\(.x)\"; \"\")",
        "join(.separator)",
        "fromjson",
        "combinations",
        "getpath([\"a\"])",
        "paths",
        "tojson | fromjson",
        "@sh",
        "strftime(\"%Y\")",
        "splits(\"a\")",
        "implode",
        "charge",
        "program",
        "number_only",
        "index(.x)",
        ".a += 1",
        "input_line_number",
        "modulemeta",
        "get_search_list",
        "ltrimstr",
        "del(map(.a))",
        "(1, 2) = 3",
        "test(\"(a{1000}){1000}\")",
        "import \"a\" as a; .",
        "include \"a\"; .",
    ] {
        let message = refusal(code);
        assert!(!message.is_empty(), "{code}");
    }
}

#[test]
fn a_syntax_error_says_where() {
    assert_eq!(refusal("{a:\n  .b,,}"), "the jq program is not valid at line 2, column 6: key expected");
    assert!(refusal("$nothing").contains("variable $nothing"));
    assert!(refusal(&"[".repeat(10_000)).contains("nests deeper"));
    assert!(refusal(&".|".repeat(9_000)).contains("longer than"));
    assert!(refusal(&format!("{}.", ".|".repeat(5_000))).contains("nests deeper"));
}

#[test]
fn a_text_cannot_be_repeated() {
    let error = run(".a * .n", &json!({"a": "x", "n": 1_000_000_000})).unwrap_err();
    assert!(
        matches!(&error, RunError::Said(text) if text.contains("only numbers are multiplied")),
        "{error}"
    );
}

#[test]
fn a_program_that_needs_too_much_work_ends_and_cannot_catch_it() {
    let items: Vec<u32> = (0..4_000).collect();
    let input = json!(items);
    let square = ". as $all | [.[] as $a | $all[] as $b | $all[] as $c | $a + $b + $c] | length";
    assert_eq!(run(square, &input), Err(RunError::TooMuchWork));
    assert_eq!(run(&format!("try ({square}) catch 0"), &input), Err(RunError::TooMuchWork));
    assert_eq!(run(&format!("({square})? // 0"), &input), Err(RunError::TooMuchWork));
    let doubled = format!("{} | length", vec![". + ."; 60].join(" | "));
    assert_eq!(run(&doubled, &json!("x")), Err(RunError::TooMuchWork));
    let slices = ". as $all | [.[] | $all[1:] | .[1:] | .[1:]] | length";
    assert_eq!(run(slices, &input), Err(RunError::TooMuchWork));
    let shared = vec!["[., .]"; 60].join(" | ");
    assert_eq!(run(&shared, &json!("x")), Err(RunError::TooMuchWork));
}

#[test]
fn our_own_filters_are_charged_and_their_errors_can_be_caught() {
    let text = json!("x".repeat(100_000));
    let often = vec!["to_base64url"; 40].join(" | ");
    assert_eq!(run(&format!("{often} | length"), &text), Err(RunError::TooMuchWork));
    assert_eq!(run("try from_base64url catch 0", &json!("???")), Ok(json!(0)));
    let error = run("to_base64url", &json!([1])).unwrap_err();
    assert!(error.to_string().contains("to_base64url takes a text"), "{error}");
}

#[test]
fn numbers_do_not_grow_without_bound() {
    let squared = vec![". * ."; 60].join(" | ");
    assert_eq!(run(&squared, &json!(9_007_199_254_740_993u64)), Ok(Value::Null), "infinity is none of JSON");
}

#[test]
fn a_result_has_a_size_and_is_one_value() {
    let text = "x".repeat(6 * 1024 * 1024);
    assert_eq!(run("[., .]", &json!(text)), Err(RunError::TooLarge));
    assert_eq!(run("empty", &json!(1)), Err(RunError::NotOneValue("none")));
    assert_eq!(run(".[]", &json!([1, 2])), Err(RunError::NotOneValue("several")));
}

#[test]
fn what_a_program_says_is_told_as_it_said_it() {
    let error = run(".a | error(\"there is no \\(.)\")", &json!({"a": "\"x\""})).unwrap_err();
    assert_eq!(error, RunError::Said("there is no \"x\"".to_owned()));
    assert!(
        matches!(run("error({a: 1})", &json!({})), Err(RunError::Raised(text)) if text.contains("\"a\""))
    );
}

#[test]
fn an_error_names_the_data_briefly() {
    let error = run(".a.b", &json!({"a": "y".repeat(1000)})).unwrap_err();
    let RunError::Raised(text) = error else { panic!("{error}") };
    assert!(text.starts_with("cannot index") && text.len() < 310, "{text}");
}
