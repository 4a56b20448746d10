//! The stores that operator tools read: tables and buckets on AWS, or those of a running `audit serve`.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use audit_core::error::chain;
use audit_local::{clients, stack};
use audit_recovery::StagedOnly;
use audit_segments::{Buckets, SegmentStore};
use audit_tables::{TableNames, Tables};

/// The exit code of a tool that found a problem.
pub(crate) const BROKEN: u8 = 2;

/// Which tables and buckets. Region and credentials are those of the AWS SDK's environment, as for the AWS CLI.
#[derive(Debug, clap::Args)]
pub struct StoreArgs {
    /// The orgs table
    #[arg(long, env = "ORGS_TABLE", value_name = "NAME", required_unless_present = "local")]
    orgs_table: Option<String>,
    /// The events table
    #[arg(long, env = "EVENTS_TABLE", value_name = "NAME", required_unless_present = "local")]
    events_table: Option<String>,
    /// The ledger table
    #[arg(long, env = "LEDGER_TABLE", value_name = "NAME", required_unless_present = "local")]
    ledger_table: Option<String>,
    /// The bucket of published segments
    #[arg(long, env = "ARCHIVE_BUCKET", value_name = "NAME", required_unless_present = "local")]
    archive_bucket: Option<String>,
    /// The bucket of staged segments
    #[arg(long, env = "STAGING_BUCKET", value_name = "NAME", required_unless_present = "local")]
    staging_bucket: Option<String>,
    /// The stores of a running `audit serve`: the two endpoints that it prints
    #[arg(long, num_args = 2, value_names = ["DYNAMODB_URL", "S3_URL"])]
    local: Option<Vec<String>>,
}

/// Opened stores.
pub(crate) struct Stores {
    pub(crate) tables: Tables,
    pub(crate) archive: SegmentStore,
}

impl StoreArgs {
    /// Makes the clients. Sends no request yet.
    pub(crate) async fn open(&self) -> Stores {
        if let Some([dynamodb, s3]) = self.local.as_deref() {
            return Stores {
                tables: Tables::new(clients::dynamodb(dynamodb), stack::table_names()),
                archive: SegmentStore::new(clients::s3(s3), stack::buckets(), 0),
            };
        }
        let config = audit_runtime::aws::config(None).await;
        let path_style = audit_runtime::Settings::default().path_style();
        let name = |name: &Option<String>| name.clone().unwrap_or_default();
        let (orgs, events, ledger) = (name(&self.orgs_table), name(&self.events_table), name(&self.ledger_table));
        let buckets = Buckets { archive: name(&self.archive_bucket), staging: name(&self.staging_bucket) };
        Stores {
            // No tool reads viewer sessions.
            tables: Tables::connect(&config, TableNames { orgs, events, ledger, sessions: String::new() }),
            archive: SegmentStore::connect(&config, buckets, path_style, 0),
        }
    }
}

/// Runs a tool to its end; writes the error that stopped it to standard error.
pub(crate) fn run<E: Error>(name: &str, work: impl Future<Output = Result<ExitCode, E>>) -> ExitCode {
    let outcome = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(work).map_err(|error| chain(&error)),
        Err(error) => Err(error.to_string()),
    };
    outcome.unwrap_or_else(|error| {
        // Standard error may be closed; nothing can be done then.
        _ = writeln!(io::stderr(), "{name}: {error}");
        ExitCode::FAILURE
    })
}

/// Writes a line for each finding.
pub(crate) fn write_staged_only(found: &[StagedOnly], out: &mut impl Write) -> io::Result<()> {
    for StagedOnly { key, first_seq, rows } in found {
        writeln!(
            out,
            "I-1 is violated: {} from sequence number {first_seq} on exist only in the staging bucket, in {key}; \
             put them into the events table before it expires",
            counted(*rows, "row")
        )?;
    }
    Ok(())
}

/// Formats a count with its noun: `1 batch`, `2 batches`.
pub(crate) fn counted(count: impl TryInto<u64>, noun: &str) -> String {
    let count = count.try_into().unwrap_or(u64::MAX);
    let ending = match count {
        1 => "",
        _ if noun.ends_with("ch") => "es",
        _ => "s",
    };
    format!("{count} {noun}{ending}")
}
