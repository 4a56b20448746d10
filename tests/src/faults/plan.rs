//! Which request meets which fault, and what was seen so far.

use std::collections::HashMap;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;

use super::call::Call;
use super::fault::{Fault, Repeats};

/// Which requests meet the fault.
#[derive(Debug)]
enum Target {
    /// The one of this number.
    Number(usize, Repeats),
    /// This many further requests of this operation.
    Next(&'static str, usize),
    /// Every one of this operation whose body contains this text.
    Every(&'static str, String),
}

/// The fault of one request, and the requests so far.
#[derive(Debug, Default)]
pub(super) struct Plan {
    armed: Option<(Target, Fault)>,
    /// The number of each request, by the id that the SDK assigns to all attempts of it.
    numbers: HashMap<String, usize>,
    calls: Vec<Call>,
    weak_reads: Vec<String>,
    deletes: usize,
    met: Option<Call>,
}

impl Plan {
    /// A plan in which the request of this number, counted from 0, meets a fault.
    pub(super) fn with(at: usize, fault: Fault, repeats: Repeats) -> Self {
        Self { armed: Some((Target::Number(at, repeats), fault)), ..Self::default() }
    }

    /// A plan in which the first `count` requests of an operation meet a fault.
    pub(super) fn with_first(count: usize, operation: &'static str, fault: Fault) -> Self {
        Self { armed: Some((Target::Next(operation, count), fault)), ..Self::default() }
    }

    /// A plan in which every request of an operation whose body contains `text` meets a fault.
    pub(super) fn with_every(operation: &'static str, text: &str, fault: Fault) -> Self {
        Self { armed: Some((Target::Every(operation, text.to_owned()), fault)), ..Self::default() }
    }

    /// Counts an attempt; returns the fault that it meets.
    pub(super) fn meets(&mut self, request: &HttpRequest) -> Option<Fault> {
        let id = request.headers().get("amz-sdk-invocation-id").unwrap_or_default().to_owned();
        let next = self.calls.len();
        let number = *self.numbers.entry(id).or_insert(next);
        let is_first = number == next;
        self.deletes += deletes(request);
        if is_first {
            self.calls.push(Call::of(request));
            self.weak_reads.extend(weak_read(request));
        }
        let call = self.calls[number];
        let (target, fault) = self.armed.as_mut()?;
        let meets = match target {
            Target::Number(at, repeats) => *at == number && (is_first || *repeats == Repeats::Always),
            Target::Next(operation, left) => {
                let meets = *left > 0 && call.name() == *operation;
                *left -= usize::from(meets);
                meets
            }
            Target::Every(operation, text) => {
                let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default());
                call.name() == *operation && body.contains(text.as_str())
            }
        };
        self.met = if meets { Some(call) } else { self.met };
        meets.then_some(*fault)
    }

    /// Returns the request that met the fault; `None` if the run ended before.
    pub(super) fn met(&self) -> Option<Call> {
        self.met
    }

    /// All requests so far.
    pub(super) fn calls(&self) -> Vec<Call> {
        self.calls.clone()
    }

    /// How many deletes of rows were sent so far, repeats included.
    pub(super) fn deletes(&self) -> usize {
        self.deletes
    }

    /// The bodies of all reads so far that did not request strong consistency.
    pub(super) fn weak_reads(&self) -> Vec<String> {
        self.weak_reads.clone()
    }
}

/// How many rows a request deletes.
fn deletes(request: &HttpRequest) -> usize {
    if Call::of(request).name() != "BatchWriteItem" {
        return 0;
    }
    String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).matches(r#""DeleteRequest""#).count()
}

/// The body of a read of a table that is not strongly consistent.
fn weak_read(request: &HttpRequest) -> Option<String> {
    let reads = matches!(Call::of(request).name(), "BatchGetItem" | "GetItem" | "Query" | "Scan");
    let body = String::from_utf8_lossy(request.body().bytes()?).into_owned();
    (reads && request.headers().get("x-amz-target").is_some() && !body.contains(r#""ConsistentRead":true"#))
        .then_some(body)
}
