//! The limits of the event format, the API and the archive.

use std::time::Duration;

pub use crate::time::FRACTION_DIGITS;
use crate::time::UnixMicros;

/// Bytes of JSON of one event, as sent.
pub const EVENT_BYTES: usize = 256 * 1024;
/// Events in one request.
pub const REQUEST_EVENTS: usize = 500;
/// Bytes of one request body. Lambda accepts 6 MB, and API Gateway escapes the body into a string.
pub const REQUEST_BYTES: usize = 2_621_440;
/// Bytes of the events of one page. A page always contains at least one event, regardless of its size.
pub const PAGE_BYTES: usize = 2_621_440;
/// Events of one page.
pub const PAGE_EVENTS: usize = 1_000;
/// Events of one page if the caller sets no limit.
pub const PAGE_EVENTS_DEFAULT: usize = 50;
/// UTF-8 bytes of an id, a name, an e-mail address, a user agent, a request id, a failure reason.
pub const TEXT_BYTES: usize = 2_048;
/// UTF-8 bytes of `context.ip`.
pub const IP_BYTES: usize = 255;
/// Bytes of an action.
pub const ACTION_BYTES: usize = 128;
/// Characters of an idempotency key.
pub const KEY_CHARS: usize = 255;
/// Levels of nested containers in `details`, itself included.
pub const DETAILS_DEPTH: usize = 64;
/// Characters of an org id.
pub const ORG_ID_CHARS: usize = 64;
/// Characters of an org's name.
pub const ORG_NAME_CHARS: usize = 256;
/// Characters of the name of a plan.
pub const PLAN_CHARS: usize = 64;
/// Bytes of the body of `PUT /v1/orgs/{org_id}`.
pub const ORG_REQUEST_BYTES: usize = 16 * 1024;
/// Bytes of the body of a request that makes a viewer session.
pub const SESSION_REQUEST_BYTES: usize = 16 * 1024;
/// How long a viewer session lasts at least.
pub const SESSION_SHORTEST: Duration = Duration::from_secs(60);
/// How long a viewer session lasts if the caller sets nothing.
pub const SESSION_DEFAULT: Duration = Duration::from_secs(15 * 60);
/// How long a viewer session lasts at most.
pub const SESSION_LONGEST: Duration = Duration::from_secs(12 * 60 * 60);
/// Different filters and events that one viewer session reads: each is an event of the org, and none is ever deleted.
pub const SESSION_READS: u64 = 2_000;
/// Sessions of one list.
pub const SESSIONS_LISTED: usize = 1_000;
/// The first instant an event may have happened at: 2000-01-01T00:00:00Z.
pub const FIRST_INSTANT: UnixMicros = UnixMicros::new(946_684_800_000_000);
/// How far ahead of our clock an event or an update of an org may be.
pub const FUTURE: Duration = Duration::from_secs(5 * 60);
/// Values of one repeated query parameter.
pub const FILTER_VALUES: usize = 50;
/// Groups of one response of statistics.
pub const GROUPS: usize = 100;
/// Groups of one response of statistics if the caller sets no number.
pub const GROUPS_DEFAULT: usize = 10;
/// Errors listed in one response; further errors are only counted.
pub const ERRORS_LISTED: usize = 1_000;
/// Bytes of the errors listed in one response.
pub const ERRORS_BYTES: usize = 256 * 1024;
/// How long a positive answer about an org's plan may be cached.
pub const PLAN_CACHE: Duration = Duration::from_secs(60);
/// Rows of one segment.
pub const SEGMENT_ROWS: u64 = 250_000;
/// Raw bytes of the rows of one segment.
pub const SEGMENT_RAW_BYTES: u64 = 128 * 1024 * 1024;
/// Ranges of sequence numbers of one segment.
pub const SEGMENT_RANGES: usize = 1_024;
/// Raw bytes at which a row group closes.
pub const ROW_GROUP_RAW_BYTES: u64 = 32 * 1024 * 1024;
/// Segments of one batch. With its batch item and head, a batch fits one DynamoDB transaction of 100 items.
pub const BATCH_SEGMENTS: usize = 64;
/// Bytes of the segment records of one batch. The filters of segments are items of their own, outside the transaction.
pub const BATCH_LEDGER_BYTES: usize = 256 * 1024;
/// Rows of one batch.
pub const BATCH_ROWS: u64 = 1_000_000;
/// Distinct actions listed for a segment; more are recorded as "many".
pub const SEGMENT_ACTIONS: usize = 64;
/// Bytes of one Bloom filter in the ledger; a larger one is omitted.
pub const LEDGER_BLOOM_BYTES: usize = 8 * 1024;
/// Waiting rows at which a pass also archives the current day.
pub const WAITING_ROWS: u64 = 100_000;
