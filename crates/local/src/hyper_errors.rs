//! Problem bodies for the error responses of hyper itself.
//!
//! A request whose head cannot be parsed does not reach a route: hyper sends a response with an empty body and closes
//! the connection. This wrapper replaces that response by one with the problem body that every other error has.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use audit_http::{Problem, ProblemKind, problem::PROBLEM_JSON};
use bytes::{Buf as _, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A connection on which hyper's own error responses have a problem body.
pub(crate) struct WithProblems<T> {
    connection: T,
    /// The rest of the response to write instead of hyper's.
    rest: Bytes,
}

impl<T> WithProblems<T> {
    pub(crate) fn new(connection: T) -> Self {
        Self { connection, rest: Bytes::new() }
    }
}

/// Returns where hyper's own error response begins, and its replacement. It is the last response of a connection.
///
/// The responses of the routes cannot be mistaken for one: they are JSON that does not end with a carriage return, and
/// no problem is empty.
fn replace(written: &[u8]) -> Option<(usize, Bytes)> {
    const LONGEST: usize = 512;
    let tail = written.len().saturating_sub(LONGEST);
    let head = written[tail..].strip_suffix(b"\r\n\r\n")?;
    let start = head.windows(7).rposition(|bytes| bytes == b"HTTP/1.")?;
    let text = std::str::from_utf8(&head[start..]).ok()?;
    let line = text.lines().next()?;
    let status = line.split(' ').nth(1)?;
    let problem = match status {
        "400" => {
            let allowed =
                "an HTTP/1.1 request whose path and query are percent-encoded, such as %22 for a quotation mark";
            Problem::invalid("", "a request that HTTP does not allow", allowed)
        }
        "414" => ProblemKind::TargetTooLong.into(),
        "431" => ProblemKind::HeadersTooLarge.into(),
        _ => return None,
    };
    if !text.lines().any(|header| header.eq_ignore_ascii_case("content-length: 0")) {
        return None;
    }
    let body = problem.body();
    let headers = format!("content-type: {PROBLEM_JSON}\r\ncontent-length: {}\r\nconnection: close", body.len());
    let response = format!("{line}\r\n{headers}\r\n\r\n{body}");
    Some((tail + start, response.into()))
}

impl<T: AsyncWrite + Unpin> AsyncWrite for WithProblems<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, written: &[u8]) -> Poll<io::Result<usize>> {
        let Self { connection, rest } = &mut *self;
        let mut connection = Pin::new(connection);
        if rest.is_empty() {
            match replace(written) {
                Some((0, response)) => *rest = response,
                // First the responses before it.
                Some((start, _)) => return connection.poll_write(cx, &written[..start]),
                None => return connection.poll_write(cx, written),
            }
        }
        while !rest.is_empty() {
            match ready!(connection.as_mut().poll_write(cx, rest))? {
                0 => return Poll::Ready(Ok(0)),
                n => rest.advance(n),
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

    const REJECTED: &str = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\ndate: today\r\n\r\n";

    #[test]
    fn only_an_empty_error_response_at_the_end_of_a_connection_is_replaced() {
        let (start, response) = replace(REJECTED.as_bytes()).unwrap();
        let response = String::from_utf8(response.to_vec()).unwrap();
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        assert_eq!(start, 0);
        assert!(head.starts_with("HTTP/1.1 400 Bad Request\r\ncontent-type: application/problem+json\r\n"), "{head}");
        assert!(head.contains(&format!("content-length: {}", body.len())), "{head}");
        let before = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
        assert_eq!(replace(format!("{before}{REJECTED}").as_bytes()).unwrap().0, before.len());
        for other in [
            before,
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 17\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n{}",
            "",
        ] {
            assert!(replace(other.as_bytes()).is_none(), "{other}");
        }
    }
}
