//! Events on standard output: a table on a terminal, JSON lines in a pipe.

use std::fmt;
use std::io::{self, IsTerminal as _, Write};
use std::str::FromStr;
use std::time::Duration;

use audit_core::UnixMicros;
use clap::ValueEnum;
use console::{Style, Term, measure_text_width, pad_str, truncate_str};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::api::Parameters;
use crate::text::{escaped, escaped_json};
use crate::zone::{ZoneArgs, shown};

/// An event is marked as late if it was received this long after it occurred.
const LATE: Duration = Duration::from_secs(60);
/// Columns that a sentence has at least; the columns beside it are left out for it.
const SENTENCE: usize = 50;
/// Columns of an action and of an address that are never cut.
const ACTION: usize = 28;
const ADDRESS: usize = 15;

/// How events are shown.
#[derive(Debug, Clone, clap::Args)]
pub struct ListingArgs {
    /// Print JSON lines on a terminal too: each event as the service stores it.
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    /// Language of the sentences; JSON contains sentences only with this flag [default on a terminal: en].
    #[arg(long, value_enum, help_heading = "Output")]
    pub locale: Option<Locale>,
    /// The time zone.
    #[command(flatten)]
    pub zone: ZoneArgs,
}

/// The language of sentences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Locale {
    /// English.
    En,
    /// German.
    De,
}

/// Writes events.
#[derive(Debug)]
pub(crate) struct Listing {
    form: Form,
    args: ListingArgs,
    has_header: bool,
    /// Whether events that were received late are marked.
    pub(crate) marks_late: bool,
}

/// What an event becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Table,
    JsonOnTerminal,
    Json,
}

impl Listing {
    /// Chooses the form for standard output.
    pub(crate) fn new(args: &ListingArgs) -> Self {
        let form = match (io::stdout().is_terminal(), args.json) {
            (true, false) => Form::Table,
            (true, true) => Form::JsonOnTerminal,
            (false, _) => Form::Json,
        };
        Self { form, args: args.clone(), has_header: false, marks_late: false }
    }

    /// Returns the parameters of the API that the form needs.
    pub(crate) fn parameters(&self) -> Parameters {
        let default = (self.form == Form::Table).then_some(Locale::En);
        let locale = self.args.locale.or(default).and_then(|locale| locale.to_possible_value());
        locale.iter().map(|locale| ("summary", locale.get_name().to_owned())).collect()
    }

    /// Whether a person reads it.
    pub(crate) fn is_table(&self) -> bool {
        self.form == Form::Table
    }

    /// Writes events as they were received.
    pub(crate) fn write(&mut self, events: &[Box<RawValue>]) -> io::Result<()> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        match self.form {
            Form::Table => {
                let width = usize::from(Term::stdout().size().1);
                for event in events {
                    let Ok(row) = serde_json::from_str::<Row>(event.get()) else {
                        writeln!(out, "{}", escaped(event.get()))?;
                        continue;
                    };
                    self.write_row(&row, width, &mut out)?;
                }
            }
            Form::JsonOnTerminal => {
                events.iter().try_for_each(|event| writeln!(out, "{}", escaped_json(event.get())))?;
            }
            Form::Json => events.iter().try_for_each(|event| writeln!(out, "{}", event.get()))?,
        }
        out.flush()
    }

    fn write_row(&mut self, row: &Row, width: usize, out: &mut impl Write) -> io::Result<()> {
        let zone = self.args.zone.zone();
        let time = shown(row.occurred_at, zone);
        let columns = Columns::new(width, time.len());
        if !self.has_header {
            self.has_header = true;
            let title = columns.line(&format!("TIME ({zone})"), "ACTION", "ADDRESS", "EVENT");
            writeln!(out, "{}", Style::new().bold().apply_to(title))?;
        }
        let action = if row.result == "failed" { Style::new().red() } else { Style::new() };
        let address = row.context.as_ref().and_then(|context| context.ip.as_deref()).unwrap_or_default();
        let late = row.ingested_at.since(row.occurred_at);
        let mark = if self.marks_late && late >= LATE {
            let late = humantime::format_duration(Duration::from_secs(late.as_secs())).to_string();
            // Two units are enough: `3h 20m`.
            let late = late.split(' ').take(2).collect::<Vec<_>>().join(" ");
            Style::new().yellow().apply_to(format!("late {late}: ")).to_string()
        } else {
            String::new()
        };
        let sentence = mark + &row.summary.iter().map(Token::styled).collect::<String>();
        let action = action.apply_to(escaped(&row.action)).to_string();
        writeln!(out, "{}", columns.line(&time, &action, &escaped(address), &sentence))
    }
}

/// Which columns fit.
#[derive(Debug, Clone, Copy)]
struct Columns {
    width: usize,
    time: usize,
    action: bool,
    address: bool,
}

impl Columns {
    fn new(width: usize, time: usize) -> Self {
        let left = width.saturating_sub(time + 2);
        let address = left >= SENTENCE + ADDRESS + 2;
        let action = left >= SENTENCE + ADDRESS + ACTION + 4;
        Self { width, time, action, address }
    }

    /// Returns a line that fits the width. A longer action or address moves what follows.
    fn line(self, time: &str, action: &str, address: &str, sentence: &str) -> String {
        let mut line = pad(time, self.time);
        if self.action {
            line += &pad(action, ACTION);
        }
        if self.address {
            line += &pad(address, ADDRESS);
        }
        line += sentence;
        truncate_str(line.trim_end(), self.width, "…").into_owned()
    }
}

fn pad(text: &str, width: usize) -> String {
    pad_str(text, width.max(measure_text_width(text)) + 2, console::Alignment::Left, None).into_owned()
}

/// What a row of the table shows of an event.
#[derive(Debug, Deserialize)]
struct Row {
    #[serde(deserialize_with = "parsed")]
    occurred_at: UnixMicros,
    #[serde(deserialize_with = "parsed")]
    ingested_at: UnixMicros,
    action: String,
    result: String,
    context: Option<Context>,
    summary: Vec<Token>,
}

#[derive(Debug, Deserialize)]
struct Context {
    ip: Option<String>,
}

/// A part of the sentence of an event.
#[derive(Debug, Deserialize)]
struct Token {
    text: String,
    of: Option<String>,
}

impl Token {
    fn styled(&self) -> String {
        let style = match self.of.as_deref() {
            Some("actor" | "target") => Style::new().bold(),
            Some("old") => Style::new().red(),
            Some("new") => Style::new().green(),
            _ => Style::new(),
        };
        style.apply_to(escaped(&self.text)).to_string()
    }
}

/// Reads a value that the API writes as text.
pub(crate) fn parsed<'de, D: Deserializer<'de>, T: FromStr<Err: fmt::Display>>(deserializer: D) -> Result<T, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_fits_its_terminal_and_keeps_the_sentence() {
        let sentence = "艾达 changed the role of Боб from editor to admin in the project of the quarter";
        for width in [20, 60, 80, 120, 200] {
            let line = Columns::new(width, 24).line("2026-07-01T10:00:00.123Z", "role.changed", "192.0.2.1", sentence);
            assert!(measure_text_width(&line) <= width, "{width}: {line}");
            assert_eq!(line.ends_with('…'), width < 200, "{width}: {line}");
            assert_eq!((line.contains("role.changed"), line.contains("192.0.2.1")), (width >= 123, width >= 93));
        }
    }
}
