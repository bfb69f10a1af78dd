//! What a program may say. It is parsed, each construct is checked, and [`CHARGE`] is put where data repeats or grows.
//!
//! Refused are constructs that loop or nest without bound (`def`, `reduce`, `foreach`, `label`, `..`), and every filter
//! that is not on the list of [`super::fence::allowed`].

mod allowed;

use jaq_core::load::lex::{Lexer, StrPart};
use jaq_core::load::parse::{BinaryOp, Def, Parser, Pattern, Term};
use jaq_core::load::span;
use jaq_core::native::Fun;
use jaq_core::ops::Math;
use jaq_core::path::{Part, Path};

use super::meter::{self, CHARGE, Metered, NUMBER};
use crate::problem::Fault;

type Checked<'s> = Result<Term<&'s str>, Fault>;

/// How deep a program may nest. The parser recurses, so brackets are counted before it runs.
const MAX_DEPTH: usize = 200;

/// Parses and checks a program.
pub(super) fn admit(code: &str) -> Checked<'_> {
    let opened = code.matches(['(', '[', '{']).count();
    if opened > 4 * MAX_DEPTH {
        return Err(too_deep());
    }
    let tokens = Lexer::new(code).lex().map_err(|errors| {
        let found = errors.first().map(|(expected, rest)| (expected.as_str(), *rest));
        syntax(code, found)
    })?;
    let term = Parser::new(&tokens).parse(Parser::term).map_err(|errors| {
        let found = errors.first().map(|(expected, token)| {
            let rest = token.map_or(&code[code.len()..], |token| token.0);
            (expected.as_str(), rest)
        });
        syntax(code, found)
    })?;
    check(term, 0)
}

/// The definitions that allowed filters stand on.
pub(super) fn definitions() -> impl Iterator<Item = Def<&'static str>> {
    let all = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
    all.filter(|definition| allowed::is_needed(definition.name))
}

/// The native filters that allowed filters stand on.
pub(super) fn natives() -> impl Iterator<Item = Fun<Metered>> {
    let core = jaq_core::funs::<Metered>().chain(jaq_std::funs()).chain(jaq_json::funs());
    core.filter(|(name, _, _)| allowed::is_native(name)).chain(meter::natives())
}

fn syntax(code: &str, found: Option<(&str, &str)>) -> Fault {
    let Some((expected, rest)) = found else {
        return Fault::new("the jq program is not valid", "correct it");
    };
    let before = &code[..span(code, rest).start];
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|character| *character != '\n').count() + 1;
    Fault::new(
        format!("the jq program is not valid at line {line}, column {column}: {expected} expected"),
        "correct it",
    )
}

fn too_deep() -> Fault {
    Fault::new(format!("the jq program nests deeper than {MAX_DEPTH}"), "simplify it, or use a function")
}

fn refused(what: &str) -> Fault {
    Fault::new(
        format!("the jq program uses {what}, which documents may not"),
        "use the filters that docs/connectors.md lists, or a function",
    )
}

/// The term, followed by paying for what it gives.
fn charged(term: Term<&str>) -> Term<&str> {
    then(term, CHARGE)
}

fn then<'s>(term: Term<&'s str>, filter: &'static str) -> Term<&'s str> {
    Term::BinOp(Box::new(term), BinaryOp::Pipe(None), Box::new(Term::Call(filter, Vec::new())))
}

fn check<'s>(term: Term<&'s str>, depth: usize) -> Checked<'s> {
    if depth > MAX_DEPTH {
        return Err(too_deep());
    }
    let next = |term: Term<&'s str>| check(term, depth + 1);
    let boxed = |term: Box<Term<&'s str>>| check(*term, depth + 1).map(Box::new);
    Ok(match term {
        Term::Id | Term::Num(_) | Term::Var(_) => term,
        Term::Recurse => return Err(refused("`..`")),
        Term::Fold(name, ..) => return Err(refused(&format!("`{name}`"))),
        Term::Label(..) | Term::Break(_) => return Err(refused("`label` and `break`")),
        Term::Def(..) => return Err(refused("`def`")),
        Term::Str(format, parts) => check_text(format, parts, depth)?,
        Term::Arr(items) => charged(Term::Arr(items.map(boxed).transpose()?)),
        Term::Obj(fields) => charged(Term::Obj(
            fields
                .into_iter()
                .map(|(key, value)| check_field(key, value, depth))
                .collect::<Result<_, _>>()?,
        )),
        Term::Neg(term) => Term::Neg(boxed(term)?),
        Term::BinOp(left, operator, right) => check_operator(*left, operator, *right, depth)?,
        Term::TryCatch(term, catch) => Term::TryCatch(boxed(term)?, catch.map(boxed).transpose()?),
        Term::IfThenElse(branches, otherwise) => Term::IfThenElse(
            branches
                .into_iter()
                .map(|(condition, then)| Ok((next(condition)?, next(then)?)))
                .collect::<Result<_, Fault>>()?,
            otherwise.map(boxed).transpose()?,
        ),
        Term::Call(name, arguments) => check_call(name, arguments, depth)?,
        Term::Path(head, path) => {
            // Iterating repeats what follows, and a slice is a copy.
            let repeats = path.0.iter().any(|(part, _)| matches!(part, Part::Range(..)));
            let term = Term::Path(boxed(head)?, check_path(path, depth)?);
            if repeats { charged(term) } else { term }
        }
    })
}

fn check_path(path: Path<Term<&str>>, depth: usize) -> Result<Path<Term<&str>>, Fault> {
    let next = |term| check(term, depth + 1);
    let parts = path.0.into_iter().map(|(part, optional)| {
        let part = match part {
            Part::Index(index) => Part::Index(next(index)?),
            Part::Range(from, to) => Part::Range(from.map(next).transpose()?, to.map(next).transpose()?),
        };
        Ok((part, optional))
    });
    parts.collect::<Result<Vec<_>, Fault>>().map(Path)
}

fn check_text<'s>(
    format: Option<&'s str>,
    parts: Vec<StrPart<&'s str, Term<&'s str>>>,
    depth: usize,
) -> Checked<'s> {
    if let Some(format) = format
        && !allowed::is_allowed(format, 0)
    {
        return Err(refused(&format!("`{format}`")));
    }
    let mut interpolates = false;
    let parts = parts.into_iter().map(|part| match part {
        StrPart::Term(term) => {
            interpolates = true;
            check(term, depth + 1).map(|term| StrPart::Term(charged(term)))
        }
        literal => Ok(literal),
    });
    let text = Term::Str(format, parts.collect::<Result<_, Fault>>()?);
    Ok(if interpolates { charged(text) } else { text })
}

fn check_field<'s>(
    key: Term<&'s str>,
    value: Option<Term<&'s str>>,
    depth: usize,
) -> Result<(Term<&'s str>, Option<Term<&'s str>>), Fault> {
    match (key, value) {
        // `{name}` and `{$name}`: the key names the value, so it has to stay as it is.
        (key @ Term::Var(_), None) => Ok((key, None)),
        (key @ Term::Str(..), None) if literal(&key).is_some() => Ok((key, None)),
        (_, None) => Err(refused("an object field without a value")),
        (key, Some(value)) => Ok((check(key, depth + 1)?, Some(check(value, depth + 1)?))),
    }
}

/// The text that a term is, if it is a text without interpolation.
fn literal(term: &Term<&str>) -> Option<String> {
    let Term::Str(None, parts) = term else { return None };
    let mut text = String::new();
    for part in parts {
        match part {
            StrPart::Str(piece) => text.push_str(piece),
            StrPart::Char(character) => text.push(*character),
            StrPart::Term(_) => return None,
        }
    }
    Some(text)
}

fn check_operator<'s>(
    left: Term<&'s str>,
    operator: BinaryOp<&'s str>,
    right: Term<&'s str>,
    depth: usize,
) -> Checked<'s> {
    let next = |term| check(term, depth + 1);
    let binary = |left, operator, right| Term::BinOp(Box::new(left), operator, Box::new(right));
    Ok(match operator {
        BinaryOp::Pipe(pattern) => {
            let pattern = pattern.map(check_pattern).transpose()?;
            binary(next(left)?, BinaryOp::Pipe(pattern), next(right)?)
        }
        BinaryOp::Comma | BinaryOp::Alt | BinaryOp::Or | BinaryOp::And => {
            binary(next(left)?, operator, next(right)?)
        }
        BinaryOp::Math(Math::Mul) => binary(then(next(left)?, NUMBER), operator, then(next(right)?, NUMBER)),
        BinaryOp::Math(_) => charged(binary(charged(next(left)?), operator, charged(next(right)?))),
        BinaryOp::Cmp(_) => binary(charged(next(left)?), operator, charged(next(right)?)),
        BinaryOp::Assign | BinaryOp::Update | BinaryOp::UpdateAlt => {
            charged(binary(check_target(left, depth)?, operator, charged(next(right)?)))
        }
        BinaryOp::UpdateMath(_) => {
            return Err(refused("an assignment such as `+=`; write `|= . + ...`, which"));
        }
    })
}

fn check_pattern(pattern: Pattern<&str>) -> Result<Pattern<&str>, Fault> {
    Ok(match pattern {
        Pattern::Var(name) => Pattern::Var(name),
        Pattern::Arr(items) => Pattern::Arr(items.into_iter().map(check_pattern).collect::<Result<_, _>>()?),
        Pattern::Obj(fields) => Pattern::Obj(
            fields
                .into_iter()
                .map(|(key, value)| match key {
                    key @ Term::Var(_) => Ok((key, check_pattern(value)?)),
                    key if literal(&key).is_some() => Ok((key, check_pattern(value)?)),
                    _ => Err(refused("a computed key in a pattern")),
                })
                .collect::<Result<_, _>>()?,
        ),
    })
}

/// The left side of an assignment, and what `del` takes: a path. Nothing is charged in it, as jq follows paths there
/// rather than values; what a path can visit is bounded by the data it is followed in.
fn check_target<'s>(term: Term<&'s str>, depth: usize) -> Checked<'s> {
    if depth > MAX_DEPTH {
        return Err(too_deep());
    }
    let next = |term: Box<Term<&'s str>>| check_target(*term, depth + 1).map(Box::new);
    match term {
        Term::Id => Ok(Term::Id),
        Term::Path(head, path) => Ok(Term::Path(next(head)?, check_path(path, depth)?)),
        Term::BinOp(left, operator @ (BinaryOp::Pipe(None) | BinaryOp::Comma), right) => {
            Ok(Term::BinOp(next(left)?, operator, next(right)?))
        }
        Term::Call("select", arguments) => {
            let arguments = arguments.into_iter().map(|argument| check(argument, depth + 1));
            Ok(Term::Call("select", arguments.collect::<Result<_, _>>()?))
        }
        _ => Err(refused("an assignment or `del` of something that is not a path")),
    }
}

fn check_call<'s>(name: &'s str, arguments: Vec<Term<&'s str>>, depth: usize) -> Checked<'s> {
    if !allowed::is_allowed(name, arguments.len()) {
        return Err(refused(&format!("`{name}/{}`", arguments.len())));
    }
    if let ("del", [_]) = (name, arguments.as_slice()) {
        let targets = arguments.into_iter().map(|argument| check_target(argument, depth + 1));
        return Ok(charged(Term::Call(name, targets.collect::<Result<_, _>>()?)));
    }
    if name == "limit" && !matches!(arguments.first(), Some(Term::Num(_))) {
        return Err(Fault::new(
            "the count of `limit` is not a number written out in the program",
            "write it out",
        ));
    }
    if let Some(first) = arguments.first() {
        allowed::check_literal(name, literal(first).as_deref())?;
    }
    let arguments = arguments.into_iter().map(|argument| check(argument, depth + 1).map(charged));
    let call = Term::Call(name, arguments.collect::<Result<_, _>>()?);
    if allowed::is_free(name) {
        return Ok(call);
    }
    // A filter pays for what it reads and for what it makes.
    let paying = Term::Call(CHARGE, Vec::new());
    Ok(charged(Term::BinOp(Box::new(paying), BinaryOp::Pipe(None), Box::new(call))))
}
