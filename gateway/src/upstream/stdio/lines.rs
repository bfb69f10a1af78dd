//! Lines of a foreign program, read with a bound.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt};

/// What the next line is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A line without its end.
    Full(Vec<u8>),
    /// The line is longer than the limit; this is its beginning, the rest has not been read.
    TooLong(Vec<u8>),
    /// The program closed the stream.
    End,
}

/// Reads the next line of at most `limit` bytes. Not cancel-safe: keep the future until it is done.
pub(super) async fn next<R: AsyncBufRead + Unpin>(reader: &mut R, limit: usize) -> io::Result<Line> {
    let mut line = Vec::new();
    loop {
        let available = reader.fill_buf().await?;
        if available.is_empty() {
            return Ok(if line.is_empty() { Line::End } else { Line::Full(line) });
        }
        let end = available.iter().position(|byte| *byte == b'\n');
        let part = &available[..end.unwrap_or(available.len())];
        let room = limit - line.len();
        if part.len() > room {
            line.extend_from_slice(&part[..room]);
            reader.consume(room);
            return Ok(Line::TooLong(line));
        }
        line.extend_from_slice(part);
        let read = part.len() + usize::from(end.is_some());
        reader.consume(read);
        if end.is_some() {
            line.pop_if(|last| *last == b'\r');
            return Ok(Line::Full(line));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_end_at_line_feeds_and_at_the_end_of_the_stream() {
        let mut reader = &b"one\r\n\ntwo"[..];
        assert_eq!(next(&mut reader, 8).await.unwrap(), Line::Full(b"one".to_vec()));
        assert_eq!(next(&mut reader, 8).await.unwrap(), Line::Full(Vec::new()));
        assert_eq!(next(&mut reader, 8).await.unwrap(), Line::Full(b"two".to_vec()));
        assert_eq!(next(&mut reader, 8).await.unwrap(), Line::End);
    }

    #[tokio::test]
    async fn a_line_at_the_limit_passes_and_one_byte_more_does_not() {
        assert_eq!(next(&mut &b"1234\n"[..], 4).await.unwrap(), Line::Full(b"1234".to_vec()));
        assert_eq!(next(&mut &b"12345\n"[..], 4).await.unwrap(), Line::TooLong(b"1234".to_vec()));
    }
}
