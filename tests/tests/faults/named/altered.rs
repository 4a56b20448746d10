//! Another object is stored under a segment's final key.

use audit_tests::TestStack;
use audit_tests::api::Api;
use audit_tests::faults::{Fault, FaultLayer, Repeats};

use super::{request, worker};
use crate::scene::Scene;

/// I-5, I-3. Regardless of its writer, it is not overwritten, and no row is deleted for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_object_under_a_final_key_is_left_alone_and_stops_the_org_with_its_rows_hot() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    let first_copy = request(&Scene::set(&stack, &api, "twin").await, "CopyObject", 0).await;
    let scene = Scene::set(&stack, &api, "acme").await;
    let layer = FaultLayer::with(first_copy, Fault::Stopped { applied: false }, Repeats::Once);
    assert!(layer.run(worker(&scene, &layer).pass(&scene.org_id, true, None)).await.is_none());
    let tables = stack.tables();
    let open = tables.ledger.head(&scene.org_id).await.unwrap().open.unwrap();
    let batch = tables.ledger.batch(&scene.org_id, open.first_seq).await.unwrap().unwrap();
    let segment = tables.ledger.segment(&scene.org_id, batch.segments[0]).await.unwrap().unwrap();
    let file = stack.folder().join("s3/audit-archive").join(&segment.key);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    // As long as the segment: only the checksum differs.
    let other = vec![b'x'; segment.bytes as usize];
    std::fs::write(&file, &other).unwrap();

    for _ in 0..2 {
        let error = stack.compactor().pass(&scene.org_id, true, None).await.unwrap_err();
        assert!(error.to_string().contains("I-5"), "{error}");
        assert_eq!(std::fs::read(&file).unwrap(), other, "it is not overwritten");
        assert!(scene.walk("oldest", 1_000).await == scene.stored, "nothing is lost, and no reader reads the object");
        assert_eq!(tables.events.waiting(&scene.org_id, 1_000).await.unwrap(), 9, "no row is deleted");
    }
    // Once an operator has removed it, the pass continues where it was.
    std::fs::remove_file(&file).unwrap();
    scene.check_settled("after it").await;
}
