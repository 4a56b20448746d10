//! A whole archive pass between any two requests that a page makes of DynamoDB: the order of its reads hides no event.

use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use audit_archive::Archive;
use audit_compact::Compactor;
use audit_core::org::OrgId;
use audit_http::caller::CallerSource;
use audit_http::service;
use audit_local::stack::table_names;
use audit_tables::Tables;
use audit_tests::api::Api;
use audit_tests::walk::Search;
use audit_tests::{ManualClock, TestStack, org};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::held::events;

/// Archives an org right before a request is sent.
#[derive(Debug, Clone)]
struct PassBefore {
    tables: Tables,
    archive: Archive,
    clock: Arc<ManualClock>,
    /// Whom to archive, and how many requests are sent before.
    armed: Arc<Mutex<Option<(OrgId, usize)>>>,
}

impl PassBefore {
    fn arm(&self, org_id: &OrgId, requests: usize) {
        *self.armed.lock().unwrap() = Some((org_id.clone(), requests));
    }

    /// Whether the pass has not come yet; it will not come any more.
    fn disarm(&self) -> bool {
        self.armed.lock().unwrap().take().is_some()
    }
}

impl Intercept for PassBefore {
    fn name(&self) -> &'static str {
        "PassBefore"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let mut armed = self.armed.lock().unwrap();
        match armed.take() {
            Some((org_id, 0)) => {
                let worker = Compactor::new(self.tables.clone(), self.archive.clone(), self.clock.clone(), None);
                // On another thread: a nested block_on would swallow the wake-ups of the page that waits around it.
                let (done, outcome) = mpsc::channel();
                Handle::current().spawn(async move { done.send(worker.pass(&org_id, true, None).await) });
                let report = block_in_place(|| outcome.recv())??;
                assert_eq!(report.rows, 24);
            }
            Some((org_id, requests)) => *armed = Some((org_id, requests - 1)),
            None => {}
        }
        Ok(())
    }
}

/// A client of routes whose requests to DynamoDB may be interrupted.
fn interrupted(stack: &TestStack) -> (Api, PassBefore) {
    let (tables, archive) = (stack.stack.tables().clone(), stack.stack.archive().clone());
    let clock = Arc::clone(&stack.clock);
    let hook = PassBefore { tables, archive: archive.clone(), clock: Arc::clone(&clock), armed: Arc::default() };
    let config = stack.stack.dynamodb_config().interceptor(hook.clone()).build();
    let tables = Tables::new(Client::from_conf(config), table_names());
    let routes = audit_query::routes(tables, archive, clock, Duration::from_secs(600));
    (Api::new(service::framed(routes, CallerSource::Local)), hook)
}

/// Interrupts a walk, and the look-up of an event, before each of their requests; gives how many there were.
async fn interrupt_each(order: &str, warm: bool) -> usize {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    let (reader, hook) = interrupted(&stack);
    for requests in 0.. {
        let org_id = org(&format!("org-{requests}"));
        api.provision(org_id.as_str()).await;
        api.record(org_id.as_str(), &events(4, 3, 0)).await;
        stack.stack.compactor().pass(&org_id, true, None).await.unwrap();
        api.record(org_id.as_str(), &events(6, 4, 100)).await;
        let search = Search::new(org_id.as_str(), &format!("order={order}"));
        let before = search.walk_exactly(&api, 20).await.events;
        assert_eq!(before.len(), 36);
        if warm {
            assert!(search.walk_exactly(&reader, 20).await.events == before);
        }
        hook.arm(&org_id, requests);
        assert!(search.walk_exactly(&reader, 20).await.events == before, "a pass before request {requests}");
        let event = &before[17];
        let found = reader.get(&format!("/v1/orgs/{org_id}/events/{}", event.id)).await;
        assert_eq!(found.text, event.text, "a pass before request {requests}");
        if hook.disarm() {
            return requests;
        }
    }
    0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pass_between_any_two_reads_of_a_page_hides_nothing_from_a_fresh_reader() {
    for order in ["newest", "oldest"] {
        assert!(interrupt_each(order, false).await >= 10, "each of two pages reads four shards and the head");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pass_between_any_two_reads_of_a_page_hides_nothing_from_a_reader_that_kept_the_ledger() {
    for order in ["newest", "oldest"] {
        assert!(interrupt_each(order, true).await >= 10, "each of two pages reads four shards and the head");
    }
}
