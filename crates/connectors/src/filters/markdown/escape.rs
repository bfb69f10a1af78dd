//! What in a text would mean something in Markdown, and how to keep it from that.

/// Where a piece of a text stands.
#[derive(Clone, Copy)]
pub(super) struct Surroundings {
    /// The letter before it; `None` at the start of a line.
    pub(super) before: Option<char>,
    /// The letter behind it; `None` at the end of a line.
    pub(super) after: Option<char>,
    /// Whether it is in a cell of a table.
    pub(super) in_cell: bool,
    /// Whether it is what a link or an image is called.
    pub(super) in_link: bool,
}

/// Adds a text to Markdown so that it reads as it is.
pub(super) fn push_escaped(out: &mut String, text: &str, around: Surroundings) {
    let mut before = around.before;
    // Behind this nothing looks like a link any more.
    let last_link = text.rfind("](").map_or(0, |at| text.len() - at);
    let mut rest = text.chars();
    if before.is_none()
        && let Some(number) = list_number(text, around.after)
    {
        out.push_str(&text[..number]);
        out.push('\\');
        rest = text[number..].chars();
        before = Some('0');
    }
    while let Some(letter) = rest.next() {
        let tail = rest.as_str();
        let after = tail.chars().next().or(around.after);
        let looks_like_link = last_link > 0 && tail.len() >= last_link;
        let bracket = matches!(letter, '[' | ']') && around.in_link || letter == '[' && looks_like_link;
        if bracket || means_something(letter, before, after, tail, around.in_cell) {
            out.push('\\');
        }
        out.push(letter);
        before = Some(letter);
    }
}

/// Whether a letter would mean something between these letters.
fn means_something(
    letter: char,
    before: Option<char>,
    after: Option<char>,
    tail: &str,
    in_cell: bool,
) -> bool {
    let blank = |letter: Option<char>| letter.is_none_or(char::is_whitespace);
    let starts_line = before.is_none();
    match letter {
        '`' => true,
        '\\' => after.is_none_or(|after| after.is_ascii_punctuation() || after.is_whitespace()),
        // A star between blanks is one.
        '*' => starts_line || !(blank(before) && blank(after)),
        // An underscore within a word is one.
        '_' => {
            let word = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
            starts_line || !((word(before) && word(after)) || (blank(before) && blank(after)))
        }
        '~' => !blank(before) || after == Some('~'),
        '[' | '#' | '>' => starts_line,
        '<' => after.is_none_or(|after| after.is_ascii_alphabetic() || matches!(after, '/' | '!' | '?')),
        '&' => is_entity(tail),
        '|' => in_cell || starts_line,
        '+' => starts_line && blank(after),
        '-' => starts_line && (blank(after) || matches!(after, Some('-' | '|' | ':'))),
        '=' => starts_line && (blank(after) || after == Some('=')),
        ':' => starts_line && after == Some('-'),
        _ => false,
    }
}

/// How many digits at the start of a line a point or a parenthesis would make the number of an item.
fn list_number(text: &str, after: Option<char>) -> Option<usize> {
    let digits = text.len() - text.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
    let mut rest = text[digits..].chars();
    let marks =
        matches!(rest.next(), Some('.' | ')')) && rest.next().or(after).is_none_or(char::is_whitespace);
    (1..=9).contains(&digits).then_some(digits).filter(|_| marks)
}

/// Whether what is behind an ampersand makes it the start of an entity.
pub(super) fn is_entity(tail: &str) -> bool {
    let mut name = tail.bytes().take(32);
    let first = name.next();
    first.is_some_and(|first| first == b'#' || first.is_ascii_alphabetic())
        && name.find(|byte| !byte.is_ascii_alphanumeric()) == Some(b';')
}

/// The length of the longest run of backticks.
pub(super) fn longest_run(text: &str) -> usize {
    text.split(|letter| letter != '`').map(str::len).max().unwrap_or_default()
}
