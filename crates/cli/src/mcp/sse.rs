//! Server-sent events, as far as MCP uses them: the data of each event.

/// Takes bytes as they come and gives out the data of complete events.
#[derive(Debug, Default)]
pub(super) struct Parser {
    rest: Vec<u8>,
    data: Vec<String>,
}

impl Parser {
    /// The data of every event that these bytes complete.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<String> {
        self.rest.extend_from_slice(bytes);
        let mut events = Vec::new();
        // A CR may still be followed by its LF, so a line ends for sure only at an LF or before another byte.
        while let Some((end, next)) = line_end(&self.rest) {
            let line = String::from_utf8_lossy(&self.rest[..end]).into_owned();
            self.rest.drain(..next);
            if line.is_empty() {
                if !self.data.is_empty() {
                    events.push(std::mem::take(&mut self.data).join("\n"));
                }
            } else if let Some(value) = line.strip_prefix("data:") {
                self.data.push(value.strip_prefix(' ').unwrap_or(value).to_owned());
            }
        }
        events
    }

    /// How many bytes are kept.
    pub(super) fn buffered(&self) -> usize {
        self.rest.len() + self.data.iter().map(String::len).sum::<usize>()
    }
}

/// Where the first line ends, and where the next one begins.
fn line_end(bytes: &[u8]) -> Option<(usize, usize)> {
    let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'))?;
    if bytes[end] == b'\n' {
        return Some((end, end + 1));
    }
    let following = bytes.get(end + 1)?;
    Some((end, if *following == b'\n' { end + 2 } else { end + 1 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_cut_wherever_the_bytes_are() {
        let text = ": hello\nevent: message\ndata: {\"a\":\ndata: 1}\r\n\r\nid: 1\n\ndata:x\n\n";
        for size in 1..text.len() {
            let mut parser = Parser::default();
            let events: Vec<String> = text.as_bytes().chunks(size).flat_map(|it| parser.push(it)).collect();
            assert_eq!(events, ["{\"a\":\n1}", "x"], "in pieces of {size}");
        }
    }
}
