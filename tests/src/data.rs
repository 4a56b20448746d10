//! Real audit events, published by others, from the folder next to the repository; generated ones of the same shape if
//! the folder is absent.

use std::fmt::Write as _;
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

/// A file of JSON lines.
#[derive(Debug)]
pub struct DataSet {
    /// Its folder's name.
    pub name: &'static str,
    /// The lines.
    pub lines: Vec<String>,
}

/// CloudTrail records, in the order of their file.
pub fn cloudtrail(name: &'static str) -> DataSet {
    data_set(name, || (0..240).map(generated_cloudtrail).collect())
}

/// Samples of many kinds of audit logs: `{"_rule_dir","_log_type","log"}`.
pub fn saas() -> DataSet {
    data_set("saas_panther_analysis", || (0..240).map(generated_saas).collect())
}

/// Prints a message, past the capture of the test harness.
pub fn note(text: &str) {
    _ = writeln!(io::stderr(), "{text}");
}

fn data_set(name: &'static str, generate: impl FnOnce() -> Vec<String>) -> DataSet {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(name).join("events.jsonl");
    let lines = match std::fs::read_to_string(&file) {
        Ok(text) => text.lines().map(str::to_owned).collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            note(&format!(
                "SKIPPED: {name} does not exist; the test ran with generated events of the same shape instead"
            ));
            generate()
        }
        Err(error) => panic_about(name, &error),
    };
    DataSet { name, lines }
}

fn panic_about(name: &str, error: &io::Error) -> ! {
    panic!("{name} exists and cannot be read: {error}")
}

/// Three records share each second; the days spread over four months.
fn generated_cloudtrail(index: usize) -> String {
    let (month, day, second) = (index % 4 + 4, index % 27 + 1, index / 12 % 60);
    let mut line = format!(
        r#"{{"eventVersion":"1.08","eventTime":"2024-{month:02}-{day:02}T12:00:{second:02}Z","eventID":"00000000-0000-4000-8000-{index:012}","eventSource":"s3.amazonaws.com","eventName":"GetObject","#
    );
    _ = match index % 3 {
        0 => write!(
            line,
            r#""errorCode":"AccessDenied","errorMessage":"Denied \"x\"","sourceIPAddress":"198.51.100.7","#
        ),
        1 => write!(line, r#""sourceIPAddress":"s3.amazonaws.com","requestParameters": {{ "bucketName": "b" }} ,"#),
        _ => write!(line, r#""responseElements":null,"additionalEventData":{{"bytes":1.0,"n":9007199254740993}},"#),
    };
    line + r#""userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::123456789012:user/ada","userName":"ada"}}"#
}

/// One with a time, one with a time that has no offset, one without any, and an address that is none.
fn generated_saas(index: usize) -> String {
    let log = match index % 4 {
        0 => format!(r#"{{"created_at":"2026-05-07T10:00:00Z","action":"team.add_member","n":{index}}}"#),
        1 => format!(r#"{{"p_event_time":"2022-12-16 19:28:18.396000000","eventName":"Login","n":{index}}}"#),
        2 => {
            format!(r#"{{"timestamp":1704067200000,"actionName":"createToken","user":"ada@example.com","n":{index}}}"#)
        }
        _ => format!(r#"{{"type":"x","ip_address":"unknown","actor":{{"id":7}},"n":{}}}"#, index % 8),
    };
    format!(r#"{{"_rule_dir":"generated_rules","_log_type":"Generated.Audit","log":{log}}}"#)
}
