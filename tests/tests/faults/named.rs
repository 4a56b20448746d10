//! Cases with a name: what failed in systems like this one, or nearly did.

mod altered;
mod between;
mod consistency;
mod late;
mod lost;
mod patience;
mod paused;
mod stray;

use audit_compact::{CompactError, Compactor, PassReport};
use audit_tests::faults::FaultLayer;
use tokio::task::JoinHandle;

use crate::scene::Scene;

/// A worker over a layer.
fn worker(scene: &Scene<'_>, layer: &FaultLayer) -> Compactor {
    let (tables, archive) = layer.clients(scene.stack);
    Compactor::new(tables, archive, scene.stack.clock.clone(), None)
}

/// Starts a pass that runs concurrently with the test.
fn start(scene: &Scene<'_>, layer: &FaultLayer) -> JoinHandle<Result<PassReport, CompactError>> {
    let (worker, org_id) = (worker(scene, layer), scene.org_id.clone());
    tokio::spawn(async move { worker.pass(&org_id, true, None).await })
}

/// The number of the `nth` request of a kind, counted from 0, in a pass over a scene like that of the test.
async fn request(scene: &Scene<'_>, call: &str, nth: usize) -> usize {
    let layer = FaultLayer::default();
    worker(scene, &layer).pass(&scene.org_id, true, None).await.unwrap();
    let calls = layer.calls();
    calls.iter().enumerate().filter(|(_, met)| met.name() == call).nth(nth).unwrap().0
}
