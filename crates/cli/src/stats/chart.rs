//! Counts as bars on a terminal.

use std::collections::BTreeSet;
use std::io::{self, Write};

use console::{Style, measure_text_width, pad_str, truncate_str};

use super::counts::{Counts, Group};
use crate::text::escaped;

/// Columns of a label at most, and of a bar at least.
const LABEL: usize = 40;
const BAR: usize = 10;

/// Eighths of a column, and of a line.
const EIGHTHS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Writes the total and one line for each group.
pub(super) fn write(counts: &Counts, width: usize, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", Style::new().bold().apply_to(format!("{} events, {} failed", counts.total, counts.failed)))?;
    let Some(groups) = &counts.groups else { return Ok(()) };
    if let (Some(interval), Some(zone)) = (&counts.interval, &counts.zone) {
        writeln!(out, "bars of {interval}, {zone}; bars without events are left out")?;
    }
    let labels: Vec<_> = groups.iter().map(label).collect();
    let label_width = labels.iter().map(|label| measure_text_width(label)).max().unwrap_or(0).min(LABEL);
    let most = groups.iter().map(|group| group.count).max().unwrap_or(0).max(1);
    let number_width = most.to_string().len();
    // The rest is for " failed" with its number.
    let bar_width = width.saturating_sub(label_width + 2 * number_width + 14).clamp(BAR, 60);
    let times: BTreeSet<_> = groups.iter().flat_map(|group| &group.bars).flatten().map(Group::identity).collect();
    for (group, label) in groups.iter().zip(&labels) {
        let label = truncate_str(label, label_width, "…");
        let label = pad_str(&label, label_width, console::Alignment::Left, None);
        let bar = match &group.bars {
            Some(bars) => spark(bars, &times, bar_width),
            None => pad_str(&bar(group.count, most, bar_width), bar_width, console::Alignment::Left, None).into_owned(),
        };
        let failed = if group.failed > 0 { format!("  {} failed", group.failed) } else { String::new() };
        let (bar, failed) = (Style::new().cyan().apply_to(bar), Style::new().red().apply_to(failed));
        writeln!(out, "{label}  {bar}  {:>number_width$}{failed}", group.count)?;
    }
    if let Some(others) = &counts.others {
        writeln!(out, "{} other groups: {} events, {} failed", others.groups, others.count, others.failed)?;
    }
    Ok(())
}

/// Returns the time or the key, with the name if the API knows one.
fn label(group: &Group) -> String {
    if group.what.get("key").is_some_and(serde_json::Value::is_null) {
        return "(none)".to_owned();
    }
    let name = ["name", "email"].into_iter().find_map(|member| group.what.get(member)?.as_str());
    let identity = group.identity();
    match name {
        Some(name) if name != identity => format!("{} ({})", escaped(name), escaped(&identity)),
        _ => escaped(&identity).into_owned(),
    }
}

/// Returns a bar of `count`; the bar of `most` has `width` columns.
fn bar(count: u64, most: u64, width: usize) -> String {
    let eighths = (count as f64 / most as f64 * (width * 8) as f64).ceil() as usize;
    let mut bar = "█".repeat(eighths / 8);
    bar.extend((eighths % 8).checked_sub(1).map(|part| EIGHTHS[part]));
    bar
}

/// Returns one column for each of the last `width` times that have events in any group.
fn spark(bars: &[Group], times: &BTreeSet<String>, width: usize) -> String {
    let most = bars.iter().map(|bar| bar.count).max().unwrap_or(0).max(1);
    let column = |time: &String| match bars.iter().find(|bar| bar.identity() == *time).map_or(0, |bar| bar.count) {
        0 => ' ',
        count => LEVELS[((count * 8).div_ceil(most) as usize).clamp(1, 8) - 1],
    };
    times.iter().skip(times.len().saturating_sub(width)).map(column).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_count_and_never_empty_above_zero() {
        assert_eq!(bar(10, 10, 4), "████");
        assert_eq!(bar(5, 10, 4), "██");
        assert_eq!(bar(1, 1_000_000, 4), "▏");
        assert_eq!(bar(0, 10, 4), "");
    }

    #[test]
    fn every_group_has_a_line_and_hostile_names_are_escaped() {
        let groups = r#"{"total":9,"failed":1,"scanned_from":null,"scanned_through":null,"next_cursor":null,
            "groups":[{"key":"usr_1","name":"A\u001b[2J","count":8,"failed":1},{"key":null,"count":1,"failed":0}],
            "others":{"groups":2,"count":3,"failed":0}}"#;
        let mut out = Vec::new();
        write(&serde_json::from_str(groups).unwrap(), 80, &mut out).unwrap();
        let text = console::strip_ansi_codes(std::str::from_utf8(&out).unwrap()).into_owned();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "9 events, 1 failed");
        assert!(lines[1].starts_with(r"A\u{1b}[2J (usr_1)  ████") && lines[1].ends_with("8  1 failed"), "{text}");
        assert!(lines[2].starts_with("(none)") && lines[2].ends_with('1'), "{text}");
        assert_eq!(lines[3], "2 other groups: 3 events, 0 failed");
    }
}
