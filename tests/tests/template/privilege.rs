//! Least privilege: the template grants each function the rights that it uses, and no other.

use std::time::Duration;

use audit_compact::{Compactor, Task};
use audit_core::{Seq, Span};
use audit_http::{CallerSource, service};
use audit_tests::api::Api;
use audit_tests::merges::{A_DAY, SOURCES_STAY};
use audit_tests::viewer::Viewer;
use audit_tests::walk::Search;
use audit_tests::{TestStack, org};
use axum::http::StatusCode;
use tokio::time::Instant;

use crate::recorder::Recorder;
use crate::rights::rights;
use crate::template;

fn event(key: usize) -> String {
    format!(
        r#"{{"occurred_at":"2026-11-{:02}T10:00:00Z","actor":{{"id":"usr_1"}},"action":"member.invited","result":"failed","idempotency_key":"{key}","details":{{"noise":"{}"}}}}"#,
        1 + key % 20,
        "x".repeat(2_000)
    )
}

/// What each function does, each through its own clients.
struct Functions {
    stack: TestStack,
    ingest: (Recorder, Api),
    query: (Recorder, Api),
    view: (Recorder, Api),
    compact: (Recorder, Compactor),
}

impl Functions {
    async fn start() -> Self {
        let stack = TestStack::start().await;
        let [ingest, query, view, compact] = std::array::from_fn(|_| Recorder::default());
        let routes = audit_ingest::routes(ingest.clients(&stack).0, stack.clock.clone());
        let ingest_api = Api::new(service::framed(routes, CallerSource::Local));
        let (tables, archive) = query.clients(&stack);
        let routes = audit_query::routes(tables, archive, stack.clock.clone(), Duration::from_secs(5));
        let query_api = Api::new(service::framed(routes, CallerSource::Local));
        let view_api = Api::of_viewers(&stack, view.clients(&stack));
        let (tables, archive) = compact.clients(&stack);
        let compactor = Compactor::new(tables, archive, stack.clock.clone(), None).signing(compact.signer(&stack));
        Self {
            stack,
            ingest: (ingest, ingest_api),
            query: (query, query_api),
            view: (view, view_api),
            compact: (compact, compactor),
        }
    }

    async fn archive(&self) {
        let task = Task::Archive { org_ids: vec!["acme".to_owned()], force: true };
        self.compact.1.run(task, Instant::now() + Duration::from_secs(60)).await.unwrap();
    }

    /// Everything that the functions do, the unusual included.
    async fn run(&self) {
        let (ingest, query) = (&self.ingest.1, &self.query.1);
        ingest.provision("acme").await;
        ingest.put("/v1/orgs/ACME", r#"{"name":"Other","plan":"enterprise"}"#).await;
        let events: Vec<_> = (0..400).map(event).collect();
        let stored = ingest.record("acme", &events).await;
        query.get("/v1/orgs/acme").await;
        assert_eq!(Search::new("acme", "").walk(query, 1000).await.len(), 400);
        self.compact.1.run(Task::List { start: None }, Instant::now() + Duration::from_secs(60)).await.unwrap();
        self.archive().await;
        ingest.record("acme", &events[..50]).await;
        self.archive().await;
        assert_eq!(Search::new("acme", "actor=usr_1&result=failed").walk(query, 1000).await.len(), 400);
        assert_eq!(query.get(&format!("/v1/orgs/acme/events/{}", stored[0].0)).await.status, StatusCode::OK);
        // A later batch, so that the reader requests what came since.
        ingest.record("acme", &[event(1_000)]).await;
        self.archive().await;
        assert_eq!(Search::new("acme", "").walk(query, 1000).await.len(), 401);
        for path in [
            &format!("/v1/orgs/acme/events/{}/proof", stored[0].0),
            "/v1/orgs/acme/log/checkpoint",
            "/v1/orgs/acme/log/checkpoints",
            "/v1/orgs/acme/log/tile/0/000",
            "/v1/log/key",
        ] {
            assert_eq!(query.get(path).await.status, StatusCode::OK, "{path}");
        }
        self.view(&stored[0].0).await;
        self.merge().await;
        self.lose_objects().await;
    }

    /// Two segments of an earlier month are merged, and then deleted.
    async fn merge(&self) {
        for day in ["2026-10-05", "2026-10-06"] {
            let event = event(0).replace("2026-11-01", day).replace("\"0\"", &format!("\"{day}\""));
            assert_eq!(self.ingest.1.record("acme", &[event]).await.len(), 1);
            self.archive().await;
        }
        self.stack.clock.advance(A_DAY);
        self.archive().await;
        self.stack.clock.advance(SOURCES_STAY);
        self.archive().await;
        let head = self.stack.tables().ledger.head(&org("acme")).await.unwrap();
        assert_eq!((head.merged, head.merge), (1, None));
    }

    /// A viewer reads hot and archived events, twice through another instance, until the session is revoked.
    async fn view(&self, id: &str) {
        let ingest = &self.ingest.1;
        let viewer = Viewer::of(ingest, "acme", r#"{"viewer":{"id":"usr_1"}}"#).await;
        let another = Api::of_viewers(&self.stack, self.view.0.clients(&self.stack));
        for instance in [&self.view.1, &another] {
            for path in [
                "/view/v1/events?limit=1000&actor=usr_1",
                &format!("/view/v1/events/{id}"),
                &format!("/view/v1/events/{id}/proof"),
                "/view/v1/session",
            ] {
                assert_eq!(viewer.get(instance, path).await.status, StatusCode::OK, "{path}");
            }
        }
        let sessions = "/v1/orgs/acme/viewer-sessions";
        assert_eq!(ingest.get(sessions).await.status, StatusCode::OK);
        assert_eq!(ingest.delete(&format!("{sessions}/{}", viewer.session_id)).await.status, StatusCode::NO_CONTENT);
        assert_eq!(ingest.delete(&format!("{sessions}?viewer=usr_1")).await.status, StatusCode::OK);
    }

    /// A published and a staged object were deleted: the functions learn that they are missing, not that access is
    /// denied.
    async fn lose_objects(&self) {
        let (ingest, query) = (&self.ingest.1, &self.query.1);
        let tables = self.stack.tables();
        let batch = tables.ledger.batch(&org("acme"), Seq(401 - 1)).await.unwrap().unwrap();
        let segment = tables.ledger.segment(&org("acme"), batch.segments[0]).await.unwrap().unwrap();
        let folder = self.stack.folder().join("s3");
        std::fs::remove_file(folder.join("audit-archive").join(&segment.key)).unwrap();
        let fresh = self.query.0.clients(&self.stack);
        let routes = audit_query::routes(fresh.0, fresh.1, self.stack.clock.clone(), Duration::from_secs(5));
        let fresh = Api::new(service::framed(routes, CallerSource::Local));
        assert_eq!(fresh.get("/v1/orgs/acme/events?limit=1000").await.problem(), "segment-unreadable");
        let viewer = Viewer::of(ingest, "acme", r#"{"viewer":{"id":"usr_1"}}"#).await;
        let fresh = Api::of_viewers(&self.stack, self.view.0.clients(&self.stack));
        assert_eq!(viewer.get(&fresh, "/view/v1/events?limit=1000").await.problem(), "segment-unreadable");
        // A batch was committed, and its staged object expired: the batch becomes void.
        assert_eq!(ingest.record("acme", &[event(2_001)]).await.len(), 1);
        let head = tables.ledger.head(&org("acme")).await.unwrap();
        let worker = self.stack.compactor();
        let batch = worker.stage_batch(&org("acme"), &head, Span::ALL, None).await.unwrap();
        worker.commit(&org("acme"), &head, &batch).await.unwrap();
        let staged = batch.segments[0].staged.as_ref().unwrap();
        std::fs::remove_file(folder.join("audit-staging").join(&staged.key)).unwrap();
        self.archive().await;
        let next = head.next_seq.plus(batch.segments.iter().map(|segment| segment.rows).sum());
        assert_eq!(tables.ledger.head(&org("acme")).await.unwrap().next_seq, next, "its rows joined the next one");
        assert_eq!(query.get("/healthz").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn each_function_has_the_rights_that_it_uses_and_no_other() {
    let functions = Functions::start().await;
    functions.run().await;
    let template = template();
    for (role, recorder) in [
        ("IngestRole", &functions.ingest.0),
        ("QueryRole", &functions.query.0),
        ("ViewRole", &functions.view.0),
        ("CompactRole", &functions.compact.0),
    ] {
        let (used, allowed) = (recorder.rights(), rights(&template, role));
        let missing: Vec<_> = used.difference(&allowed).collect();
        let unused: Vec<_> = allowed.difference(&used).collect();
        assert!(missing.is_empty(), "{role} uses what the template does not allow: {missing:?}");
        assert!(unused.is_empty(), "{role} is allowed what it never uses: {unused:?}");
    }
}
