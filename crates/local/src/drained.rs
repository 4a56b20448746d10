//! The body of a request, which is read to its end after an answer that did not wait for it.
//!
//! A connection that is closed while its client still sends is reset, and the reset overtakes the answer: many clients
//! report a broken pipe in its place. So what a handler leaves of a body is read and dropped while the answer is sent.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, header};
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::runtime::Handle;

/// The bytes that are read after an answer; a client that sends more meets a closed connection.
pub(crate) const DRAINED_BYTES: usize = 64 * 1024 * 1024;

/// How long they may take.
pub(crate) const DRAINED_FOR: Duration = Duration::from_secs(10);

/// A body that is drained once its handler drops it.
pub(crate) struct Drained {
    body: Option<Incoming>,
    /// Whether the client sends without being asked to. Otherwise it waits for a `100 Continue`, which the first reading
    /// sends, and an answer in its place spares it the body.
    comes_unasked: bool,
}

impl Drained {
    /// Wraps the body of a request with these headers.
    pub(crate) fn new(headers: &HeaderMap, body: Incoming) -> Self {
        Self { body: Some(body), comes_unasked: !headers.contains_key(header::EXPECT) }
    }
}

impl Body for Drained {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.comes_unasked = true;
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let frame = ready!(Pin::new(body).poll_frame(cx));
        if !matches!(frame, Some(Ok(_))) {
            self.body = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Incoming::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), Incoming::size_hint)
    }
}

impl Drop for Drained {
    fn drop(&mut self) {
        let rest = self.body.take().filter(|body| self.comes_unasked && !body.is_end_stream());
        if let (Some(rest), Ok(runtime)) = (rest, Handle::try_current()) {
            runtime.spawn(tokio::time::timeout(DRAINED_FOR, drain(rest)));
        }
    }
}

/// Reads a body to its end, or up to the bound.
async fn drain(mut body: Incoming) {
    let mut left = DRAINED_BYTES;
    while let Some(Ok(frame)) = body.frame().await {
        let bytes = frame.data_ref().map_or(0, Bytes::len);
        let Some(fewer) = left.checked_sub(bytes) else { return };
        left = fewer;
    }
}
