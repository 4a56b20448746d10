//! On a terminal: a table that fits, in color unless that is off, and in which no text of an event moves the cursor.
#![cfg(target_os = "linux")]

use std::process::Command;

use crate::stub::{DAY, MINUTE, Stub, now};
use crate::{audit, ended};

const HOSTILE: &str = r#","context":{"ip":"192.0.2.1"},"summary":[
    {"text":"Eve\u001b[2J\u0007\u009b1A\u202e","of":"actor"},{"text":" changed the role of "},{"text":"Боб 艾达","of":"target"},
    {"text":" from "},{"text":"editor","of":"old"},{"text":" to "},{"text":"admin","of":"new"}]"#;

/// Runs a command on a pseudo terminal of `columns`; returns its exit code and what the terminal receives.
async fn on_terminal(command: Command, columns: u16) -> (i32, String) {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let quoted: Vec<_> = words.map(|word| format!("'{}'", word.to_str().unwrap())).collect();
    let mut script = Command::new("script");
    script.args(["-qec", &format!("stty cols {columns} rows 24; {}", quoted.join(" ")), "/dev/null"]);
    script.env("TERM", "xterm-256color").env("SHELL", "/bin/sh");
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => script.env(name, value),
            None => script.env_remove(name),
        };
    }
    let (code, out, _) = ended(script).await;
    (code, out)
}

async fn hostile() -> Stub {
    let stub = Stub::start().await;
    stub.state.lock().unwrap().add("eve", 1_793_620_800_000_000, 1_793_620_800_000_000, HOSTILE);
    stub
}

#[tokio::test]
async fn a_terminal_gets_a_table_that_hostile_text_cannot_leave() {
    let stub = hostile().await;
    let (code, colored) = on_terminal(audit("search", &stub.url), 200).await;
    assert_eq!(code, 0);
    let plain = console::strip_ansi_codes(&colored);
    assert_ne!(plain, colored, "it is colored");
    let lines: Vec<_> = plain.lines().collect();
    assert_eq!(lines.len(), 2, "{plain}");
    assert!(lines[0].starts_with("TIME (UTC)") && lines[0].ends_with("EVENT"), "{plain}");
    let sentence = r"Eve\u{1b}[2J\u{7}\u{9b}1A\u{202e} changed the role of Боб 艾达 from editor to admin";
    assert!(lines[1].starts_with("2026-11-02T12:00:00.000Z  a.b "), "{plain}");
    assert!(lines[1].contains("192.0.2.1") && lines[1].ends_with(sentence), "{plain}");
    assert_eq!(stub.seen()[0].1[0], ("summary".to_owned(), "en".to_owned()));
    // Every control sequence is one of colors.
    for sequence in colored.split('\u{1b}').skip(1) {
        let end = sequence.find(|letter: char| letter.is_ascii_alphabetic()).unwrap();
        assert!(sequence.starts_with('[') && &sequence[end..=end] == "m", "{sequence:?}");
    }
}

#[tokio::test]
async fn a_narrow_terminal_without_colors_gets_whole_lines() {
    let stub = hostile().await;
    for columns in [40, 80, 130] {
        let mut search = audit("search", &stub.url);
        search.args(["--zone", "Europe/Berlin", "--locale", "de"]).env("NO_COLOR", "1");
        let (code, out) = on_terminal(search, columns).await;
        assert_eq!(code, 0);
        assert!(!out.contains('\u{1b}') && out.contains("2026-11-02T13:00:00.000+01:00"), "{out}");
        assert!(out.lines().all(|line| console::measure_text_width(line) <= usize::from(columns)), "{columns}: {out}");
    }
    assert_eq!(stub.seen()[0].1[0], ("summary".to_owned(), "de".to_owned()));
}

#[tokio::test]
async fn json_on_a_terminal_is_the_same_document_without_control_characters() {
    let stub = hostile().await;
    let raw = "{\"text\":\"\u{9b}1A\u{202e}\"}";
    stub.state.lock().unwrap().add("eve", now(), now(), &format!(",\"details\":{raw}"));
    let mut search = audit("search", &stub.url);
    search.arg("--json");
    let (code, out) = on_terminal(search, 80).await;
    assert_eq!((code, out.lines().count()), (0, 2));
    assert!(!out.contains(|letter: char| letter.is_control() && !"\r\n".contains(letter)), "{out:?}");
    let first: serde_json::Value = serde_json::from_str(out.lines().next().unwrap()).unwrap();
    assert_eq!(first["details"], serde_json::from_str::<serde_json::Value>(raw).unwrap());
}

#[tokio::test]
async fn statistics_are_bars_on_a_terminal() {
    let stub = Stub::start().await;
    for number in 0..6 {
        stub.state.lock().unwrap().add("ada", now() - number / 2 * DAY - MINUTE, now(), "");
    }
    let mut stats = audit("stats", &stub.url);
    stats.args(["--group-by", "time", "--interval", "1d"]).env("NO_COLOR", "1");
    let (code, out) = on_terminal(stats, 80).await;
    assert_eq!((code, out.lines().count()), (0, 4), "{out}");
    assert!(out.starts_with("6 events, 0 failed\r\n") && out.lines().skip(1).all(|line| line.contains("██")), "{out}");
}
