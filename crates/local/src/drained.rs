//! A request body that is read to its end even if the handler responds before it has read all of it.
//!
//! A connection that is closed while its client still sends is reset. The reset can overtake the response, and many
//! clients then report a broken pipe instead. The rest of the body is therefore read and dropped while the response is
//! sent.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, header};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::runtime::Handle;

/// The most bytes read after a response; then the connection is closed.
const DRAINED_BYTES: usize = 64 * 1024 * 1024;

/// The longest time they may take.
const DRAINED_FOR: Duration = Duration::from_secs(10);

/// A body that is drained once its handler drops it.
pub(crate) struct Drained {
    body: Option<Incoming>,
    /// Whether the client sends the body. A client that expects `100 Continue`, which the first read sends, does not
    /// send it after a final response.
    is_sent: bool,
}

impl Drained {
    /// Wraps the body of a request that has these headers.
    pub(crate) fn new(headers: &HeaderMap, body: Incoming) -> Self {
        Self { body: Some(body), is_sent: !headers.contains_key(header::EXPECT) }
    }
}

impl Body for Drained {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.is_sent = true;
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
        let rest = self.body.take().filter(|body| self.is_sent && !body.is_end_stream());
        if let (Some(rest), Ok(runtime)) = (rest, Handle::try_current()) {
            runtime.spawn(tokio::time::timeout(DRAINED_FOR, drain(rest)));
        }
    }
}

/// Reads a body to its end or to the limit.
async fn drain(body: Incoming) {
    let mut body = Limited::new(body, DRAINED_BYTES);
    while let Some(Ok(_)) = body.frame().await {}
}
