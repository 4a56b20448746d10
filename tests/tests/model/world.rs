//! The stack and the model together: each step is applied to both.

use std::fmt;

use audit_core::{EventId, OrgId, UnixMicros, limits::FUTURE};
use audit_recovery::Checked;
use audit_tests::api::Api;
use audit_tests::faults::FaultLayer;
use audit_tests::outside;
use audit_tests::{START, TestStack, instant};
use axum::http::StatusCode;

use crate::book::Book;
use crate::draft::Draft;
use crate::program::{ORGS, Step, WALKS, WORKERS};
use crate::walker::Walker;
use crate::worker::{Worker, compactor};

/// The orgs' names.
const NAMES: [&str; ORGS] = ["a", "a-", "a-1"];

/// Maximum number of hot rows that one request of some readers returns.
const HOT_ROWS: usize = 7;

/// What a program did.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    steps: usize,
    acknowledged: usize,
    pages: usize,
    passes: usize,
    faults: usize,
    checks: usize,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { steps, acknowledged, pages, passes, faults, checks } = self;
        write!(
            f,
            "{steps} steps, {acknowledged} events, {pages} pages, {passes} passes, {faults} faults, {checks} checks"
        )
    }
}

/// Both sides.
pub(crate) struct World {
    stack: TestStack,
    api: Api,
    /// Reads in short rounds.
    short: Api,
    books: [Book; ORGS],
    workers: [Option<Worker>; WORKERS],
    walks: [Option<Walker>; WALKS],
    late: Vec<FaultLayer>,
    now_us: i64,
    figures: Figures,
}

impl World {
    pub(crate) async fn new() -> Self {
        let stack = TestStack::start().await;
        let (api, short) = (Api::of(&stack), Api::of_short_rounds(&stack, HOT_ROWS));
        for name in NAMES {
            api.provision(name).await;
        }
        let now_us = instant(START).micros();
        Self {
            stack,
            api,
            short,
            books: Default::default(),
            workers: Default::default(),
            walks: Default::default(),
            late: Vec::new(),
            now_us,
            figures: Figures::default(),
        }
    }

    fn org_id(org: usize) -> OrgId {
        audit_tests::org(NAMES[org])
    }

    pub(crate) async fn take(&mut self, step: &Step) {
        self.figures.steps += 1;
        match step {
            Step::Record { org, drafts } => self.record(*org, drafts).await,
            Step::Repeat { org, from, count } => {
                let recorded = (*from..from + count).filter_map(|nth| self.books[*org].nth(nth));
                let keyed: Vec<Draft> = recorded.map(|(_, draft)| draft).filter(|draft| draft.key.is_some()).collect();
                self.record(*org, &keyed).await;
            }
            Step::Reuse { org, from } => {
                let reused =
                    self.books[*org].nth(*from).map(|(_, draft)| Draft { content: draft.content + 1_000_000, ..draft });
                self.record(*org, &Vec::from_iter(reused)).await;
            }
            Step::Begin { worker, org, requests } => {
                self.finish(*worker).await;
                self.workers[*worker] = Some(Worker::begin(&self.stack, Self::org_id(*org), *requests).await);
            }
            Step::Advance { worker, requests } => {
                if let Some(at_work) = &self.workers[*worker] {
                    at_work.advance(*requests).await;
                    if at_work.is_finished() {
                        self.finish(*worker).await;
                    }
                }
            }
            Step::Kill { worker } => match self.workers[*worker].take() {
                Some(at_work) if at_work.is_finished() => drop(at_work.finish().await),
                Some(at_work) => at_work.kill().await,
                None => {}
            },
            Step::Faulty { org, at, fault, repeats } => {
                let layer = FaultLayer::with(*at, *fault, *repeats);
                let worker = compactor(&self.stack, &layer);
                let _outcome = layer.run(worker.pass(&Self::org_id(*org), true, None)).await;
                self.figures.faults += usize::from(layer.met().is_some());
                self.late.push(layer);
            }
            Step::Land => {
                for layer in self.late.drain(..) {
                    layer.land().await;
                }
            }
            Step::Passes { org, workers, force } => self.passes(*org, *workers, *force).await,
            Step::Open { walk, org, wish, newest, limit } => {
                self.walks[*walk] = Some(Walker::open(*org, *wish, *newest, *limit));
            }
            Step::Page { walk } => self.page(*walk).await,
            Step::LookUp { org, nth } => self.look_up(*org, *nth).await,
            Step::Restart => self.api = Api::of(&self.stack),
            Step::Downgrade { org } => self.downgrade(*org).await,
            Step::Tick(seconds) => self.tick(*seconds),
            Step::Check => self.check().await,
        }
    }

    fn tick(&mut self, seconds: i64) {
        self.now_us += seconds * 1_000_000;
        self.stack.clock.set(&UnixMicros::new(self.now_us).to_string());
    }

    async fn record(&mut self, org: usize, drafts: &[Draft]) {
        // A program that was made shorter may lack the step that sets the clock to the time of its events.
        let taken = |draft: &Draft| draft.at <= UnixMicros::new(self.now_us).plus(FUTURE);
        let drafts: Vec<Draft> = drafts.iter().copied().filter(taken).collect();
        let events: Vec<String> = drafts.iter().map(|draft| draft.json()).collect();
        let stored = self.api.record(NAMES[org], &events).await;
        for (draft, (id, _)) in drafts.into_iter().zip(stored) {
            self.books[org].acknowledge(draft, id.parse::<EventId>().unwrap());
            self.figures.acknowledged += 1;
        }
    }

    async fn finish(&mut self, worker: usize) {
        if let Some(at_work) = self.workers[worker].take() {
            at_work.finish().await;
            self.figures.passes += 1;
        }
    }

    async fn passes(&mut self, org: usize, workers: usize, force: bool) {
        let org_id = Self::org_id(org);
        let passes = (0..workers).map(|_| {
            let (worker, org_id) = (self.stack.compactor(), org_id.clone());
            tokio::spawn(async move { worker.pass(&org_id, force, None).await })
        });
        for pass in passes.collect::<Vec<_>>() {
            pass.await.unwrap().unwrap();
            self.figures.passes += 1;
        }
    }

    async fn page(&mut self, walk: usize) {
        let Some(mut walker) = self.walks[walk].take() else { return };
        self.figures.pages += 1;
        // Half of the walks need many rounds for a page, of a reader that is never restarted.
        let api = if walk.is_multiple_of(2) { &self.api } else { &self.short };
        if walker.page(api, NAMES[walker.org], &mut self.books[walker.org]).await {
            self.walks[walk] = Some(walker);
        }
    }

    async fn look_up(&mut self, org: usize, nth: usize) {
        let Some((id, _)) = self.books[org].nth(nth) else { return };
        let found = self.api.get(&format!("/v1/orgs/{}/events/{id}", NAMES[org])).await;
        assert_eq!(found.status, StatusCode::OK, "{}", found.text);
        assert_eq!(self.books[org].recognise(&found.json()), id);
        let elsewhere = self.api.get(&format!("/v1/orgs/{}/events/{id}", NAMES[(org + 1) % ORGS])).await;
        assert_eq!(elsewhere.status, StatusCode::NOT_FOUND, "I-7");
    }

    async fn downgrade(&mut self, org: usize) {
        let path = format!("/v1/orgs/{}", NAMES[org]);
        self.api.put(&path, r#"{"name":"A","plan":"team"}"#).await;
        self.tick(61);
        assert_eq!(self.api.get(&format!("{path}/events")).await.problem(), "plan-required");
        assert_eq!(self.api.post(&format!("{path}/events"), "{}").await.problem(), "plan-required");
        self.api.provision(NAMES[org]).await;
    }

    /// At any moment: no invariant is violated, and everything acknowledged is hot or archived.
    async fn check(&mut self) {
        self.figures.checks += 1;
        for org in 0..ORGS {
            let outside = self.look(org).await;
            let mut held: Vec<EventId> = outside.hot.into_iter().chain(outside.archived).collect();
            held.sort();
            held.dedup();
            assert_eq!(held, self.books[org].ids());
        }
    }

    async fn look(&self, org: usize) -> Checked {
        outside::look(&self.stack, &Self::org_id(org)).await
    }

    /// All workers end; then everything is archived, once, and every walk returns what the model contains.
    pub(crate) async fn settle(mut self) -> Figures {
        for worker in 0..WORKERS {
            self.finish(worker).await;
        }
        self.take(&Step::Land).await;
        for walk in 0..WALKS {
            while self.walks[walk].is_some() {
                self.page(walk).await;
            }
        }
        for (org, name) in NAMES.into_iter().enumerate() {
            self.passes(org, 1, true).await;
            let mut outside = self.look(org).await;
            outside.archived.sort();
            assert_eq!((outside.hot, outside.archived), (Vec::new(), self.books[org].ids()));
            for newest in [true, false] {
                let mut walker = Walker::open(org, crate::draft::Wish::Everything, newest, 1_000);
                while walker.page(&self.api, name, &mut self.books[org]).await {}
            }
        }
        self.figures
    }
}
