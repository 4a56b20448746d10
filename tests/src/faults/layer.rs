//! The layer itself: an HTTP client of the SDK that forwards, delays, drops or refuses.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use audit_compact::Signer;
use audit_local::clients;
use audit_local::stack::{Stack, buckets, log_settings, table_names};
use audit_segments::SegmentStore;
use audit_tables::Tables;
use aws_sdk_dynamodb::config::{StalledStreamProtectionConfig, retry::RetryConfig};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use tokio::sync::Notify;

use super::answers::{broken, refuse};
use super::call::Call;
use super::empty_page::EmptyPages;
use super::fault::{Fault, Repeats};
use super::pace::Pace;
use super::plan::Plan;

/// How long the SDK waits before its first retry here; on AWS a second, which would only make the tests slow.
const BACKOFF: Duration = Duration::from_millis(1);

/// One worker's connection to its stores.
#[derive(Debug, Clone)]
pub struct FaultLayer(Arc<State>);

#[derive(Debug)]
struct State {
    inner: SharedHttpClient,
    plan: Mutex<Plan>,
    pace: Pace,
    is_stopped: AtomicBool,
    stopped: Notify,
    late: Mutex<Vec<(SharedHttpConnector, HttpRequest)>>,
    empty_pages: EmptyPages,
}

impl Default for FaultLayer {
    fn default() -> Self {
        let inner = aws_smithy_http_client::Builder::new().build_http();
        Self(Arc::new(State {
            inner,
            plan: Mutex::default(),
            pace: Pace::open(),
            is_stopped: AtomicBool::new(false),
            stopped: Notify::new(),
            late: Mutex::default(),
            empty_pages: EmptyPages::default(),
        }))
    }
}

impl FaultLayer {
    /// A layer in which the request of this number, counted from 0, meets a fault.
    pub fn with(at: usize, fault: Fault, repeats: Repeats) -> Self {
        let layer = Self::default();
        layer.arm(at, fault, repeats);
        layer
    }

    /// A layer in which the first `count` requests of an operation meet a fault.
    pub fn with_first(count: usize, operation: &'static str, fault: Fault) -> Self {
        let layer = Self::default();
        *layer.plan() = Plan::with_first(count, operation, fault);
        layer
    }

    /// A layer in which every request of an operation whose body contains `text` meets a fault.
    pub fn with_every(operation: &'static str, text: &str, fault: Fault) -> Self {
        let layer = Self::default();
        *layer.plan() = Plan::with_every(operation, text, fault);
        layer
    }

    /// Counts from 0 again, and lets the request of this number meet a fault.
    pub fn arm(&self, at: usize, fault: Fault, repeats: Repeats) {
        *self.plan() = Plan::with(at, fault, repeats);
    }

    /// Lets every further request of an operation meet a fault.
    pub fn arm_every(&self, operation: &'static str, fault: Fault) {
        *self.plan() = Plan::with_every(operation, "", fault);
    }

    /// Tables and archive whose every request goes through the layer. SDK retries stay on, as in production.
    ///
    /// The SDK would give up a request that a test pauses for some seconds, so its protection against stalls is off.
    pub fn clients(&self, stack: &Stack) -> (Tables, SegmentStore) {
        let retries = RetryConfig::standard().with_initial_backoff(BACKOFF);
        let client = SharedHttpClient::new(self.clone());
        let stalls = StalledStreamProtectionConfig::disabled();
        let dynamodb = stack.dynamodb_config().retry_config(retries.clone()).http_client(client.clone());
        let dynamodb = dynamodb.stalled_stream_protection(stalls.clone()).build();
        let s3 = clients::s3_config(&stack.s3_endpoint()).retry_config(retries).http_client(client);
        let s3 = s3.stalled_stream_protection(stalls).build();
        let tables = Tables::new(aws_sdk_dynamodb::Client::from_conf(dynamodb), table_names());
        (tables, SegmentStore::new(aws_sdk_s3::Client::from_conf(s3), buckets(), audit_query::CACHE_BYTES))
    }

    /// A signer whose every request goes through the layer.
    pub fn signer(&self, stack: &Stack) -> Signer {
        let client = SharedHttpClient::new(self.clone());
        Signer::new(clients::kms_config(&stack.kms_endpoint()).http_client(client), log_settings())
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.0.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the request that met the fault; `None` if the run ended before.
    pub fn met(&self) -> Option<Call> {
        self.plan().met()
    }

    /// All requests so far, in the order of their first attempts.
    pub fn calls(&self) -> Vec<Call> {
        self.plan().calls()
    }

    /// How many deletes of rows were sent so far, repeats included: each costs a write unit, whether the row exists or
    /// not.
    pub fn deletes(&self) -> usize {
        self.plan().deletes()
    }

    /// The bodies of all reads of tables so far that did not request strong consistency.
    pub fn weak_reads(&self) -> Vec<String> {
        self.plan().weak_reads()
    }

    /// Lets this many further requests pass; the one after them is paused.
    pub fn allow(&self, requests: usize) {
        self.0.pace.allow(requests);
    }

    /// Lets every further request pass.
    pub fn allow_all(&self) {
        self.0.pace.allow(usize::MAX);
    }

    /// Returns how many requests are paused.
    pub fn held(&self) -> usize {
        self.0.pace.held()
    }

    /// Waits until the worker is paused, or `ended`.
    pub async fn until_held(&self, ended: impl Fn() -> bool) {
        self.0.pace.until_held(ended).await;
    }

    /// Runs a process until its end; returns `None` if it is stopped on the way. Nothing of it continues.
    pub async fn run<T>(&self, process: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.0.stopped.notified() => None,
            outcome = process => Some(outcome),
        }
    }

    /// Whether the process was stopped.
    pub fn is_stopped(&self) -> bool {
        self.0.is_stopped.load(Ordering::SeqCst)
    }

    /// Sends the requests that were delayed.
    pub async fn land(&self) {
        let late = std::mem::take(&mut *self.0.late.lock().unwrap_or_else(PoisonError::into_inner));
        for (connector, request) in late {
            // Its author no longer waits for the response.
            drop(connector.call(request).await);
        }
    }

    async fn answer(&self, to: &SharedHttpConnector, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let _on_its_way = self.0.pace.pass().await;
        if self.is_stopped() {
            return std::future::pending().await;
        }
        let request = self.0.empty_pages.resumed(request);
        let fault = self.plan().meets(&request);
        match fault {
            Some(Fault::EmptyPage) => match self.0.empty_pages.answer(&request) {
                Some(empty) => Ok(empty),
                None => to.call(request).await,
            },
            None => to.call(request).await,
            Some(Fault::Refused(refusal)) => refuse(&request, refusal),
            Some(Fault::Lost) => {
                drop(to.call(request).await);
                Err(broken())
            }
            Some(Fault::Slow(pause)) => {
                let answer = to.call(request).await;
                tokio::time::sleep(pause).await;
                answer
            }
            Some(Fault::Silent) => std::future::pending().await,
            Some(Fault::Late) => {
                let mut late = self.0.late.lock().unwrap_or_else(PoisonError::into_inner);
                late.push((to.clone(), request));
                Err(ConnectorError::timeout("no response in time".into()))
            }
            Some(Fault::Stopped { applied }) => {
                if applied {
                    drop(to.call(request).await);
                }
                self.0.is_stopped.store(true, Ordering::SeqCst);
                self.0.stopped.notify_one();
                std::future::pending().await
            }
        }
    }
}

impl HttpClient for FaultLayer {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.0.inner.http_connector(settings, components);
        SharedHttpConnector::new(Connector { layer: self.clone(), inner })
    }
}

#[derive(Debug)]
struct Connector {
    layer: FaultLayer,
    inner: SharedHttpConnector,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (layer, inner) = (self.layer.clone(), self.inner.clone());
        HttpConnectorFuture::new(async move { layer.answer(&inner, request).await })
    }
}
