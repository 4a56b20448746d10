//! What was measured: one table, and the same as JSON.

use std::fmt;

use serde::Serialize;

/// One measured thing.
#[derive(Debug, Serialize)]
pub(crate) struct Figure {
    part: &'static str,
    what: String,
    values: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ratios: Vec<Ratio>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<Target>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

#[derive(Debug, Serialize)]
struct Value {
    name: String,
    value: f64,
    unit: &'static str,
}

#[derive(Debug, Serialize)]
struct Ratio {
    name: String,
    ratio: f64,
}

#[derive(Debug, Serialize)]
struct Target {
    text: String,
    met: bool,
}

impl Figure {
    pub(crate) fn new(part: &'static str, what: impl Into<String>) -> Self {
        Self { part, what: what.into(), values: Vec::new(), ratios: Vec::new(), target: None, note: None }
    }

    /// A part, or something of it, that cannot be measured here.
    pub(crate) fn unmeasured(part: &'static str, what: impl Into<String>, why: impl fmt::Display) -> Self {
        Self::new(part, what).note(format!("not measured: {why}"))
    }

    pub(crate) fn value(mut self, name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        self.values.push(Value { name: name.into(), value, unit });
        self
    }

    pub(crate) fn ratio(mut self, name: impl Into<String>, ratio: f64) -> Self {
        self.ratios.push(Ratio { name: name.into(), ratio });
        self
    }

    pub(crate) fn target(mut self, text: impl Into<String>, met: bool) -> Self {
        self.target = Some(Target { text: text.into(), met });
        self
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }
}

/// The first two lines of the table.
pub(crate) const HEADER: &str =
    "| part | what | measured | ratio | target | met |\n| --- | --- | --- | --- | --- | --- |";

/// A row of the table.
impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = self.values.iter().map(|value| format!("{} {} {}", value.name, short(value.value), value.unit));
        let measured: Vec<_> = values.map(|text| text.trim().to_owned()).chain(self.note.clone()).collect();
        let ratios = self.ratios.iter().map(|ratio| format!("{} {}x", ratio.name, short(ratio.ratio)));
        let ratios: Vec<_> = ratios.map(|text| text.trim().to_owned()).collect();
        let (target, met) = match &self.target {
            Some(target) => (target.text.as_str(), if target.met { "yes" } else { "**no**" }),
            None => ("", ""),
        };
        let (measured, ratios) = (measured.join(", "), ratios.join(", "));
        write!(f, "| {} | {} | {measured} | {ratios} | {target} | {met} |", self.part, self.what)
    }
}

/// Three significant digits, or a whole number.
fn short(value: f64) -> String {
    match value.abs() {
        whole if whole.fract() == 0.0 => format!("{value}"),
        large if large >= 100.0 => format!("{value:.0}"),
        some if some >= 10.0 => format!("{value:.1}"),
        small if small >= 0.1 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

/// The middle one of some values.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_shows_what_was_measured_and_whether_the_target_is_met() {
        let figure = Figure::new("search", "newest 50").value("warm", 12.345, "ms").value("DuckDB", 622.4, "ms");
        let figure = figure.ratio("", 50.43).target("≥ 5x", true);
        assert_eq!(figure.to_string(), "| search | newest 50 | warm 12.3 ms, DuckDB 622 ms | 50.4x | ≥ 5x | yes |");
        let missing = Figure::unmeasured("cold", "ingest", "it is not built");
        assert_eq!(missing.to_string(), "| cold | ingest | not measured: it is not built |  |  |  |");
    }
}
