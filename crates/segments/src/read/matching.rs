//! Which rows of a batch match a filter: decided once for each combination of values.
//!
//! The columns are read as the file stores them, as numbers into dictionaries. So no text is made for a row, and an
//! e-mail address is folded once, not once a row.

use std::collections::HashMap;

use arrow::array::{Array, AsArray, DictionaryArray, StringArray};
use arrow::datatypes::Int32Type;
use audit_core::{Filter, FilterFields};

use crate::error::{SegmentError, unreadable};
use crate::format::rows::{Columns, text};

/// The number of an absent value; entries of a dictionary have smaller numbers.
pub(crate) const ABSENT: u32 = u32::MAX;
/// Combinations up to which they are found by an index and not by a hash.
const TABLE: usize = 1 << 16;

/// A column as numbers into a dictionary.
pub(crate) struct Stored<'a> {
    column: &'a DictionaryArray<Int32Type>,
    texts: &'a StringArray,
}

impl<'a> Stored<'a> {
    /// Returns a column of a batch that was read as the file stores it.
    pub(crate) fn of(batch: &Columns<'a>, name: &str) -> Result<Self, SegmentError> {
        let column = batch.batch.column_by_name(name).and_then(|column| column.as_dictionary_opt());
        let texts = column.and_then(|column| Some((column, column.values().as_string_opt()?)));
        let (column, texts) =
            texts.ok_or_else(|| unreadable(batch.key, format!("the column {name} is missing or contains no texts")))?;
        Ok(Self { column, texts })
    }

    /// Returns how many different values there are, one of them absent.
    pub(crate) fn values(&self) -> usize {
        self.texts.len() + 1
    }

    /// Returns the number of a row's value.
    pub(crate) fn value(&self, row: usize) -> u32 {
        let keys = self.column.keys();
        if keys.is_null(row) { ABSENT } else { keys.value(row) as u32 }
    }

    /// Returns the text of a row.
    pub(crate) fn text(&self, row: usize) -> Option<&'a str> {
        match self.value(row) {
            ABSENT => None,
            value => text(self.texts, value as usize),
        }
    }
}

/// Reports for each row whether it matches. The batch contains the columns of the filter as the file stores them.
pub(crate) fn matching(batch: &Columns<'_>, filter: &Filter) -> Result<Vec<bool>, SegmentError> {
    let names = filter.columns();
    let columns = names.iter().map(|name| Stored::of(batch, name)).collect::<Result<Vec<_>, _>>()?;
    let mut combinations = Combinations::one(batch.batch.num_rows());
    columns.iter().for_each(|column| combinations.split_by(column));
    let fields = |row: usize| {
        let of = |name| names.iter().position(|read| *read == name).and_then(|at| columns[at].text(row));
        FilterFields {
            actor_id: of("actor_id").unwrap_or_default(),
            actor_email: of("actor_email"),
            action: of("action").unwrap_or_default(),
            category: of("category").unwrap_or_default(),
            target_id: of("target_id"),
            result: of("result").unwrap_or_default(),
            ip: of("ip"),
            request_id: of("request_id"),
        }
    };
    let matched: Vec<_> = combinations.first_rows.iter().map(|row| filter.matches(&fields(*row))).collect();
    Ok(combinations.of_rows.iter().map(|combination| matched[*combination as usize]).collect())
}

/// The combinations of values that rows have.
struct Combinations {
    /// Of each row.
    of_rows: Vec<u32>,
    /// The first row of each.
    first_rows: Vec<usize>,
}

impl Combinations {
    /// All rows are alike.
    fn one(rows: usize) -> Self {
        Self { of_rows: vec![0; rows], first_rows: if rows == 0 { Vec::new() } else { vec![0] } }
    }

    /// Distinguishes rows by a further column.
    fn split_by(&mut self, column: &Stored<'_>) {
        let values = column.values();
        let mut parts = match self.first_rows.len().saturating_mul(values) {
            few if few <= TABLE => Parts::Table { values, parts: vec![None; few] },
            _ => Parts::Hash { last: vec![(ABSENT, None); self.first_rows.len()], parts: HashMap::new() },
        };
        let mut first_rows = Vec::new();
        for (row, combination) in self.of_rows.iter_mut().enumerate() {
            let next = first_rows.len() as u32;
            *combination = parts.part(*combination, column.value(row), next);
            if *combination == next {
                first_rows.push(row);
            }
        }
        self.first_rows = first_rows;
    }
}

/// The parts into which combinations are split by the values of a column.
enum Parts {
    Table {
        values: usize,
        parts: Vec<Option<u32>>,
    },
    Hash {
        /// The value that each combination met last, and its part: mostly one value implies the other.
        last: Vec<(u32, Option<u32>)>,
        parts: HashMap<(u32, u32), u32>,
    },
}

impl Parts {
    /// Returns the part of a combination that has a value: `next` if it is new.
    fn part(&mut self, combination: u32, value: u32, next: u32) -> u32 {
        match self {
            Self::Table { values, parts } => {
                let value = if value == ABSENT { *values - 1 } else { value as usize };
                *parts[combination as usize * *values + value].get_or_insert(next)
            }
            Self::Hash { last, parts } => {
                let last = &mut last[combination as usize];
                match *last {
                    (seen, Some(part)) if seen == value => part,
                    _ => {
                        let part = *parts.entry((combination, value)).or_insert(next);
                        *last = (value, Some(part));
                        part
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, RecordBatch};
    use audit_core::ActorTerm;

    use super::*;

    /// Rows of an actor's id and e-mail address: one in seven without an address, each address with two ids.
    fn rows(ids: usize) -> Vec<(String, Option<String>)> {
        let row = |row: usize| {
            let id = row * 31 % ids;
            (format!("usr_{id}"), (!row.is_multiple_of(7)).then(|| format!("Usr_{}@example.com", id / 2)))
        };
        (0..5_000).map(row).collect()
    }

    fn check(rows: &[(String, Option<String>)], filter: &Filter) -> usize {
        let ids: DictionaryArray<Int32Type> = rows.iter().map(|(id, _)| Some(id.as_str())).collect();
        let emails: DictionaryArray<Int32Type> = rows.iter().map(|(_, email)| email.as_deref()).collect();
        let columns: [(&str, ArrayRef); 2] = [("actor_email", Arc::new(emails)), ("actor_id", Arc::new(ids))];
        let batch = RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true))).unwrap();
        let found = matching(&Columns { key: "key", batch: &batch }, filter).unwrap();
        let expected: Vec<_> = rows
            .iter()
            .map(|(id, email)| {
                filter.matches(&FilterFields { actor_id: id, actor_email: email.as_deref(), ..Default::default() })
            })
            .collect();
        assert_eq!(found, expected);
        found.iter().filter(|matched| **matched).count()
    }

    #[test]
    fn each_row_is_decided_as_if_it_were_the_only_one() {
        // Few combinations are found by an index, many by a hash.
        for ids in [1, 3, 200, 4_999] {
            let rows = rows(ids);
            for text in ["usr_0", "usr_2", "USR_0@EXAMPLE.com", "usr_1@example.com", "usr_1999", "nobody"] {
                let by = |text| Filter { actors: vec![ActorTerm::new(text)], ..Filter::default() };
                let not = |text| Filter { not_actors: vec![ActorTerm::new(text)], ..Filter::default() };
                let (found, others) = (check(&rows, &by(text)), check(&rows, &not(text)));
                assert_eq!(found + others, rows.len(), "{text}");
            }
        }
    }

    #[test]
    fn a_batch_without_rows_has_no_match() {
        assert_eq!(check(&[], &Filter { actors: vec![ActorTerm::new("usr_0")], ..Filter::default() }), 0);
    }
}
