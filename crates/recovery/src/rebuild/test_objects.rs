//! Objects of an org for the tests of the rebuild's decisions, which do no I/O.

use audit_core::{
    BatchTotals, DayRows, EventId, Footer, OrgId, Seed, SegmentFilters, SegmentRange, SegmentRecord, Seq, Sha256, Tail,
    UnixMicros,
};
use audit_segments::FullSegment;

/// The org of the objects.
pub(super) fn acme() -> OrgId {
    "acme".parse().unwrap()
}

/// The objects of batches, of which each segment has this many rows.
pub(super) fn objects(batches: &[Vec<u64>]) -> Vec<FullSegment> {
    let (mut objects, mut next_seq) = (Vec::new(), Seq(0));
    for rows_of in batches {
        let batch = next_seq;
        for (index, rows) in rows_of.iter().enumerate() {
            let is_last = index + 1 == rows_of.len();
            let totals = BatchTotals { rows: rows_of.iter().sum(), segments: rows_of.len() as u64 };
            let footer = Footer {
                org_id: acme(),
                first_seq: next_seq,
                rows: *rows,
                batch,
                index: index as u64,
                totals: is_last.then_some(totals),
                ranges: vec![SegmentRange {
                    first_seq: next_seq,
                    rows: *rows,
                    seed: Some(Seed([0; 32])),
                    digest: Sha256([0; 32]),
                }],
            };
            objects.push(object(footer));
            next_seq = next_seq.plus(*rows);
        }
    }
    objects
}

fn object(footer: Footer) -> FullSegment {
    let id = |row: u64| EventId::first_at(UnixMicros::new(1_795_000_000_000_000 + row as i64));
    let ids: Vec<_> = (footer.first_seq.0..footer.first_seq.0 + footer.rows).map(id).collect();
    let mut days = DayRows::default();
    ids.iter().for_each(|id| days.add(id.occurred_at().day(), false));
    let record = SegmentRecord {
        month: ids[0].occurred_at().day().month(),
        first_seq: footer.first_seq,
        rows: footer.rows,
        bytes: 1,
        sha256: Sha256([0; 32]),
        tail: Tail { bytes: 1, crc32c: 0 },
        key: format!("events/{}", footer.first_seq),
        staged: None,
        first: ids[0],
        last: ids[ids.len() - 1],
        days,
        actions: None,
        categories: Vec::new(),
    };
    let filters = SegmentFilters::default();
    FullSegment { record, filters, footer, ids, leaves: Vec::new(), altered: None, passed_over: None }
}
