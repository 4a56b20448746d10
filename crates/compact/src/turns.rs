//! Whose turn it is: orgs that have had none first, then the unfinished ones, the longest waiting first.

use std::collections::VecDeque;

/// Those who wait for a turn.
#[derive(Debug)]
pub(crate) struct Turns<T> {
    fresh: VecDeque<T>,
    unfinished: VecDeque<T>,
}

impl<T> Default for Turns<T> {
    fn default() -> Self {
        Self { fresh: VecDeque::new(), unfinished: VecDeque::new() }
    }
}

impl<T> Turns<T> {
    /// Adds one that has had no turn.
    pub(crate) fn enter(&mut self, new: T) {
        self.fresh.push_back(new);
    }

    /// Adds one that has had a turn and needs another.
    pub(crate) fn again(&mut self, unfinished: T) {
        self.unfinished.push_back(unfinished);
    }

    /// Takes the one whose turn it is.
    pub(crate) fn next(&mut self) -> Option<T> {
        self.fresh.pop_front().or_else(|| self.unfinished.pop_front())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An org: its number, and the turns that it has had.
    type Org = (usize, u32);

    /// Runs orgs that need these numbers of turns with `at_once` of them in a turn; `choices` say whether an org is listed or a
    /// turn ends next, and which. Returns the turns in the order in which they began, each with the orgs that waited then.
    fn played(needs: &[u32], at_once: usize, choices: &[usize]) -> Vec<(Org, Vec<Org>)> {
        let (mut turns, mut running, mut begun) = (Turns::default(), Vec::<Org>::new(), Vec::new());
        let mut choices = choices.iter().copied().cycle();
        let mut listed = 0;
        loop {
            while running.len() < at_once
                && let Some(org) = turns.next()
            {
                begun.push((org, turns.fresh.iter().chain(&turns.unfinished).copied().collect()));
                running.push(org);
            }
            let choice = choices.next().unwrap();
            if listed < needs.len() && (running.is_empty() || choice % 2 == 0) {
                turns.enter((listed, 0));
                listed += 1;
            } else if running.is_empty() {
                return begun;
            } else {
                let (org, had) = running.swap_remove(choice % running.len());
                if had + 1 < needs[org] {
                    turns.again((org, had + 1));
                }
            }
        }
    }

    proptest! {
        #[test]
        fn every_org_gets_its_turns_and_none_a_further_one_while_another_waits_for_its_first(
            needs in prop::collection::vec(1_u32..6, 0..12),
            at_once in 1_usize..5,
            choices in prop::collection::vec(any::<usize>(), 1..40),
        ) {
            let begun = played(&needs, at_once, &choices);
            for (org, need) in needs.iter().enumerate() {
                let had: Vec<_> = begun.iter().filter(|((other, _), _)| *other == org).map(|((_, had), _)| *had).collect();
                prop_assert_eq!(had, (0..*need).collect::<Vec<_>>(), "org {}", org);
            }
            for ((org, had), waiting) in &begun {
                prop_assert!(*had == 0 || waiting.iter().all(|(_, had)| *had > 0), "org {} before {:?}", org, waiting);
            }
            // Who waits is passed over by each other org once at most: fresh ones, and those that waited longer.
            for (at, (_, waiting)) in begun.iter().enumerate() {
                for waiter in waiting {
                    let passed: Vec<_> = begun[at + 1..].iter().map(|(org, _)| *org).take_while(|org| org != waiter).collect();
                    let further = passed.iter().filter(|(_, had)| *had > 0).map(|(org, _)| *org);
                    let mut further: Vec<_> = further.collect();
                    let all = further.len();
                    further.sort_unstable();
                    further.dedup();
                    prop_assert_eq!(further.len(), all, "{:?} waited for {:?}", waiter, passed);
                }
            }
        }
    }
}
