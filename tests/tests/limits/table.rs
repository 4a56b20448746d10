//! The rows of the table.

use crate::numbers::number;
use crate::sources::root;

/// A row.
#[derive(Debug)]
pub(crate) struct Row {
    /// What is limited.
    pub(crate) name: String,
    /// The value as it is written.
    pub(crate) value_text: String,
    /// The value: in milliseconds where it is a time.
    pub(crate) value: Option<i64>,
    /// The file that holds the limit, from the root of the repository.
    pub(crate) file: String,
    /// The constant, field or path in it.
    pub(crate) constant: String,
    /// The functions, or the files of `tests/python/functions`, that test it; `None` where it changes no answer, and no test pins it.
    pub(crate) tests: Option<Vec<String>>,
}

/// Reads `crates/README.md`, section *Limits*.
pub(crate) fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(root().join("crates/README.md")).unwrap();
    let section = text.split("\n## Limits\n").nth(1).unwrap().split("\n## ").next().unwrap().to_owned();
    let rows =
        section.lines().filter(|line| line.starts_with("| ") && line.contains("/src/") || line.contains("| `infra/"));
    rows.map(row).collect()
}

/// `| what | value | `file` `constant` | beyond it | `test`, `test` |`, the last cell in the table of limits alone.
fn row(line: &str) -> Row {
    let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
    let (name, value, place, tests) = match cells[..] {
        [name, value, place, _, tests] => (name, value, place, Some(tests)),
        [name, value, place, _] => (name, value, place, None),
        _ => panic!("not four or five cells: {line}"),
    };
    let quoted = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let place = quoted(place);
    Row {
        name: name.to_owned(),
        value_text: value.to_owned(),
        value: number(value),
        file: place[0].clone(),
        constant: place[1].clone(),
        tests: tests.map(quoted),
    }
}
