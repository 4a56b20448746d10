//! The archive of an org at the end of a run: its ledger, and its files on the disk.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use audit_core::{
    BatchRecord, EventId, Head, OrgId, SegmentRecord, Seq, Sha256,
    invariants::{batches_tile, each_once, same_object, segments_tile},
};
use audit_local::clients;
use audit_local::stack::{ARCHIVE_BUCKET, buckets, table_names};
use audit_segments::{Ids, SegmentStore};
use audit_tables::Tables;

use crate::kills::Kills;

/// What the ledger contains, and where the files are.
pub(crate) struct Archived {
    org_id: OrgId,
    head: Head,
    pub(crate) batches: Vec<BatchRecord>,
    pub(crate) segments: Vec<SegmentRecord>,
    archive: SegmentStore,
    bucket: PathBuf,
}

impl Archived {
    /// Reads the ledger through the stores of the running process.
    pub(crate) async fn of(kills: &Kills, org: &str) -> Self {
        let org_id = org.parse::<OrgId>().unwrap();
        let tables = Tables::new(clients::dynamodb(&kills.addresses.dynamodb), table_names());
        let archive = SegmentStore::new(clients::s3(&kills.addresses.s3), buckets(), 0);
        let head = tables.ledger.head(&org_id).await.unwrap();
        let batches = tables.ledger.batches(&org_id, Seq(0)).await.unwrap().records;
        let mut segments = Vec::new();
        for batch in &batches {
            let first = segments.len();
            for name in &batch.segments {
                segments.push(tables.ledger.segment(&org_id, *name).await.unwrap().unwrap());
            }
            segments_tile(batch, &segments[first..]).unwrap();
        }
        assert_eq!(tables.events.waiting(&org_id, 1).await.unwrap(), 0, "a hot row was not archived");
        let bucket = kills.folder.join("data/s3").join(ARCHIVE_BUCKET);
        Self { org_id, head, batches, segments, archive, bucket }
    }

    /// I-2, I-4, I-5: the batches tile the archive, its files are the recorded ones, each event is in one of them.
    pub(crate) async fn check(&self, events: &BTreeSet<EventId>) {
        assert_eq!((self.head.open, self.head.next_seq), (None, Seq(events.len() as u64)));
        batches_tile(&self.batches, self.head.next_seq).unwrap();
        let mut ids = Vec::with_capacity(events.len());
        for segment in &self.segments {
            let file = fs::read(self.bucket.join(&segment.key)).unwrap();
            same_object(segment, file.len() as u64, Some(Sha256::of(&file))).unwrap();
            // Opening compares the rows of the file with those of the record.
            let mut pages = Ids::new(self.archive.open(&self.org_id, segment).await.unwrap());
            while let Some(page) = pages.next_page().await.unwrap() {
                ids.extend(page);
            }
        }
        each_once(ids.iter().copied()).unwrap();
        assert!(ids.into_iter().collect::<BTreeSet<_>>() == *events, "the files contain other events");
        let recorded: BTreeSet<_> = self.segments.iter().map(|segment| self.bucket.join(&segment.key)).collect();
        assert_eq!(self.files(), recorded);
    }

    /// The files of the org, as a reader of the archive without the ledger finds them.
    fn files(&self) -> BTreeSet<PathBuf> {
        let days = fs::read_dir(self.bucket.join("events")).unwrap().map(|day| day.unwrap().path());
        let of_org = days.map(|day| day.join(format!("org_id={}", self.org_id))).filter(|folder| folder.exists());
        of_org.flat_map(|folder| fs::read_dir(folder).unwrap().map(|file| file.unwrap().path())).collect()
    }
}
