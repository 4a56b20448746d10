//! Every object key and the name of every footer entry. No other module writes them.

use audit_core::{LogId, Month, OrgId, Seq, Sha256, VerifierKey};

/// The prefix of published segments.
pub const EVENTS: &str = "events/";
/// The prefix of claims.
pub const CLAIMS: &str = "claims/";
/// The prefix of logs.
pub const LOG: &str = "log/";
/// The prefix of the keys that sign checkpoints.
pub const LOG_KEYS: &str = "log/keys/";
/// The prefix of staged segments.
pub const STAGING: &str = "staging/";

/// Footer entry: the version of the format.
pub const FOOTER_FORMAT: &str = "audit.format";
/// Footer entry: the org.
pub const FOOTER_ORG: &str = "audit.org_id";
/// Footer entry: the lowest sequence number of the segment's rows.
pub const FOOTER_FIRST_SEQ: &str = "audit.first_seq";
/// Footer entry: the segment's rows.
pub const FOOTER_ROWS: &str = "audit.rows";
/// Footer entry of a segment of a batch: the first sequence number of the batch.
pub const FOOTER_BATCH: &str = "audit.batch.first_seq";
/// Footer entry of a segment of a merge: the number of the merge.
pub const FOOTER_MERGE: &str = "audit.merge";
/// Footer entry: its place in its batch or merge, from 0.
pub const FOOTER_INDEX: &str = "audit.index";
/// Footer entry: the raw bytes of its rows.
pub const FOOTER_RAW_BYTES: &str = "audit.raw_bytes";
/// Footer entry of the last segment of a batch or merge only: the rows of the batch or merge.
pub const FOOTER_TOTAL_ROWS: &str = "audit.total.rows";
/// Footer entry of the last segment of a batch or merge only: the segments of the batch or merge.
pub const FOOTER_TOTAL_SEGMENTS: &str = "audit.total.segments";
/// Footer entry: the ranges of sequence numbers of its rows, in base64.
pub const FOOTER_RANGES: &str = "audit.ranges";
/// Footer entry: the bytes of a block; each block has a checksum.
pub const FOOTER_BLOCK_BYTES: &str = "audit.blocks.bytes";
/// Footer entry: where the blocks end and the tail begins.
pub const FOOTER_BLOCKS_END: &str = "audit.blocks.end";
/// Footer entry: the CRC-32C of each block, little-endian, in base64.
pub const FOOTER_BLOCKS_CRC32C: &str = "audit.blocks.crc32c";

/// Returns the key of a staged segment: number `index` of one attempt to archive rows of `org_id`.
pub fn staged(org_id: &OrgId, attempt: &str, index: usize) -> String {
    format!("{STAGING}{org_id}/{attempt}/{index}")
}

/// Returns the key of a published segment: content-addressed, under its month and org, so that Athena finds both in the
/// path.
pub fn published(org_id: &OrgId, month: Month, first_seq: Seq, rows: u64, sha256: Sha256) -> String {
    let prefix = &sha256.to_string()[..16];
    format!("{EVENTS}month={month}/org_id={org_id}/{:020}-{rows}-{prefix}.parquet", first_seq.0)
}

/// Returns the prefix of an org's published segments below the prefix of a month, such as `events/month=2026-11/`.
pub fn published_prefix(month: &str, org_id: &OrgId) -> String {
    format!("{month}org_id={org_id}/")
}

/// Returns the prefix of an org's staged segments.
pub fn staged_prefix(org_id: &OrgId) -> String {
    format!("{STAGING}{org_id}/")
}

/// Returns the prefix of an org's claims.
pub fn claims(org_id: &OrgId) -> String {
    format!("{CLAIMS}org_id={org_id}/")
}

/// Reads the org of a prefix of claims.
pub fn read_claims(prefix: &str) -> Option<OrgId> {
    prefix.strip_prefix(CLAIMS)?.strip_prefix("org_id=")?.strip_suffix('/')?.parse().ok()
}

/// Returns the key of a claim.
pub fn claim(org_id: &OrgId, number: u64) -> String {
    format!("{}{number:020}", claims(org_id))
}

/// Reads the number of a claim of an org; `None` if the key is not that of one.
pub fn read_claim(org_id: &OrgId, key: &str) -> Option<u64> {
    let number = key.strip_prefix(&claims(org_id))?.parse().ok()?;
    (claim(org_id, number) == key).then_some(number)
}

/// Returns where a key that signs checkpoints is stored: under its id.
pub fn log_key(key: &VerifierKey) -> String {
    format!("{LOG_KEYS}{:08x}", u32::from_be_bytes(key.id()))
}

/// Returns the key of an object of an org's log, by its path in the log.
pub fn log(org_id: &OrgId, log_id: LogId, path: &str) -> String {
    format!("{LOG}org_id={org_id}/{log_id}/{path}")
}

/// Returns the key of a checkpoint.
pub fn checkpoint(org_id: &OrgId, log_id: LogId, size: u64) -> String {
    format!("{}{size:020}", checkpoints(org_id, log_id))
}

/// Returns the prefix of a log's checkpoints.
pub fn checkpoints(org_id: &OrgId, log_id: LogId) -> String {
    log(org_id, log_id, "checkpoint/")
}

/// Reads the size of a checkpoint of a log; `None` if the key is not that of one.
pub fn read_checkpoint(org_id: &OrgId, log_id: LogId, key: &str) -> Option<u64> {
    let size = key.strip_prefix(&checkpoints(org_id, log_id))?.parse().ok()?;
    (checkpoint(org_id, log_id, size) == key).then_some(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_these_for_ever() {
        let acme = "acme".parse().unwrap();
        let month = "2026-11".parse().unwrap();
        assert_eq!(staged(&acme, "a1", 3), "staging/acme/a1/3");
        assert_eq!(staged_prefix(&acme), "staging/acme/");
        assert_eq!(claim(&acme, 17), "claims/org_id=acme/00000000000000000017");
        assert_eq!(read_claim(&acme, &claim(&acme, 17)), Some(17));
        assert_eq!((read_claims(&claims(&acme)), read_claims("claims/acme/")), (Some(acme.clone()), None));
        assert_eq!(
            (read_claim(&acme, "claims/org_id=acme/17"), read_claim(&acme, &staged(&acme, "a", 1))),
            (None, None)
        );
        let (log_id, hex) = (LogId::new([0xAB; 16]), "ab".repeat(16));
        assert_eq!(log(&acme, log_id, "tile/0/000"), format!("log/org_id=acme/{hex}/tile/0/000"));
        assert_eq!(checkpoint(&acme, log_id, 7), format!("log/org_id=acme/{hex}/checkpoint/00000000000000000007"));
        assert_eq!(read_checkpoint(&acme, log_id, &checkpoint(&acme, log_id, 7)), Some(7));
        assert_eq!(read_checkpoint(&acme, log_id, &log(&acme, log_id, "checkpoint/7")), None);
        assert_eq!(published_prefix("events/month=2026-11/", &acme), "events/month=2026-11/org_id=acme/");
        assert_eq!(
            published(&acme, month, Seq(17), 250_000, "0123456789abcdef".repeat(4).parse().unwrap()),
            "events/month=2026-11/org_id=acme/00000000000000000017-250000-0123456789abcdef.parquet"
        );
    }
}
