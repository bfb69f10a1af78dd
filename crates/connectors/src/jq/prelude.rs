//! jaq's own definitions (`map`, `with_entries` ...), of which a program gets those that it calls, and those that these
//! call. Compiling all of them for each of a document's programs would take most of the time that a document takes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::path::{Part, Path};

use super::fence;

/// The definitions, in their order, which is that of their dependencies.
static ALL: LazyLock<Vec<Def<&'static str>>> = LazyLock::new(|| fence::definitions().collect());
/// What each calls; definitions of one name and several arities as one.
static CALLS: LazyLock<BTreeMap<&'static str, BTreeSet<&'static str>>> = LazyLock::new(|| {
    let mut calls: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for definition in ALL.iter() {
        visit(&definition.body, &mut |name| {
            calls.entry(definition.name).or_default().insert(name);
        });
    }
    calls
});

/// The definitions that a program stands on.
pub(super) fn definitions_for(program: &Term<&str>) -> impl Iterator<Item = Def<&'static str>> {
    let mut wanted: Vec<&'static str> = Vec::new();
    let mut needed = BTreeSet::new();
    visit(program, &mut |name| {
        wanted.extend(ALL.iter().map(|definition| definition.name).find(|defined| *defined == name));
    });
    while let Some(name) = wanted.pop() {
        if needed.insert(name) {
            wanted.extend(CALLS.get(name).into_iter().flatten());
        }
    }
    ALL.iter().filter(move |definition| needed.contains(definition.name)).cloned()
}

/// Names every filter that a term calls.
fn visit<'s>(term: &Term<&'s str>, see: &mut dyn FnMut(&'s str)) {
    match term {
        Term::Id | Term::Recurse | Term::Num(_) | Term::Break(_) | Term::Var(_) => {}
        Term::Str(format, parts) => {
            format.iter().copied().for_each(&mut *see);
            for part in parts {
                if let StrPart::Term(term) = part {
                    visit(term, see);
                }
            }
        }
        Term::Arr(items) => items.iter().for_each(|items| visit(items, see)),
        Term::Obj(fields) => {
            for (key, value) in fields {
                visit(key, see);
                value.iter().for_each(|value| visit(value, see));
            }
        }
        Term::Neg(term) | Term::Label(_, term) => visit(term, see),
        Term::BinOp(left, operator, right) => {
            visit(left, see);
            if let BinaryOp::Pipe(Some(pattern)) = operator {
                visit_pattern(pattern, see);
            }
            visit(right, see);
        }
        Term::Fold(_, term, pattern, terms) => {
            visit(term, see);
            visit_pattern(pattern, see);
            terms.iter().for_each(|term| visit(term, see));
        }
        Term::TryCatch(term, catch) => {
            visit(term, see);
            catch.iter().for_each(|catch| visit(catch, see));
        }
        Term::IfThenElse(branches, otherwise) => {
            for (condition, then) in branches {
                visit(condition, see);
                visit(then, see);
            }
            otherwise.iter().for_each(|otherwise| visit(otherwise, see));
        }
        Term::Def(definitions, term) => {
            definitions.iter().for_each(|definition| visit(&definition.body, see));
            visit(term, see);
        }
        Term::Call(name, arguments) => {
            see(name);
            arguments.iter().for_each(|argument| visit(argument, see));
        }
        Term::Path(head, path) => {
            visit(head, see);
            visit_path(path, see);
        }
    }
}

fn visit_pattern<'s>(pattern: &Pattern<&'s str>, see: &mut dyn FnMut(&'s str)) {
    match pattern {
        Pattern::Var(_) => {}
        Pattern::Arr(items) => items.iter().for_each(|item| visit_pattern(item, see)),
        Pattern::Obj(fields) => {
            for (key, value) in fields {
                visit(key, see);
                visit_pattern(value, see);
            }
        }
    }
}

fn visit_path<'s>(path: &Path<Term<&'s str>>, see: &mut dyn FnMut(&'s str)) {
    for (part, _) in &path.0 {
        match part {
            Part::Index(index) => visit(index, see),
            Part::Range(from, to) => from.iter().chain(to).for_each(|bound| visit(bound, see)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definitions(code: &str) -> Vec<&'static str> {
        definitions_for(&fence::admit(code).ok().unwrap()).map(|definition| definition.name).collect()
    }

    #[test]
    fn a_program_gets_what_it_calls_and_what_that_calls() {
        let of_a_path = definitions(".a.b");
        assert!(of_a_path.is_empty(), "{of_a_path:?}");
        let of_entries = definitions("with_entries(select(.value))");
        for name in ["with_entries", "from_entries", "to_entries", "map", "select"] {
            assert!(of_entries.contains(&name), "{name} in {of_entries:?}");
        }
        assert_eq!(
            definitions("[.[] | select(.a)] as [$x] | {x: \"\\($x | .[:length])\"}"),
            ["empty", "select"]
        );
    }
}
