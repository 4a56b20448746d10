//! Reads the events of a request: a large body on a thread of its own, so that other requests do not wait for it.

use audit_core::{
    Event, InputErrors, OrgId, UnixMicros,
    request::{self, Form},
};
use audit_http::Problem;
use axum::body::Bytes;
use tokio::task::spawn_blocking;

/// Bytes of the largest body that is read on the runtime's own threads; it takes about as long as one switch of threads
/// may cost.
const INLINE_BYTES: usize = 64 * 1024;

/// Reads and checks the events of a request, and gives them their ids.
///
/// *Errors*: the problem with every fault of the body.
pub(crate) async fn events(
    org_id: &OrgId,
    form: Form,
    body: Bytes,
    header_key: Option<String>,
    now: UnixMicros,
) -> Result<Vec<Event>, Problem> {
    let (org_id, is_small) = (org_id.clone(), body.len() <= INLINE_BYTES);
    let read = move || read(&org_id, form, &body, header_key.as_deref(), now);
    let events = match is_small {
        true => read(),
        false => spawn_blocking(read).await.map_err(|error| Problem::internal(&error))?,
    };
    events.map_err(|errors| Problem::invalid(&errors))
}

fn read(
    org_id: &OrgId,
    form: Form,
    body: &[u8],
    header_key: Option<&str>,
    now: UnixMicros,
) -> Result<Vec<Event>, InputErrors> {
    let events = request::read_form(form, body, header_key, now)?;
    Ok(events.into_iter().map(|event| event.into_event(org_id.clone(), now, rand::random())).collect())
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::sync::mpsc;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn body(bytes: usize) -> Bytes {
        let event = |name: &str| {
            format!(
                r#"{{"occurred_at":"2026-11-01T00:00:00Z","actor":{{"id":"a"}},"action":"a.b","result":"failed","details":{{"x":"{name}"}}}}"#
            )
        };
        event(&"y".repeat(bytes - event("").len())).into()
    }

    async fn read_events(bytes: usize) -> usize {
        let org_id = "acme".parse::<OrgId>().unwrap();
        events(&org_id, Form::of(None), body(bytes), None, UnixMicros::new(1_795_000_000_000_000)).await.unwrap().len()
    }

    #[test]
    fn a_body_above_64_kib_is_not_read_on_the_threads_of_the_runtime() {
        let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
        runtime.block_on(async {
            // The one thread that may block is taken.
            let (release, taken) = mpsc::channel::<()>();
            let busy = spawn_blocking(move || taken.recv());
            assert_eq!(read_events(INLINE_BYTES).await, 1);
            let mut large = pin!(read_events(INLINE_BYTES + 1));
            let polled = large.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert_eq!(polled, Poll::Pending, "the runtime's thread read a large body itself");
            release.send(()).unwrap();
            assert_eq!(large.await, 1);
            busy.await.unwrap().unwrap();
        });
    }
}
