//! JSON lines of a day to sorted Parquet, by one thread: ours with index, checksums and filters, and DuckDB's `COPY`.

use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use audit_core::{Event, EventId, OrgId, Seq, UnixMicros, request};
use audit_segments::{BatchPlace, SegmentWriter};
use serde::{Deserialize, Serialize};

use crate::archive::seed;
use crate::client::ORG;
use crate::dice::Dice;
use crate::events::{Events, NO_KEY};
use crate::figures::Figure;
use crate::peers::duckdb::DuckDb;
use crate::process::peak_mb;
use crate::{Options, Result};

/// How many events later than another one an event may have happened and still be written before it.
const DISORDER: u64 = 5_000;
/// Stored after every generated event happened.
const STORED_AT: &str = "2026-01-01T00:00:00Z";

/// What a process reports that encoded a file.
#[derive(Debug, Serialize, Deserialize)]
struct Encoded {
    seconds: f64,
    peak_mb: f64,
    bytes: u64,
}

pub(super) fn measure(options: &Options) -> Result<Vec<Figure>> {
    let events = Events { days: 1, ..options.events };
    let (lines, ours, theirs) = ("encode.jsonl", "encode-ours", "encode-duckdb.parquet");
    let [lines, ours, theirs] = [lines, ours, theirs].map(|name| options.data.join(name));
    write_lines(&events, &lines)?;
    std::fs::create_dir_all(&ours)?;
    let mut command = Command::new(std::env::current_exe()?);
    let output = command.arg("encode-file").arg(&lines).arg(&ours).stderr(Stdio::inherit()).output()?;
    let encoded: Encoded = serde_json::from_slice(&output.stdout)?;
    let mb = |bytes: u64| bytes as f64 / 1e6;
    let what = |what: &str| format!("{} events of a day: {what}", events.count);
    let rows_per_second = events.count as f64 / encoded.seconds;
    let mut time = Figure::new("encode", what("time")).value("", encoded.seconds, "s");
    time = time.value("", rows_per_second, "rows/s");
    let mut memory = Figure::new("encode", what("peak memory")).value("", encoded.peak_mb, "MB");
    let mut bytes = Figure::new("encode", what("bytes")).value("", mb(encoded.bytes), "MB");
    match DuckDb::start(&options.data) {
        Err(missing) => time = time.note(format!("not compared: {missing}")),
        Ok(mut duckdb) => {
            duckdb.run("SET threads = 1")?;
            let (milliseconds, peak_mb) = duckdb.run(&copy(&lines, &theirs))?;
            let their_bytes = std::fs::metadata(&theirs)?.len();
            let compared = |figure: Figure, ours: f64, theirs: f64, unit, most: f64| {
                let figure = figure.value("DuckDB", theirs, unit).ratio("", ours / theirs);
                figure.target(format!("≤ {most}x"), ours <= most * theirs)
            };
            time = compared(time, encoded.seconds, milliseconds / 1000.0, "s", 0.7);
            memory = compared(memory, encoded.peak_mb, peak_mb, "MB", 0.25);
            bytes = compared(bytes, mb(encoded.bytes), mb(their_bytes), "MB", 0.85);
        }
    }
    std::fs::remove_file(&lines)?;
    std::fs::remove_dir_all(&ours)?;
    let _ = std::fs::remove_file(&theirs);
    Ok(vec![time, memory, bytes])
}

/// Writes events as they arrive: not quite in the order in which they happened.
fn write_lines(events: &Events, lines: &Path) -> Result<()> {
    let mut numbers: Vec<_> = (0..events.count).collect();
    numbers.sort_by_cached_key(|number| number + Dice::new(events.seed, *number).below(DISORDER));
    let (first_day, mut out) = (events.first_day()?, BufWriter::new(File::create(lines)?));
    for number in numbers {
        writeln!(out, "{}", events.line(first_day, number))?;
    }
    Ok(out.flush()?)
}

#[derive(Deserialize)]
struct Line<'a> {
    occurred_at: &'a str,
}

/// Sorts and encodes a file of JSON lines, and prints the figures: the ids with the places of their lines are sorted,
/// then the lines are read in order.
pub(crate) fn encode_file(lines: &Path, out: &Path) -> Result<()> {
    let started = Instant::now();
    let (org_id, stored_at): (OrgId, UnixMicros) = (ORG.parse()?, STORED_AT.parse()?);
    let mut file = BufReader::with_capacity(1024 * 1024, File::open(lines)?);
    let (mut places, mut line, mut place) = (Vec::new(), Vec::new(), 0_u64);
    loop {
        line.clear();
        let length = file.read_until(b'\n', &mut line)?;
        if length == 0 {
            break;
        }
        let Line { occurred_at } = serde_json::from_slice(&line)?;
        let id = EventId::new(occurred_at.parse()?, Dice::new(0, place).next());
        places.push((id, place, u32::try_from(length)?));
        place += length as u64;
    }
    places.sort_unstable();
    let (mut segments, mut rows, mut bytes) = (0, 0_u64, 0);
    let mut open: Option<SegmentWriter> = None;
    let mut write = |full: SegmentWriter, is_last: bool, index: usize| -> Result<()> {
        let body = full.finish(is_last)?.body;
        bytes += body.len() as u64;
        Ok(std::fs::write(out.join(format!("{index}.parquet")), body)?)
    };
    let file = file.into_inner();
    for (id, place, length) in places {
        line.resize(length as usize, 0);
        file.read_exact_at(&mut line, place)?;
        let event = event(&line, &org_id, stored_at, id)?;
        if let Some(full) = open.take_if(|open| !open.takes(&event)) {
            write(full, false, segments)?;
            segments += 1;
        }
        let writer = match &mut open {
            Some(writer) => writer,
            None => {
                let place = BatchPlace { first_seq: Seq(0), index: segments };
                open.insert(SegmentWriter::begin(&event, Seq(rows), place, seed(Seq(rows)))?)
            }
        };
        writer.push(&event)?;
        rows += 1;
    }
    if let Some(last) = open {
        write(last, true, segments)?;
    }
    let encoded = Encoded { seconds: started.elapsed().as_secs_f64(), peak_mb: peak_mb("self"), bytes };
    println!("{}", serde_json::to_string(&encoded)?);
    Ok(())
}

/// Validates a line as ingest does.
fn event(line: &[u8], org_id: &OrgId, stored_at: UnixMicros, id: EventId) -> Result<Event> {
    let new = request::read(line, None, stored_at).map_err(|_| "an invalid line")?;
    let new = new.into_iter().next().ok_or("no event")?;
    Ok(new.into_event(org_id.clone(), &NO_KEY, stored_at, id.bits() as u64))
}

/// The same columns by DuckDB. Its ids are as long and as random as ours, and made without any work.
fn copy(lines: &Path, out: &Path) -> String {
    let members = "occurred_at: 'TIMESTAMP', \
        actor: 'STRUCT(\"type\" VARCHAR, id VARCHAR, name VARCHAR, email VARCHAR)', action: 'VARCHAR', \
        target: 'STRUCT(\"type\" VARCHAR, id VARCHAR, name VARCHAR)', result: 'VARCHAR', failure_reason: 'VARCHAR', \
        context: 'STRUCT(ip VARCHAR, user_agent VARCHAR, request_id VARCHAR)', details: 'JSON'";
    format!(
        "COPY (SELECT id, org_id, row_number() OVER () AS seq, * EXCLUDE (id, org_id) FROM (SELECT \
        uuidv7()::VARCHAR AS id, '{ORG}' AS org_id, occurred_at, epoch_us(occurred_at) AS occurred_at_us, \
        TIMESTAMP '{STORED_AT}' AS ingested_at, actor.type AS actor_type, actor.id AS actor_id, \
        actor.name AS actor_name, actor.email AS actor_email, action, split_part(action, '.', 1) AS category, \
        target.type AS target_type, target.id AS target_id, target.name AS target_name, result, failure_reason, \
        context.ip AS ip, context.ip AS ip_addresses, context.user_agent AS user_agent, \
        context.request_id AS request_id, details::VARCHAR AS details \
        FROM read_json('{}', format = 'newline_delimited', columns = {{{members}}}) ORDER BY occurred_at, id)) \
        TO '{}' (FORMAT parquet, COMPRESSION zstd)",
        lines.display(),
        out.display()
    )
}
