//! Addresses of people: as they are typed in, and as headers hold them.

use mail_builder::headers::address::Address;
use mail_parser::MessageParser;

/// One person's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mailbox {
    pub(super) name: Option<String>,
    pub(super) address: String,
}

impl Mailbox {
    /// Whether both are the same account: upper and lower case are the same at all providers of note.
    pub(super) fn is(&self, address: &str) -> bool {
        self.address.eq_ignore_ascii_case(address)
    }
}

/// The addresses that somebody typed into a field. One that cannot be an address is told.
pub(super) fn typed(field: &str, list: &str) -> Result<Vec<Mailbox>, String> {
    if list.chars().any(char::is_control) {
        return Err(format!("`{field}` has a line break or another control character: write one line"));
    }
    let boxes = parse(list);
    if let Some(wrong) = boxes.iter().find(|one| !is_address(&one.address)) {
        return Err(format!("`{field}`: {:?} is no address; write name@example.com", wrong.address));
    }
    if boxes.is_empty() && !list.trim().is_empty() {
        return Err(format!(
            "`{field}` has no address; write Name <name@example.com>, with commas between several"
        ));
    }
    Ok(boxes)
}

/// The addresses that a message is sent to: one at least.
pub(super) fn recipients(list: &str) -> Result<Vec<Mailbox>, String> {
    let boxes = typed("to", list)?;
    if boxes.is_empty() {
        return Err("`to` has no address; write name@example.com".to_owned());
    }
    Ok(boxes)
}

/// The addresses of a header of a message that came in. What is no address is left out.
pub(super) fn received(list: &str) -> Vec<Mailbox> {
    let mut boxes = parse(&list.replace(char::is_control, " "));
    boxes.retain(|one| is_address(&one.address));
    boxes
}

/// A list for a header.
pub(super) fn header(boxes: &[Mailbox]) -> Address<'_> {
    let address = |one: &'_ Mailbox| Address::new_address(one.name.clone(), one.address.clone());
    Address::new_list(boxes.iter().map(address).collect())
}

fn parse(list: &str) -> Vec<Mailbox> {
    let header = format!("To: {list}\r\n\r\n");
    let message = MessageParser::new().parse_headers(header.as_bytes());
    let parsed = message.as_ref().and_then(|message| message.to());
    let all = parsed.into_iter().flat_map(|addresses| addresses.iter());
    all.map(|one| Mailbox {
        name: one.name().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()),
        address: one.address().unwrap_or_else(|| one.name().unwrap_or_default()).trim().to_owned(),
    })
    .collect()
}

/// Whether a text is one address, and nothing that a header would read as more.
fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let plain = |part: &str| {
        !part.is_empty()
            && !part.chars().any(|it| it.is_control() || it.is_whitespace() || "<>()[],;:\\\"@".contains(it))
    };
    text.len() <= 320 && plain(local) && plain(domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(boxes: &[Mailbox]) -> Vec<(Option<&str>, &str)> {
        boxes.iter().map(|one| (one.name.as_deref(), one.address.as_str())).collect()
    }

    #[test]
    fn addresses_are_read_as_people_write_them() {
        for (list, expected) in [
            ("ada@example.com", vec![(None, "ada@example.com")]),
            ("Ada Lovelace <ada@example.com>", vec![(Some("Ada Lovelace"), "ada@example.com")]),
            (
                "\"Lovelace, Ada\" <ada@example.com>, bob@example.com",
                vec![(Some("Lovelace, Ada"), "ada@example.com"), (None, "bob@example.com")],
            ),
            ("Zoë <zoe@example.com>", vec![(Some("Zoë"), "zoe@example.com")]),
            ("=?utf-8?q?Zo=C3=AB?= <zoe@example.com>", vec![(Some("Zoë"), "zoe@example.com")]),
            (
                "team: ada@example.com, bob@example.com;",
                vec![(None, "ada@example.com"), (None, "bob@example.com")],
            ),
            ("", vec![]),
        ] {
            assert_eq!(pairs(&typed("to", list).unwrap()), expected, "{list}");
        }
    }

    #[test]
    fn what_is_no_address_is_told_by_its_field() {
        for list in [
            "ada",
            "ada@",
            "@example.com",
            "ada@example.com\r\nBcc: eve@example.com",
            "ada@example.com\nX: y",
            "<ada@exa mple.com>",
            "Ada",
            ",",
        ] {
            assert!(typed("cc", list).unwrap_err().contains("`cc`"), "{list}");
        }
    }

    #[test]
    fn a_header_gives_what_addresses_it_has() {
        assert_eq!(pairs(&received("undisclosed-recipients:;")), vec![]);
        assert_eq!(
            pairs(&received("Ada <ada@example.com>,\r\n nobody")),
            vec![(Some("Ada"), "ada@example.com")]
        );
    }
}
