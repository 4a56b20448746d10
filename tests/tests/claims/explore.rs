//! The exploration of every state of a model.

use std::collections::{HashSet, VecDeque};
use std::fmt::{Debug, Display};
use std::hash::{DefaultHasher, Hash, Hasher as _};

/// Explores every state that follows from `start`; returns how many there are, or the first violation.
///
/// States with one `key` are the same. It is kept as a digest, since there are many.
pub(crate) fn explore<S: Debug, K: Hash, V: Display, A: IntoIterator<Item = S>>(
    start: S,
    key: impl Fn(&S) -> K,
    check: impl Fn(&S) -> Result<(), V>,
    after: impl Fn(&S) -> A,
) -> Result<usize, String> {
    let digest = |state: &S| {
        let mut hasher = DefaultHasher::new();
        key(state).hash(&mut hasher);
        hasher.finish()
    };
    let (mut seen, mut waiting) = (HashSet::from([digest(&start)]), VecDeque::from([start]));
    while let Some(state) = waiting.pop_front() {
        check(&state).map_err(|violated| format!("{violated} in {state:?}"))?;
        for next in after(&state) {
            if seen.insert(digest(&next)) {
                waiting.push_back(next);
            }
        }
    }
    Ok(seen.len())
}
