//! The leaves of a batch: those of its rows, in the published files, with a seed of each file's own.

use std::collections::HashSet;

use audit_core::{CompactRange, Frontier, LeafFields, Seq, Span};
use audit_segments::FullSegment;
use audit_tests::acme::{ORG, acme, events_of_days, hot_rows, start};

#[tokio::test]
async fn the_leaves_of_a_batch_are_those_of_its_published_files_and_extend_the_tree() {
    let (stack, api) = start().await;
    let (ledger, worker) = (&stack.tables().ledger, stack.compactor());
    let (mut tree, mut expected, mut seeds) = (Frontier::default(), Frontier::default(), HashSet::new());
    for round in 0..3 {
        api.record(ORG, &events_of_days(70, 1 + round, 1_000 * round)).await;
        let rows = hot_rows(stack.tables()).await;
        let head = ledger.head(&acme()).await.unwrap();
        let staged = worker.stage_batch(&acme(), &head, Span::ALL, None).await.unwrap();
        worker.commit(&acme(), &head, &staged).await.unwrap();
        let head = ledger.head(&acme()).await.unwrap();
        let batch = worker.claim(&acme(), &head).await.unwrap();
        worker.publish(&acme(), &head, &batch).await.unwrap();
        let head = ledger.head(&acme()).await.unwrap();
        worker.claim(&acme(), &head).await.unwrap();
        worker.clean_up(&acme(), &head, &staged.segments).await.unwrap();

        assert_eq!(staged.segments.len(), 3, "one for each month");
        let mut read_back = CompactRange::new(staged.leaves.first());
        let mut rows = rows.iter();
        for segment in &staged.segments {
            let object = stack.archive().published_object(&segment.key).await.unwrap();
            let file = FullSegment::read_blocking(&object, None).await.unwrap();
            file.leaves.iter().for_each(|leaves| read_back.extend(leaves).unwrap());
            let seed = file.footer.ranges[0].seed.unwrap();
            assert!(seeds.insert(seed.0), "each file has a seed of its own");
            for (at, row) in rows.by_ref().take(segment.rows as usize).enumerate() {
                let seq = Seq(segment.first_seq.0 + at as u64);
                expected.push(LeafFields::of(row).leaf(&seed.salt(seq)).unwrap());
            }
        }
        assert_eq!(read_back, staged.leaves);
        tree.extend(&staged.leaves).unwrap();
        assert_eq!((tree.size(), tree.root()), (head.next_seq.0, expected.root()));
        assert_eq!((&head.frontier, tree.size()), (&tree, head.visible_seq().0), "the head has the tree");
        assert!(rows.next().is_none());
    }
}
