//! The objects that a command line names: `tenants`, `tenant acme other`, `tenant/acme connector/github`.

use crate::{
    error::Error,
    kinds::{self, Kind},
};

/// Some kinds, with the names of objects; no names means every object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Selection {
    /// The kind.
    pub(crate) kind: Kind,
    /// The objects' names.
    pub(crate) names: Vec<String>,
}

/// Reads the arguments.
///
/// # Errors
/// [`Error::Usage`] for an unknown kind or mixed forms.
pub(crate) fn parse(args: &[String]) -> Result<Vec<Selection>, Error> {
    let Some(first) = args.first() else {
        return Err(Error::Usage("name a KIND, as in `tenants` or `tenant/acme`".to_owned()));
    };
    if args.iter().any(|arg| arg.contains('/')) {
        return args.iter().map(|arg| one(arg)).collect();
    }
    let kinds = kinds::named(first)?;
    let names = &args[1..];
    if kinds.len() > 1 && !names.is_empty() {
        return Err(Error::Usage(format!(
            "names go with one kind: write `{}/NAME` for each",
            kinds[0].singular
        )));
    }
    Ok(kinds.into_iter().map(|kind| Selection { kind, names: names.to_vec() }).collect())
}

/// Like [`parse`], but every selection must have names.
///
/// # Errors
/// [`Error::Usage`] also if names are missing.
pub(crate) fn parse_named(args: &[String]) -> Result<Vec<Selection>, Error> {
    let selections = parse(args)?;
    match selections.iter().find(|it| it.names.is_empty()) {
        Some(without) => {
            let kind = &without.kind.singular;
            Err(Error::Usage(format!("name the objects, as in `{kind}/NAME` or `{kind} NAME`")))
        }
        None => Ok(selections),
    }
}

fn one(arg: &str) -> Result<Selection, Error> {
    let wrong =
        || Error::Usage(format!("\"{arg}\": write every argument as KIND/NAME, or KIND and then names"));
    let (kind, name) = arg.split_once('/').ok_or_else(wrong)?;
    let kinds = kinds::named(kind)?;
    match &kinds[..] {
        [kind] if !name.is_empty() => Ok(Selection { kind: kind.clone(), names: vec![name.to_owned()] }),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(line: &str) -> Result<Vec<(String, Vec<String>)>, String> {
        let args: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let selections = parse(&args).map_err(|error| error.to_string())?;
        Ok(selections.into_iter().map(|it| (it.kind.singular, it.names)).collect())
    }

    #[test]
    fn objects_are_named_in_both_of_kubectls_forms() {
        let names = |list: &[&str]| list.iter().map(|&it| it.to_owned()).collect::<Vec<_>>();
        assert_eq!(selected("tn a b").unwrap(), [("tenant".to_owned(), names(&["a", "b"]))]);
        assert_eq!(
            selected("tn/a conn/b").unwrap(),
            [("tenant".to_owned(), names(&["a"])), ("connector".to_owned(), names(&["b"]))]
        );
    }

    #[test]
    fn mixed_forms_are_refused() {
        insta::assert_snapshot!(selected("tn/a b").unwrap_err(), @r#""b": write every argument as KIND/NAME, or KIND and then names"#);
        insta::assert_snapshot!(selected("tn,conn a").unwrap_err(), @"names go with one kind: write `tenant/NAME` for each");
        insta::assert_snapshot!(selected("tn/").unwrap_err(), @r#""tn/": write every argument as KIND/NAME, or KIND and then names"#);
    }
}
