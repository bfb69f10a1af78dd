//! The program's command line: what it prints, and how it ends on bad configuration.

use std::process::{Command, Output};

use domain::principal::Scope;
use secrecy::ExposeSecret;
use secrets::api_key::mint;

/// Runs the program with these arguments and variables, and no others.
fn operator(args: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_operator"));
    command.args(args).env_clear().envs(variables.iter().copied()).output().unwrap()
}

fn refused(args: &[&str], variables: &[(&str, &str)]) -> String {
    let output = operator(args, variables);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(64), "{message}");
    message
}

#[test]
fn crds_are_printed_as_they_are_shipped() {
    let output = operator(&["crds"], &[]);
    assert!(output.status.success());
    let shipped: String =
        crds::all().iter().map(|crd| format!("---\n{}", crds::to_yaml(crd).unwrap())).collect();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), shipped);
}

#[test]
fn bad_configuration_ends_with_64_and_names_the_flag() {
    let database = ("DATABASE_URL", "postgres://user:hunter2@127.0.0.1/none");
    assert!(refused(&["run"], &[]).contains("--database-url"));
    let message = refused(&["run"], &[database]);
    assert!(message.contains("--keyring-file") && message.contains("SECRET_KEY"), "{message}");
    let message = refused(&["run"], &[database, ("SECRET_KEY", "short")]);
    assert!(message.contains("16 characters"), "{message}");
    let message = refused(&["run", "--egress-allow", "10.0.0.0/99"], &[database]);
    assert!(message.contains("--egress-allow"), "{message}");
    let message = refused(&["run", "--log-level", "operator=loud"], &[database]);
    assert!(message.contains("--log-level") && !message.contains("hunter2"), "{message}");
    let user = mint(Scope::TenantUser).text;
    let phrase = ("SECRET_KEY", "correct horse battery staple");
    let bootstrap = ("SAGEMCP_BOOTSTRAP_ADMIN_KEY", user.expose_secret());
    let message = refused(&["run"], &[database, phrase, bootstrap]);
    assert!(message.contains(bootstrap.0) && message.contains("platform_admin"), "{message}");
    assert!(!message.contains(bootstrap.1), "{message}");
    assert!(refused(&["migrate"], &[("DATABASE_URL", "mysql://u:hunter2@h/d")]).contains("database URL"));
}

#[test]
fn help_shows_no_value_of_the_environment() {
    let output = operator(&["run", "--help"], &[("DATABASE_URL", "postgres://user:hunter2@host/db")]);
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(help.contains("DATABASE_URL") && !help.contains("hunter2"), "{help}");
}
