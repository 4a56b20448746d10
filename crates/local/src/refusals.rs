//! What the HTTP library refuses by itself, answered as a problem.
//!
//! A request whose head cannot be parsed reaches no route: the library answers it with an empty body and closes the
//! connection. On its way out that answer gets the body that every other refusal has.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use audit_core::InputErrors;
use audit_http::{Problem, problem::PROBLEM_JSON};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A connection on which such answers are problems.
pub struct WithProblems<T> {
    connection: T,
    /// What is written in place of an answer, and how much of it was written.
    replacement: Option<(Vec<u8>, usize)>,
}

impl<T> WithProblems<T> {
    /// Wraps a connection.
    pub fn new(connection: T) -> Self {
        Self { connection, replacement: None }
    }
}

/// Where the library's own answer begins, and what is written in its place. It is the last thing on a connection.
///
/// The answers of the routes are JSON without a carriage return at their end, and no problem is empty.
fn refusal(written: &[u8]) -> Option<(usize, Vec<u8>)> {
    const LONGEST: usize = 512;
    let tail = written.len().saturating_sub(LONGEST);
    let head = written[tail..].strip_suffix(b"\r\n\r\n")?;
    let start = head.windows(7).rposition(|bytes| bytes == b"HTTP/1.")?;
    let text = std::str::from_utf8(&head[start..]).ok()?;
    let line = text.lines().next()?;
    let status = line.split(' ').nth(1)?;
    let problem = match status {
        "400" => {
            let mut errors = InputErrors::default();
            let allowed =
                "an HTTP/1.1 request whose path and query are percent-encoded, such as %22 for a quotation mark";
            errors.add("", "a request that HTTP does not allow", allowed);
            Problem::invalid(&errors)
        }
        "414" | "431" => Problem::head_too_large(status == "414"),
        _ => return None,
    };
    if !text.lines().any(|header| header.eq_ignore_ascii_case("content-length: 0")) {
        return None;
    }
    let body = problem.body();
    let headers = format!("content-type: {PROBLEM_JSON}\r\ncontent-length: {}\r\nconnection: close", body.len());
    let answer = format!("{line}\r\n{headers}\r\n\r\n{body}");
    Some((tail + start, answer.into_bytes()))
}

impl<T: AsyncWrite + Unpin> AsyncWrite for WithProblems<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, written: &[u8]) -> Poll<io::Result<usize>> {
        let Self { connection, replacement } = &mut *self;
        let mut connection = Pin::new(connection);
        if replacement.is_none() {
            match refusal(written) {
                Some((0, answer)) => *replacement = Some((answer, 0)),
                // First what was answered before it.
                Some((start, _)) => return connection.poll_write(cx, &written[..start]),
                None => return connection.poll_write(cx, written),
            }
        }
        while let Some((answer, done)) = replacement {
            match ready!(connection.as_mut().poll_write(cx, &answer[*done..]))? {
                0 => return Poll::Ready(Ok(0)),
                more if *done + more == answer.len() => *replacement = None,
                more => *done += more,
            }
        }
        Poll::Ready(Ok(written.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_shutdown(cx)
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for WithProblems<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_read(cx, into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSED: &str = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\ndate: today\r\n\r\n";

    #[test]
    fn only_an_empty_refusal_at_the_end_of_a_connection_is_replaced() {
        let (start, answer) = refusal(REFUSED.as_bytes()).unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert_eq!(start, 0);
        assert!(head.starts_with("HTTP/1.1 400 Bad Request\r\ncontent-type: application/problem+json\r\n"), "{head}");
        assert!(head.contains(&format!("content-length: {}", body.len())), "{head}");
        let before = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
        assert_eq!(refusal(format!("{before}{REFUSED}").as_bytes()).unwrap().0, before.len());
        for other in [
            before,
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 17\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n{}",
            "",
        ] {
            assert!(refusal(other.as_bytes()).is_none(), "{other}");
        }
    }
}
