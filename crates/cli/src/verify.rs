//! `audit verify`: verifies an archive, or one event, against a signed checkpoint, and prints what that proves.

mod args;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use audit_core::{Checkpoint, EventProof, ProofPlan, Tile, VerifierKey, error::chain, proof::is_consistent};
use audit_segments::{Buckets, SegmentError, SegmentStore};
use audit_verify::{Archive, EventError, Files, ReadError, Verified};
use indicatif::{ProgressBar, ProgressStyle};

pub use args::Args;
use args::{ArchiveArgs, Command, EventArgs, TrustArgs};

use crate::stores::{BROKEN, counted};
use crate::text::escaped;

/// What no signature can prove.
const NOT_PROVEN: &str = "\
Not proven: that an event is true, that everything that happened was recorded, and anything about events after the
checkpoint. A service that shows different logs to different readers is found only by comparing their checkpoints.";

/// Why nothing could be verified.
#[derive(Debug, thiserror::Error)]
enum VerifyError {
    /// A file cannot be read.
    #[error("cannot read {}", .0.display())]
    File(PathBuf, #[source] io::Error),
    /// Files of the archive cannot be listed or read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// An older checkpoint was given, and no tiles.
    #[error("the checkpoint of the proof has {size} events and the older one {older}; --log is needed to compare them")]
    NoTiles {
        /// The events of the checkpoint of the proof.
        size: u64,
        /// The events of the older checkpoint.
        older: u64,
    },
}

/// Runs the subcommand.
pub fn main(args: &Args) -> ExitCode {
    crate::stores::run("audit verify", async {
        // The exit code reports the outcome even if standard output is closed.
        let mut out = io::stdout();
        let is_verified = match &args.command {
            Command::Archive(args) => archive(args, &mut out).await?,
            Command::Event(args) => event(args, &mut out)?,
        };
        let verdict = if is_verified { "verified" } else { "NOT VERIFIED" };
        _ = writeln!(out, "{NOT_PROVEN}\n{verdict}");
        Ok::<_, VerifyError>(if is_verified { ExitCode::SUCCESS } else { ExitCode::from(BROKEN) })
    })
}

/// Verifies an archive; returns whether it is what was signed.
async fn archive(args: &ArchiveArgs, out: &mut impl Write) -> Result<bool, VerifyError> {
    let Some(checkpoint) = checkpoint(&args.checkpoint, &args.trust.key, out)? else { return Ok(false) };
    let Some(older) = older(&args.trust, out)? else { return Ok(false) };
    let files = match args.files.strip_prefix("s3://") {
        Some(bucket) => bucket_of(bucket).await,
        None => Files::Folder(PathBuf::from(&args.files)),
    };
    let names = files.names(&args.org).await?;
    let bar = ProgressBar::new(names.len() as u64);
    bar.set_style(
        ProgressStyle::with_template("{bar:30} {pos}/{len} files {eta}").unwrap_or(ProgressStyle::default_bar()),
    );
    let mut archive = Archive::new(args.org.clone());
    for name in &names {
        match files.read(name).await {
            Ok(segment) => archive.add(name, segment),
            Err(ReadError::Segment(SegmentError::Unreadable { .. })) => archive.add_unreadable(name),
            Err(error) => return Err(error.into()),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let verified = archive.verify(&checkpoint, older.as_ref());
    _ = write_archive(args, &checkpoint, older.as_ref(), &verified, out);
    Ok(verified.findings.is_empty())
}

/// Returns the bucket with the name; region and credentials are those of the environment.
async fn bucket_of(name: &str) -> Files {
    let config = audit_runtime::aws::config(None).await;
    let path_style = audit_runtime::Settings::default().path_style();
    let buckets = Buckets { archive: name.trim_end_matches('/').to_owned(), staging: String::new() };
    Files::Bucket(SegmentStore::connect(&config, buckets, path_style, 0))
}

fn write_archive(
    args: &ArchiveArgs,
    checkpoint: &Checkpoint,
    older: Option<&Checkpoint>,
    verified: &Verified,
    out: &mut impl Write,
) -> io::Result<()> {
    let Verified { files, newer, copies, findings } = verified;
    writeln!(out, "{} with events of {}", counted(*files, "file"), args.org)?;
    for finding in findings {
        writeln!(out, "problem: {}", escaped(&finding.to_string()))?;
    }
    if *newer > 0 {
        writeln!(out, "{} after those of the checkpoint: nothing is proven about them", counted(*newer, "event"))?;
    }
    if *copies > 0 {
        writeln!(out, "{} of merged files, which equal the events in other files", counted(*copies, "range"))?;
    }
    if !findings.is_empty() {
        return Ok(());
    }
    let events = counted(checkpoint.size, "event");
    writeln!(out, "The files contain exactly the {events} of the checkpoint, each in its place and unchanged.")?;
    match older {
        Some(older) => writeln!(out, "The first {} are those of the older checkpoint.", counted(older.size, "event")),
        None => Ok(()),
    }
}

/// Verifies an event; returns whether the log contains it.
fn event(args: &EventArgs, out: &mut impl Write) -> Result<bool, VerifyError> {
    let (json, proof) = (read(&args.event)?, read(&args.proof)?);
    let Some(older) = older(&args.trust, out)? else { return Ok(false) };
    let proven = EventProof::read(&proof).map_err(EventError::from).and_then(|proof| {
        let (event, checkpoint) = audit_verify::event(&json, &proof, &args.trust.key)?;
        Ok((event, checkpoint, proof.seq))
    });
    let (event, checkpoint, seq) = match proven {
        Ok(proven) => proven,
        Err(error) => {
            _ = writeln!(out, "problem: {}", escaped(&chain(&error)));
            return Ok(false);
        }
    };
    let (size, org) = (counted(checkpoint.size, "event"), &event.org_id);
    _ = writeln!(out, "{} of {size}, signed by {}", checkpoint.origin, args.trust.key.name());
    _ = writeln!(out, "The log contains the event {} of {org} under the sequence number {seq}, unchanged.", event.id);
    let Some(older) = older else { return Ok(true) };
    let is_older = is_beginning(&older, &checkpoint, args.log.as_deref())?;
    _ = match is_older {
        true => writeln!(out, "It begins with the {} of the older checkpoint.", counted(older.size, "event")),
        false => writeln!(out, "problem: the log does not begin with the events of the older checkpoint"),
    };
    Ok(is_older)
}

/// Compares the log of a checkpoint with that of an older one, by the tiles of the log.
fn is_beginning(older: &Checkpoint, checkpoint: &Checkpoint, log: Option<&Path>) -> Result<bool, VerifyError> {
    let (Some(plan), true) = (ProofPlan::consistency(older.size, checkpoint.size), older.origin == checkpoint.origin)
    else {
        return Ok(false);
    };
    let paths = plan.tiles();
    let mut tiles: Vec<Tile> = Vec::new();
    for path in paths {
        let log = log.ok_or(VerifyError::NoTiles { size: checkpoint.size, older: older.size })?;
        tiles.extend(audit_verify::tile(log, path)?);
    }
    let hashes = plan.hashes(|path| tiles.iter().find(|tile| tile.path == *path));
    let trees = ((older.size, older.root), (checkpoint.size, checkpoint.root));
    Ok(hashes.is_some_and(|hashes| is_consistent(trees.0, trees.1, &hashes)))
}

/// Reads the older checkpoint, if there is one; `None` if it is not accepted, which was written.
fn older(trust: &TrustArgs, out: &mut impl Write) -> Result<Option<Option<Checkpoint>>, VerifyError> {
    let Some(path) = &trust.older else { return Ok(Some(None)) };
    Ok(checkpoint(path, &trust.key, out)?.map(Some))
}

/// Reads a checkpoint; `None` if it is not accepted, which was written.
fn checkpoint(path: &Path, key: &VerifierKey, out: &mut impl Write) -> Result<Option<Checkpoint>, VerifyError> {
    match Checkpoint::open(&read(path)?, key) {
        Ok(checkpoint) => {
            let size = counted(checkpoint.size, "event");
            _ = writeln!(out, "{} of {size}, signed by {}", checkpoint.origin, key.name());
            Ok(Some(checkpoint))
        }
        Err(error) => {
            _ = writeln!(out, "problem: {}: {}", path.display(), chain(&error));
            Ok(None)
        }
    }
}

fn read(path: &Path) -> Result<String, VerifyError> {
    fs::read_to_string(path).map_err(|error| VerifyError::File(path.to_owned(), error))
}
