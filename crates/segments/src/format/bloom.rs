//! The Bloom filters of the ledger: split-block filters as Parquet defines them, without a header.

use std::collections::HashSet;

use audit_core::{FilterFields, IpTerm, address::addresses, email::fold, limits::LEDGER_BLOOM_BYTES};
use parquet::bloom_filter::Sbbf;

/// One false positive in a hundred.
const FALSE_POSITIVES: f64 = 0.01;
/// More distinct values than a filter of the allowed size can contain at that rate.
const MANY: usize = LEDGER_BLOOM_BYTES;

/// The distinct values of a segment; `None` once there are too many for a filter.
pub(crate) struct Distinct(Option<HashSet<String>>);

impl Distinct {
    pub(crate) fn new() -> Self {
        Self(Some(HashSet::new()))
    }

    pub(crate) fn insert(&mut self, value: &str) {
        if let Some(values) = &mut self.0
            && !values.contains(value)
        {
            values.insert(value.to_owned());
            if values.len() > MANY {
                self.0 = None;
            }
        }
    }

    /// Returns the bits of the filter; `None` if it would be too large for the ledger.
    pub(crate) fn filter(self) -> Option<Vec<u8>> {
        let values = self.0?;
        let mut filter = Sbbf::new_with_ndv_fpp(values.len().max(1) as u64, FALSE_POSITIVES).ok()?;
        if filter.num_blocks() * 32 > LEDGER_BLOOM_BYTES {
            return None;
        }
        values.iter().for_each(|value| filter.insert(value.as_str()));
        let mut bits = Vec::new();
        filter.write_bitset(&mut bits).ok()?;
        Some(bits)
    }
}

/// Reports whether a filter may contain a value. A missing filter may contain any.
pub(crate) fn may_contain(bits: Option<&[u8]>, value: &str) -> bool {
    bits.is_none_or(|bits| bits.len() < 32 || Sbbf::new(bits).check(value))
}

/// Returns the values by which an actor is found: the id, and the folded e-mail address. A prefix keeps them apart.
pub(crate) fn actor_values(event: &FilterFields<'_>) -> impl Iterator<Item = String> {
    let email = event.actor_email.map(|email| email_value(&fold(email)));
    std::iter::once(id_value(event.actor_id)).chain(email)
}

/// Returns the values by which a `context.ip` is found: the canonical forms of its addresses, or a text without one.
pub(crate) fn ip_values(ip: &str) -> Vec<String> {
    let values: Vec<_> = addresses(ip).map(|address| address.to_string()).collect();
    if values.is_empty() { vec![format!("t{ip}")] } else { values }
}

/// Returns the values that every segment contains in which the term finds an event.
pub(crate) fn term_values(term: &IpTerm) -> Vec<String> {
    match term {
        IpTerm::Address(address) => vec![address.to_string()],
        IpTerm::Text(text) => ip_values(text),
    }
}

pub(crate) fn id_value(id: &str) -> String {
    format!("i{id}")
}

pub(crate) fn email_value(folded: &str) -> String {
    format!("e{folded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inserted_value_may_be_contained_and_few_others() {
        let mut distinct = Distinct::new();
        (0..1000).for_each(|n| distinct.insert(&n.to_string()));
        let bits = distinct.filter().unwrap();
        assert!((0..1000).all(|n| may_contain(Some(&bits), &n.to_string())));
        let wrong = (1000..11_000).filter(|n: &i32| may_contain(Some(&bits), &n.to_string())).count();
        assert!(wrong < 300, "{wrong} false positives in 10,000");
        assert!(bits.len() <= LEDGER_BLOOM_BYTES);
    }

    #[test]
    fn too_many_values_have_no_filter_and_may_be_anything() {
        let mut distinct = Distinct::new();
        (0..9_000).for_each(|n| distinct.insert(&n.to_string()));
        assert_eq!(distinct.filter(), None);
        assert!(may_contain(None, "x"));
    }
}
