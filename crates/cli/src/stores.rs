//! The stores that operator tools look into: tables and buckets on AWS, or those of a running `audit serve`.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use audit_core::error::chain;
use audit_local::{clients, stack};
use audit_recovery::StagedOnly;
use audit_segments::{Buckets, SegmentStore};
use audit_tables::{TableNames, Tables};

/// The exit code of a tool that found something broken.
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
    /// The stores of a running `audit serve` instead, by the two endpoints that it prints
    #[arg(long, num_args = 2, value_names = ["DYNAMODB_URL", "S3_URL"])]
    local: Option<Vec<String>>,
}

/// Opened stores.
pub(crate) struct Stores {
    pub(crate) tables: Tables,
    pub(crate) archive: SegmentStore,
}

impl StoreArgs {
    /// Makes the clients; nothing is asked yet.
    pub(crate) async fn open(&self) -> Stores {
        let (dynamodb, s3, names, buckets) = match self.local.as_deref() {
            Some([dynamodb, s3]) => {
                (clients::dynamodb(dynamodb), clients::s3(s3), stack::table_names(), stack::buckets())
            }
            _ => {
                let config = aws_config::load_from_env().await;
                let path_style = audit_runtime::Settings::default().path_style();
                let s3 = aws_sdk_s3::config::Builder::from(&config).force_path_style(path_style).build();
                let name = |setting| self.name(setting);
                (
                    aws_sdk_dynamodb::Client::new(&config),
                    aws_sdk_s3::Client::from_conf(s3),
                    TableNames::from_settings(name),
                    Buckets::from_settings(name),
                )
            }
        };
        Stores { tables: Tables::new(dynamodb, names), archive: SegmentStore::new(s3, buckets, 0) }
    }

    /// The name that a setting of the functions has here.
    fn name(&self, setting: &str) -> String {
        let name = match setting {
            "ORGS_TABLE" => &self.orgs_table,
            "EVENTS_TABLE" => &self.events_table,
            "LEDGER_TABLE" => &self.ledger_table,
            "ARCHIVE_BUCKET" => &self.archive_bucket,
            "STAGING_BUCKET" => &self.staging_bucket,
            _ => &None,
        };
        name.clone().unwrap_or_default()
    }
}

/// Runs a tool to its end; why it could not go on is told on standard error.
pub(crate) fn run<E: Error>(name: &str, work: impl Future<Output = Result<ExitCode, E>>) -> ExitCode {
    let outcome = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(work).map_err(|error| chain(&error)),
        Err(error) => Err(error.to_string()),
    };
    outcome.unwrap_or_else(|error| {
        // Standard error may be closed; nothing is left to do then.
        _ = writeln!(io::stderr(), "{name}: {error}");
        ExitCode::FAILURE
    })
}

/// Writes a line for each finding.
pub(crate) fn write_staged_only(found: &[StagedOnly], out: &mut impl Write) -> io::Result<()> {
    for StagedOnly { key, final_key, first_seq, rows } in found {
        writeln!(
            out,
            "I-1 is violated: {rows} rows from sequence number {first_seq} on exist only in the staging bucket, in {key}; \
             copy it to {final_key} in the archive bucket before it expires, then rebuild the ledger"
        )?;
    }
    Ok(())
}
