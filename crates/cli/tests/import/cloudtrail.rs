//! What CloudTrail writes: lists of records, compressed, in folders of days.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use audit::import::{Args, Format, Report, run};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::delivery::{counts, quick};
use crate::stub::{Store, Stub};

pub(crate) fn record(id: &str) -> String {
    format!(
        r#"{{"eventVersion":"1.08","eventTime":"2026-11-22T10:15:30Z","eventSource":"kms.amazonaws.com","eventName":"Decrypt","eventID":"{id}","n":1.0,"s":"]}},\""}}"#
    )
}

pub(crate) fn list(records: &[String]) -> String {
    format!(r#"{{"Records":[{}]}}"#, records.join(","))
}

pub(crate) fn gzip(text: impl AsRef<[u8]>, level: Compression) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder.write_all(text.as_ref()).unwrap();
    encoder.finish().unwrap()
}

async fn import(stub: &Stub, input: &Path, rejects: Option<&Path>) -> Report {
    let (to, org, rejects) = (stub.url.parse().unwrap(), "acme".parse().unwrap(), rejects.map(Path::to_owned));
    let args = Args { to, org, format: Format::Cloudtrail, sign: false, rejects, files: vec![input.to_owned()] };
    run(&args, &quick()).await
}

/// The keys of all events, in the order of the requests.
fn keys(stub: &Stub) -> Vec<String> {
    stub.requests().iter().flat_map(|request| request.keys()).collect()
}

#[tokio::test]
async fn a_bucket_of_logs_is_imported_as_it_was_downloaded() {
    let (stub, _) = Stub::storing().await;
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    let numbered = |from: usize, to: usize| (from..to).map(|number| record(&format!("e-{number}"))).collect::<Vec<_>>();
    write(
        "AWSLogs/1/CloudTrail/eu-west-1/2026/11/22/a.json.gz",
        &gzip(list(&numbered(0, 700)), Compression::default()),
    );
    let two_members =
        [gzip(list(&numbered(700, 701)), Compression::best()), gzip(list(&numbered(701, 702)), Compression::none())];
    write("AWSLogs/1/CloudTrail/eu-west-1/2026/11/22/b.json.gz", &two_members.concat());
    // By its first bytes, not by its name.
    write("AWSLogs/1/CloudTrail/eu-west-1/2026/11/23/c.json", &gzip(list(&[]), Compression::fast()));
    write(
        "AWSLogs/1/CloudTrail/eu-west-1/2026/11/23/d.json.gz",
        format!("\u{feff}{}", list(&numbered(702, 703))).as_bytes(),
    );
    let pretty = format!("{{\n  \"Records\": [\n    {}\n  ]\n}}\n", numbered(703, 705).join(",\n    "));
    write("AWSLogs/1/CloudTrail/eu-west-1/2026/11/24/e.json", pretty.as_bytes());
    write(
        "AWSLogs/1/CloudTrail/eu-west-1/2026/11/24/f.jsonl",
        format!("\u{feff}{}\n", numbered(705, 707).join("\n")).as_bytes(),
    );
    write("AWSLogs/1/CloudTrail-Digest/eu-west-1/2026/11/24/g.json.gz", &gzip("{}", Compression::fast()));

    let report = import(&stub, directory.path(), None).await;
    assert_eq!((counts(&report), report.exit_code()), ((707, 0, 0, 0), 0));
    let mut sent = keys(&stub);
    sent.sort_unstable_by_key(|key| key[2..].parse::<usize>().unwrap());
    assert_eq!(sent, (0..707).map(|number| format!("e-{number}")).collect::<Vec<_>>());
    let details = format!(r#""details":{}}}"#, record("e-699"));
    assert!(stub.requests().iter().any(|request| request.body.contains(&details)), "byte for byte");
    let again = import(&stub, directory.path(), None).await;
    assert_eq!(counts(&again), (0, 707, 0, 0));
}

#[tokio::test]
async fn a_bad_record_and_a_damaged_file_cost_no_other() {
    let (stub, store) = Stub::storing().await;
    let directory = tempfile::tempdir().unwrap();
    let logs = directory.path().join("logs");
    fs::create_dir(&logs).unwrap();
    let good = |name: &str| record(name);
    let mixed =
        [good("a-1"), "{}".to_owned(), "7".to_owned(), good("a-4"), format!(r#"{{"n":"{}"}}"#, "x".repeat(1 << 20))];
    fs::write(logs.join("a"), list(&mixed)).unwrap();
    let many: Vec<_> = (0..5_000).map(|number| good(&format!("b-{number}"))).collect();
    let whole = gzip(list(&many), Compression::none());
    fs::write(logs.join("b"), &whole[..whole.len() / 2]).unwrap();
    fs::write(logs.join("c"), &list(&[good("c-1"), good("c-2")]).as_bytes()[..300]).unwrap();
    fs::write(logs.join("d"), list(&[good("d-1")])).unwrap();

    let rejects = directory.path().join("rejects.jsonl");
    let report = import(&stub, &logs, Some(&rejects)).await;
    assert_eq!(report.exit_code(), 2);
    assert!(report.stopped.is_none());
    let rows = fs::read_to_string(&rejects).unwrap();
    let rows: Vec<serde_json::Value> = rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
    let told = |row: &serde_json::Value| {
        let file = row["file"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        let reason = row["reason"].as_str().unwrap().split([':', ',']).next().unwrap().to_owned();
        (file, row["record"].as_u64(), reason)
    };
    let expected = [
        ("a", Some(2), "not a CloudTrail record"),
        ("a", Some(3), "not a JSON object"),
        ("a", Some(5), "longer than 1048576 bytes"),
        ("b", None, "the compressed data is damaged or truncated here"),
        ("c", Some(2), "the input ends in the middle of its list of records"),
    ];
    let expected = expected.map(|(file, record, reason)| (file.to_owned(), record, reason.to_owned()));
    assert_eq!(rows.iter().map(told).collect::<Vec<_>>(), expected);
    let stored = |prefix: &str| keys(&stub).iter().filter(|key| key.starts_with(prefix)).count();
    assert_eq!((stored("a-"), stored("c-"), stored("d-")), (2, 1, 1));
    assert!((2_000..2_600).contains(&stored("b-")), "all whole records before the damage: {}", stored("b-"));
    assert_eq!(store.len() as u64, report.created);
}

#[tokio::test]
async fn events_of_the_api_may_be_compressed_too() {
    let stub_store = Store::default();
    let stored = stub_store.clone();
    let stub = Stub::start(move |seen| stored.take(seen)).await;
    let lines = crate::delivery::lines(3);
    let report = crate::delivery::import(&stub, gzip(format!("\u{feff}{lines}"), Compression::fast())).await;
    assert_eq!((counts(&report), stub_store.len()), ((3, 0, 0, 0), 3));
}
