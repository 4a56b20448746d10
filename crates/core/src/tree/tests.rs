use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::*;

/// The leaf hashes of the reference implementation of Certificate Transparency, and the root after each of them.
const REFERENCE: [(&str, &str); 8] = [
    ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
    ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
    ("5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
    ("606162636465666768696a6b6c6d6e6f", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
];

fn leaf(seq: u64) -> Sha256 {
    Sha256::of_parts([[0].as_slice(), &seq.to_be_bytes()])
}

fn range(first: u64, end: u64) -> CompactRange {
    let mut range = CompactRange::new(Seq(first));
    (first..end).for_each(|seq| range.push(leaf(seq)));
    range
}

fn frontier(size: u64) -> Frontier {
    let mut frontier = Frontier::default();
    (0..size).for_each(|seq| frontier.push(leaf(seq)));
    frontier
}

/// The root as RFC 6962 defines it, over all leaves.
fn naive(leaves: &[Sha256]) -> Sha256 {
    match leaves {
        [] => Sha256::of(b""),
        [one] => *one,
        _ => {
            let half = leaves.len().next_power_of_two() / 2;
            let (left, right) = leaves.split_at(half);
            Sha256::of_parts([[1].as_slice(), &naive(left).0, &naive(right).0])
        }
    }
}

#[test]
fn the_roots_are_those_of_the_reference_implementation() {
    let mut frontier = Frontier::default();
    assert_eq!(frontier.root().to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (entry, root) in REFERENCE {
        frontier.push(Sha256::of_parts([vec![0], hex::decode(entry).unwrap()]));
        assert_eq!(frontier.root().to_string(), root, "{} leaves", frontier.size());
    }
}

#[test]
fn the_root_is_the_one_over_all_leaves_and_the_stored_form_comes_back() {
    let leaves: Vec<_> = (0..600).map(leaf).collect();
    let mut frontier = Frontier::default();
    for size in 0..=leaves.len() {
        assert_eq!(frontier.root(), naive(&leaves[..size]), "{size} leaves");
        assert_eq!(Frontier::from_bytes(&frontier.to_bytes()), Some(frontier.clone()), "{size} leaves");
        if let Some(leaf) = leaves.get(size) {
            frontier.push(*leaf);
        }
    }
}

#[test]
fn a_frontier_that_was_stored_is_extended_like_the_one_in_memory() {
    for size in [0, 1, 7, 8, 255, 256, 257] {
        let mut stored = Frontier::from_bytes(&frontier(size).to_bytes()).unwrap();
        stored.extend(&range(size, size + 100)).unwrap();
        assert_eq!(stored, frontier(size + 100), "{size}");
    }
}

#[test]
fn a_run_that_does_not_follow_is_refused_and_changes_nothing() {
    for (first, end) in [(4, 9), (6, 9), (0, 5), (6, 6)] {
        let mut tree = frontier(5);
        let refused = NotAdjacent { expected: Seq(5), found: Seq(first) };
        assert_eq!(tree.extend(&range(first, end)), Err(refused));
        assert_eq!(tree, frontier(5));
    }
    assert_eq!(frontier(5).extend(&range(5, 5)), Ok(()), "an empty run that follows");
}

#[test]
fn the_digest_of_a_run_is_over_the_roots_of_its_largest_complete_subtrees() {
    let leaves: Vec<_> = (0..64).map(leaf).collect();
    for (first, end, parts) in [
        (0, 1, vec![(0, 1)]),
        (0, 5, vec![(0, 4), (4, 5)]),
        (3, 4, vec![(3, 4)]),
        (3, 21, vec![(3, 4), (4, 8), (8, 16), (16, 20), (20, 21)]),
        (8, 16, vec![(8, 16)]),
        (5, 7, vec![(5, 6), (6, 7)]),
        (5, 5, vec![]),
    ] {
        let roots = parts.into_iter().map(|(from, to)| naive(&leaves[from..to]).0);
        assert_eq!(range(first, end).digest(), Sha256::of_parts(roots), "{first}..{end}");
    }
}

#[test]
fn bytes_that_no_frontier_has_are_refused() {
    let stored = frontier(13).to_bytes();
    for cut in 0..stored.len() {
        assert_eq!(Frontier::from_bytes(&stored[..cut]), None, "the first {cut} bytes");
    }
    assert_eq!(Frontier::from_bytes(&[stored.as_slice(), &[0]].concat()), None);
    assert_eq!(Frontier::from_bytes(&[stored.as_slice(), &[0; 32]].concat()), None, "one root too many");
    let sized = |size: u64, roots: u32| [size.to_be_bytes().to_vec(), vec![5; 32 * roots as usize]].concat();
    for size in [1_u64 << 63, (1 << 63) | 1, u64::MAX] {
        assert_eq!(Frontier::from_bytes(&sized(size, size.count_ones())), None, "{size} leaves");
    }
    for size in 0..300_u64 {
        for roots in 0..10 {
            let fits = Frontier::from_bytes(&sized(size, roots)).is_some();
            assert_eq!(fits, roots == size.count_ones(), "{size} leaves, {roots} roots");
        }
    }
    assert!(Frontier::from_bytes(&sized(MOST_LEAVES, 63)).is_some());
}

proptest! {
    #[test]
    fn runs_are_joined_in_any_order(cuts in vec(0_u64..300, 0..12), order in vec(any::<Index>(), 16), first in 0_u64..70) {
        let mut cuts: Vec<_> = cuts.into_iter().map(|cut| first + cut).chain([first]).collect();
        cuts.sort_unstable();
        let whole = range(first, *cuts.last().unwrap());
        let mut runs: Vec<_> = cuts.windows(2).map(|ends| range(ends[0], ends[1])).collect();
        for index in order {
            if runs.len() > 1 {
                let at = index.index(runs.len() - 1);
                let next = runs.remove(at + 1);
                runs[at].extend(&next).unwrap();
            }
        }
        let joined = runs.pop().unwrap_or(CompactRange::new(Seq(first)));
        prop_assert!(joined == whole, "{cuts:?}");
        prop_assert_eq!(joined.digest(), whole.digest());
        let mut tree = frontier(first);
        tree.extend(&joined).unwrap();
        prop_assert!(tree == frontier(whole.end().0));
    }
}
