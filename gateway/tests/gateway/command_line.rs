//! The program `gateway`: its help, and what bad configuration gets.

use std::process::{Command, Output};

fn gateway(args: &[&str], env: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gateway"))
        .args(args)
        .env_clear()
        .envs(env.iter().copied())
        .output()
        .unwrap()
}

const GOOD: [(&str, &str); 2] =
    [("DATABASE_URL", "sqlite://x.db"), ("SECRET_KEY", "correct horse battery staple")];

#[test]
fn bad_configuration_ends_with_64_and_names_the_flag() {
    for (args, env, named) in [
        (vec![], vec![GOOD[1]], "--database-url"),
        (vec![], vec![GOOD[0]], "--keyring-file"),
        (vec!["--keyring-file", "/does/not/exist"], GOOD.to_vec(), "--keyring-file"),
        (vec!["--listen", "nowhere"], GOOD.to_vec(), "--listen"),
        (vec!["--trusted-proxies", "10.0.0.0/99"], GOOD.to_vec(), "--trusted-proxies"),
        (vec!["--egress-allow", "a b"], GOOD.to_vec(), "--egress-allow"),
        (vec!["--max-staleness", "soon"], GOOD.to_vec(), "--max-staleness"),
        (vec!["--listen", "0.0.0.0:8080", "--enable-auth", "false"], GOOD.to_vec(), "--enable-auth"),
        (vec!["--log-level", "gateway=loud"], GOOD.to_vec(), "--log-level"),
        (vec!["--log-format", "xml"], GOOD.to_vec(), "--log-format"),
        (vec!["--public-url", "ftp://x"], GOOD.to_vec(), "--public-url"),
        (vec!["--no-such-flag"], GOOD.to_vec(), "--no-such-flag"),
    ] {
        for command in ["check-config", "serve"] {
            let output = gateway(&[&[command], args.as_slice()].concat(), &env);
            let text = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(64), "{args:?}: {text}");
            assert!(text.contains(named), "{args:?}: {text}");
            assert!(!text.contains("battery"), "{text}");
        }
    }
    assert_eq!(gateway(&["check-config"], &GOOD).status.code(), Some(0));
}

#[test]
fn the_help_is_the_reference() {
    let output = gateway(&["serve", "--help"], &[]);
    assert_eq!(output.status.code(), Some(0));
    insta::assert_snapshot!(String::from_utf8(output.stdout).unwrap());
}
