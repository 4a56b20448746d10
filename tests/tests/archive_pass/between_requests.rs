//! Archive passes between any two requests of a page to DynamoDB, in any of its rounds: no event is hidden, and none is
//! returned twice.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use audit_compact::Compactor;
use audit_core::OrgId;
use audit_local::stack::table_names;
use audit_query::Bounds;
use audit_tables::Tables;
use audit_tests::acme::events;
use audit_tests::api::Api;
use audit_tests::exact::ExactEvent;
use audit_tests::faults::{Fault, FaultLayer};
use audit_tests::walk::Search;
use audit_tests::{TestStack, org};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use futures::future::BoxFuture;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

/// A change of where an org's events are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    /// A whole pass over this many rows.
    Pass(u64),
    /// A pass that stops after its segments are published, before its first delete.
    Publish,
    /// The deletes of that pass.
    Delete,
    /// A repeat of events that may already be archived.
    Repeat,
}

/// A change, and how many requests are sent first, counted from the previous change.
type Planned = (usize, Change);
/// Makes a change.
type Act = Box<dyn Fn(Change) -> BoxFuture<'static, Result<(), BoxError>> + Send>;

/// The planned changes, and the function that makes them.
type Armed = (Act, VecDeque<Planned>);

/// Changes an org right before requests are sent.
#[derive(Clone, Default)]
struct Changes(Arc<Mutex<Option<Armed>>>);

impl std::fmt::Debug for Changes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Changes")
    }
}

impl Changes {
    fn arm(&self, stack: &TestStack, org_id: &OrgId, plan: &[Planned], repeated: &[String]) {
        let layer = FaultLayer::with_first(1, "BatchWriteItem", Fault::Stopped { applied: false });
        let (tables, archive) = layer.clients(stack);
        let publisher = Compactor::new(tables, archive, stack.clock.clone(), None);
        let (worker, api) = (stack.compactor(), Api::of(stack));
        let (org_id, repeated) = (org_id.clone(), repeated.to_vec());
        let act = move |change| {
            let (worker, publisher, layer) = (worker.clone(), publisher.clone(), layer.clone());
            let (api, org_id, repeated) = (api.clone(), org_id.clone(), repeated.clone());
            let acted = async move {
                match change {
                    Change::Pass(rows) => assert_eq!(worker.pass(&org_id, true, None).await?.rows, rows),
                    Change::Publish => assert!(layer.run(publisher.pass(&org_id, true, None)).await.is_none()),
                    Change::Delete => _ = worker.pass(&org_id, true, None).await?,
                    Change::Repeat => _ = api.record(org_id.as_str(), &repeated).await,
                }
                Ok(())
            };
            Box::pin(acted) as BoxFuture<'static, _>
        };
        *self.0.lock().unwrap() = Some((Box::new(act), plan.iter().copied().collect()));
    }

    /// Drops the plan; returns whether not even its first change has been made.
    fn disarm(&self, changes: usize) -> bool {
        self.0.lock().unwrap().take().is_some_and(|(_, left)| left.len() == changes)
    }
}

impl Intercept for Changes {
    fn name(&self) -> &'static str {
        "Changes"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let mut armed = self.0.lock().unwrap();
        let Some((act, plan)) = armed.as_mut() else { return Ok(()) };
        while let Some((requests, change)) = plan.pop_front() {
            if requests > 0 {
                plan.push_front((requests - 1, change));
                break;
            }
            // On another thread: a nested block_on would swallow the wake-ups of the page that waits around it.
            let (done, outcome) = mpsc::channel();
            let change = act(change);
            Handle::current().spawn(async move { done.send(change.await) });
            block_in_place(|| outcome.recv())??;
        }
        Ok(())
    }
}

/// A client of routes whose requests to DynamoDB may be interrupted.
fn interrupted(stack: &TestStack, hot_rows: usize) -> (Api, Changes) {
    let hook = Changes::default();
    let config = stack.dynamodb_config().interceptor(hook.clone()).build();
    let tables = Tables::new(Client::from_conf(config), table_names());
    (Api::of_tables(stack, tables, Bounds { hot_rows, ..Duration::from_secs(600).into() }), hook)
}

/// Interrupts a walk, and the look-up of an event, before each of their requests; returns how many there were.
///
/// `plan` returns the changes for a run. The first one comes before request 0, then 1, and so on.
async fn interrupt_each(order: &str, warm: bool, hot_rows: usize, plan: impl Fn(usize) -> Vec<Planned>) -> usize {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    let (reader, hook) = interrupted(&stack, hot_rows);
    for requests in 0.. {
        let org_id = org(&format!("org-{requests}"));
        api.provision(org_id.as_str()).await;
        api.record(org_id.as_str(), &events(3, 2, 0)).await;
        stack.compactor().pass(&org_id, true, None).await.unwrap();
        let hot = events(4, 3, 100);
        api.record(org_id.as_str(), &hot).await;
        let search = Search::new(org_id.as_str(), &format!("order={order}"));
        let before = search.walk_exactly(&api, 10).await.events;
        assert_eq!(before.len(), 18);
        if warm {
            assert!(search.walk_exactly(&reader, 10).await.events == before);
        }
        let plan = plan(requests);
        hook.arm(&stack, &org_id, &plan, &hot[2..7]);
        let when = format!("{order}, warm: {warm}, {hot_rows} rows a request, {plan:?}");
        let walked = search.walk_exactly(&reader, 10).await.events;
        let ids = |events: &[ExactEvent]| events.iter().map(|event| event.id).collect::<Vec<_>>();
        assert_eq!(ids(&walked), ids(&before), "{when}");
        assert!(walked == before, "{when}");
        let event = &before[11];
        let found = reader.get(&format!("/v1/orgs/{org_id}/events/{}", event.id)).await;
        assert_eq!(found.text, event.text, "{when}");
        if hook.disarm(plan.len()) {
            return requests;
        }
    }
    0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pass_between_any_two_reads_of_a_page_hides_nothing_from_a_fresh_reader() {
    for order in ["newest", "oldest"] {
        let requests = interrupt_each(order, false, 1_000, |at| vec![(at, Change::Pass(12))]).await;
        assert!(requests >= 10, "each of two pages reads four shards and the head");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pass_between_any_two_reads_of_a_page_hides_nothing_from_a_reader_that_kept_the_ledger() {
    for order in ["newest", "oldest"] {
        let requests = interrupt_each(order, true, 1_000, |at| vec![(at, Change::Pass(12))]).await;
        assert!(requests >= 10, "each of two pages reads four shards and the head");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pass_between_any_two_reads_of_any_round_hides_nothing() {
    for (order, warm) in [("newest", true), ("oldest", false)] {
        let requests = interrupt_each(order, warm, 1, |at| vec![(at, Change::Pass(12))]).await;
        assert!(requests >= 24, "each of many rounds reads a shard and the head: {requests}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn publishing_in_one_round_and_deleting_in_a_later_one_hides_and_doubles_nothing() {
    for (order, warm) in [("newest", false), ("oldest", true)] {
        let plan = |at: usize| vec![(at, Change::Publish), (1 + at % 5, Change::Delete)];
        let requests = interrupt_each(order, warm, 1, plan).await;
        assert!(requests >= 24, "each of many rounds reads a shard and the head: {requests}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeat_of_what_was_archived_in_an_earlier_round_is_returned_once() {
    for (order, warm) in [("newest", true), ("oldest", true)] {
        let plan = |at: usize| vec![(at, Change::Pass(12)), (1 + at % 4, Change::Repeat), (3, Change::Delete)];
        let requests = interrupt_each(order, warm, 1, plan).await;
        assert!(requests >= 24, "each of many rounds reads a shard and the head: {requests}");
    }
}
