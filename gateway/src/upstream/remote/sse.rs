//! A bounded reader of Server-Sent Events.

use std::time::Duration;

/// One event. Comments and keep-alives are not events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Event {
    /// The data lines, joined by line feeds.
    pub(super) data: Vec<u8>,
    /// The id the event carries.
    pub(super) id: Option<String>,
    /// How long to wait before the stream is opened again.
    pub(super) retry: Option<Duration>,
}

/// More bytes than allowed in one event, or in the whole stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLarge {
    /// The limit, in bytes.
    pub(super) limit: usize,
}

/// Takes a stream in pieces and gives back its events.
#[derive(Debug)]
pub(super) struct Parser {
    line: Vec<u8>,
    event: Event,
    after_cr: bool,
    seen: usize,
    max_event: usize,
    max_total: usize,
}

impl Parser {
    pub(super) fn new(max_event: usize, max_total: usize) -> Self {
        Self { line: Vec::new(), event: Event::default(), after_cr: false, seen: 0, max_event, max_total }
    }

    /// Takes the next piece.
    pub(super) fn push(&mut self, mut piece: &[u8]) -> Result<Vec<Event>, TooLarge> {
        self.seen = self.seen.saturating_add(piece.len());
        if self.seen > self.max_total {
            return Err(TooLarge { limit: self.max_total });
        }
        let mut events = Vec::new();
        while !piece.is_empty() {
            if std::mem::take(&mut self.after_cr) && piece[0] == b'\n' {
                piece = &piece[1..];
                continue;
            }
            let end = piece.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            self.line.extend_from_slice(&piece[..end.unwrap_or(piece.len())]);
            if self.line.len() + self.event.data.len() > self.max_event {
                return Err(TooLarge { limit: self.max_event });
            }
            let Some(end) = end else { break };
            self.after_cr = piece[end] == b'\r';
            piece = &piece[end + 1..];
            events.extend(self.end_of_line());
        }
        Ok(events)
    }

    fn end_of_line(&mut self) -> Option<Event> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            return (event != Event::default()).then_some(event);
        }
        let (field, value) = match line.iter().position(|byte| *byte == b':') {
            Some(colon) => (&line[..colon], &line[colon + 1..]),
            None => (&line[..], &[][..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        let text = || std::str::from_utf8(value).ok();
        match field {
            b"data" => {
                if !self.event.data.is_empty() {
                    self.event.data.push(b'\n');
                }
                self.event.data.extend_from_slice(value);
            }
            b"id" => self.event.id = text().filter(|id| !id.contains('\0')).map(ToOwned::to_owned),
            b"retry" => {
                self.event.retry = text().and_then(|text| text.parse().ok()).map(Duration::from_millis);
            }
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(events: &[Event]) -> Vec<&str> {
        events.iter().map(|event| std::str::from_utf8(&event.data).unwrap()).collect()
    }

    #[test]
    fn events_are_the_same_however_the_stream_is_cut() {
        let stream = b": hello\r\nid: 7\r\ndata: {\"a\":\r\ndata: 1}\r\n\r\ndata:two\n\n\nevent: x\nretry: 50\ndata: three\r\r";
        let whole = Parser::new(100, 1_000).push(stream).unwrap();
        assert_eq!(data(&whole), ["{\"a\":\n1}", "two", "three"]);
        assert_eq!(whole[0].id.as_deref(), Some("7"));
        assert_eq!(whole[2].retry, Some(Duration::from_millis(50)));
        for size in 1..stream.len() {
            let mut parser = Parser::new(100, 1_000);
            let cut: Vec<_> = stream.chunks(size).flat_map(|piece| parser.push(piece).unwrap()).collect();
            assert_eq!(cut, whole, "pieces of {size}");
        }
    }

    #[test]
    fn an_event_and_a_stream_have_a_limit() {
        assert_eq!(Parser::new(4, 100).push(b"data:12345"), Err(TooLarge { limit: 4 }));
        let mut parser = Parser::new(20, 30);
        assert!(parser.push(b"data:1234567890\n\n").is_ok());
        assert_eq!(parser.push(b"data:1234567890\n\n"), Err(TooLarge { limit: 30 }));
    }

    #[test]
    fn an_unfinished_event_is_none() {
        assert_eq!(Parser::new(100, 100).push(b"data: x\n").unwrap(), []);
    }
}
