//! Caches that are bounded in bytes.

use std::hash::Hash;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};

/// Entries that a cache is made for; more are cached while their bytes fit.
const ENTRIES: usize = 1_024;

/// A cache of up to `bytes` of entries, in one shard.
///
/// # Guarantees
///
/// Admits every entry of up to 97 % of `bytes`, regardless of how many cores the machine has. By default, quick_cache
/// divides the bytes among shards, four a core, and never admits an entry that is larger than the part of one shard.
#[expect(clippy::expect_used, reason = "both capacities are set, and nothing else can be wrong with the options")]
pub fn by_bytes<K, V, W>(bytes: u64, weighter: W) -> Cache<K, V, W>
where
    K: Eq + Hash,
    V: Clone,
    W: Weighter<K, V> + Clone,
{
    let mut options = OptionsBuilder::new();
    options.shards(1).estimated_items_capacity(ENTRIES).weight_capacity(bytes);
    let options = options.build().expect("both capacities are set");
    Cache::with_options(options, weighter, DefaultHashBuilder::default(), DefaultLifecycle::default())
}

/// Ranges of objects that were read and verified. An object never changes, so they are valid without a limit in time.
#[derive(Debug, Clone)]
pub(crate) struct Ranges(Arc<Cache<(Arc<str>, u64), Bytes, ByLength>>);

impl Ranges {
    /// A cache of up to `bytes` of ranges.
    pub(crate) fn new(bytes: u64) -> Self {
        Self(Arc::new(by_bytes(bytes, ByLength)))
    }

    pub(crate) fn get(&self, key: &Arc<str>, range: &Range<u64>) -> Option<Bytes> {
        let known = self.0.get(&(Arc::clone(key), range.start))?;
        (known.len() as u64 == range.end - range.start).then_some(known)
    }

    pub(crate) fn insert(&self, key: &Arc<str>, range: &Range<u64>, bytes: Bytes) {
        self.0.insert((Arc::clone(key), range.start), bytes);
    }
}

#[derive(Debug, Clone)]
pub(crate) struct ByLength;

impl Weighter<(Arc<str>, u64), Bytes> for ByLength {
    fn weight(&self, _: &(Arc<str>, u64), bytes: &Bytes) -> u64 {
        // An entry's own size: ranges may be a few bytes long.
        bytes.len() as u64 + 128
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone)]
    struct Itself;

    impl Weighter<&'static str, u64> for Itself {
        fn weight(&self, _: &&'static str, bytes: &u64) -> u64 {
            *bytes
        }
    }

    #[test]
    fn an_entry_of_97_percent_is_cached_and_a_larger_one_is_not() {
        let cache = by_bytes(1_000, Itself);
        cache.insert("fits", 970);
        cache.insert("does not fit", 971);
        assert_eq!((cache.get("fits"), cache.get("does not fit"), cache.num_shards()), (Some(970), None, 1));
    }

    #[test]
    fn a_large_entry_is_cached_beside_small_ones_and_all_stay_within_the_bytes() {
        let cache = by_bytes(1_000, Itself);
        for name in ["a", "b", "c"] {
            cache.insert(name, 100);
        }
        cache.insert("large", 600);
        assert_eq!(cache.get("large"), Some(600));
        cache.insert("larger", 900);
        assert!(cache.weight() <= 1_000 && cache.get("larger").is_some(), "{}", cache.weight());
    }
}
