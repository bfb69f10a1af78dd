//! Web addresses in texts, which are links without being marked as such.

/// A part of a text.
pub(super) struct Part<'a> {
    pub(super) text: &'a str,
    pub(super) is_address: bool,
}

/// Cuts a text into web addresses and what is between them. A point or a parenthesis at the end of an address is not its.
pub(super) fn addresses(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut push = |text, is_address| parts.push(Part { text, is_address });
    let (mut done, mut looked) = (0, 0);
    while let Some(at) = text[looked..].find("http").map(|at| at + looked) {
        let rest = &text[at..];
        let host = rest.strip_prefix("https://").or_else(|| rest.strip_prefix("http://"));
        let in_word = text[..at].ends_with(char::is_alphanumeric);
        if in_word || !host.is_some_and(|host| host.starts_with(char::is_alphanumeric)) {
            looked = at + "http".len();
            continue;
        }
        let end = rest.find(|letter: char| letter.is_whitespace() || matches!(letter, '<' | '>' | '"'));
        let address = without_end_of_sentence(&rest[..end.unwrap_or(rest.len())]);
        if done < at {
            push(&text[done..at], false);
        }
        push(address, true);
        done = at + address.len();
        looked = done;
    }
    if done < text.len() {
        push(&text[done..], false);
    }
    parts
}

/// An address without what follows it in the sentence. A parenthesis that it has opened itself is its own.
fn without_end_of_sentence(address: &str) -> &str {
    let count = |letter| address.matches(letter).count();
    let (open, mut closed) = (count('('), count(')'));
    address.trim_end_matches(|letter| {
        let own = letter == ')' && closed <= open;
        closed -= usize::from(letter == ')' && !own);
        !own && is_behind(letter)
    })
}

/// Whether a letter at the end of an address is rather that of the sentence.
fn is_behind(letter: char) -> bool {
    matches!(letter, '.' | ',' | ';' | ':' | '!' | '?' | '\'' | ')' | ']' | '*' | '_' | '~')
}

#[cfg(test)]
mod tests {
    use super::addresses;

    #[test]
    fn addresses_end_where_the_sentence_goes_on() {
        let found = |text: &str| -> Vec<String> {
            let parts = addresses(text);
            assert_eq!(parts.iter().map(|part| part.text).collect::<String>(), text);
            parts.into_iter().filter(|part| part.is_address).map(|part| part.text.to_owned()).collect()
        };
        assert_eq!(
            found("see https://a.test/x_y, or (http://b.test)."),
            ["https://a.test/x_y", "http://b.test"]
        );
        assert_eq!(found("https://a.test"), ["https://a.test"]);
        assert_eq!(
            found("(https://a.test/b_(c)), (https://a.test/d)"),
            ["https://a.test/b_(c)", "https://a.test/d"]
        );
        assert!(found("xhttps://a.test http:// https://. http").is_empty());
        assert!(found(&"http".repeat(100_000)).is_empty());
    }
}
