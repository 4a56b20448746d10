//! A worker that is paused in the middle of a pass.

use audit_compact::{CompactError, Compactor, PassReport};
use audit_core::OrgId;
use audit_tests::TestStack;
use audit_tests::faults::FaultLayer;
use tokio::task::JoinHandle;

/// A running pass.
pub(crate) struct Worker {
    layer: FaultLayer,
    pass: JoinHandle<Result<PassReport, CompactError>>,
}

/// A worker over a layer.
pub(crate) fn compactor(stack: &TestStack, layer: &FaultLayer) -> Compactor {
    let (tables, archive) = layer.clients(stack);
    Compactor::new(tables, archive, stack.clock.clone(), None)
}

impl Worker {
    /// Begins a pass and pauses it before its request of that number.
    pub(crate) async fn begin(stack: &TestStack, org_id: OrgId, requests: usize) -> Self {
        let layer = FaultLayer::default();
        layer.allow(requests);
        let compactor = compactor(stack, &layer);
        let pass = tokio::spawn(async move { compactor.pass(&org_id, true, None).await });
        let worker = Self { layer, pass };
        worker.layer.until_held(|| worker.pass.is_finished()).await;
        worker
    }

    /// Lets it make this many further requests.
    pub(crate) async fn advance(&self, requests: usize) {
        self.layer.allow(requests);
        self.layer.until_held(|| self.pass.is_finished()).await;
    }

    /// Whether it has ended.
    pub(crate) fn is_finished(&self) -> bool {
        self.pass.is_finished()
    }

    /// Lets it continue to its end, which is a success: no store failed.
    pub(crate) async fn finish(self) -> PassReport {
        self.layer.allow_all();
        self.pass.await.unwrap().unwrap()
    }

    /// Ends it where it is.
    pub(crate) async fn kill(self) {
        self.pass.abort();
        assert!(self.pass.await.is_err());
    }
}
