use audit_core::Sha256;

use super::*;

/// A run of rows, with the content `of`.
fn run(file: &str, rows: Range<u64>, of: u8) -> Run {
    let mut leaves = CompactRange::new(Seq(rows.start));
    rows.for_each(|row| leaves.push(Sha256::of_parts([[of].as_slice(), &row.to_be_bytes()])));
    Run { file: file.to_owned(), leaves }
}

/// The files of used runs, the gaps, the number of copies, and the files of the runs that differ.
fn tiled(runs: &[Run]) -> (String, Vec<(u64, u64)>, usize, String) {
    let files = |runs: &[Run]| runs.iter().map(|run| run.file.as_str()).collect::<String>();
    let all: Vec<_> = (0..runs.len())
        .map(|at| {
            let turned: Vec<_> = runs[at..].iter().chain(&runs[..at]).cloned().collect();
            let tiling = Tiling::of(turned);
            let gaps: Vec<_> = tiling.gaps.iter().map(|gap| (gap.start, gap.end)).collect();
            (files(&tiling.used), gaps, tiling.copies, files(&tiling.different))
        })
        .collect();
    assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "the order of the files does not matter: {all:?}");
    all.into_iter().next().unwrap_or_default()
}

#[test]
fn runs_are_used_in_the_order_of_their_rows_and_gaps_are_found() {
    assert_eq!(tiled(&[]), (String::new(), vec![], 0, String::new()));
    let runs = [run("a", 0..10, 0), run("b", 10..11, 0), run("c", 11..40, 0)];
    assert_eq!(tiled(&runs), ("abc".to_owned(), vec![], 0, String::new()));
    assert_eq!(tiled(&runs[1..]).1, [(0, 10)]);
    assert_eq!(tiled(&[runs[0].clone(), runs[2].clone()]).1, [(10, 11)]);
}

#[test]
fn copies_of_sources_and_targets_of_a_merge_are_compared() {
    let sources = [run("a", 0..10, 0), run("b", 10..20, 0)];
    let targets = [run("w", 0..4, 0), run("x", 4..10, 0), run("y", 10..15, 0), run("z", 15..20, 0)];
    let both = [sources.as_slice(), &targets].concat();
    assert_eq!(tiled(&both), ("ab".to_owned(), vec![], 4, String::new()));
    let altered = [sources.as_slice(), &[run("w", 0..4, 0), run("x", 4..10, 1)], &targets[2..]].concat();
    assert_eq!(tiled(&altered), ("ab".to_owned(), vec![], 2, "wx".to_owned()));
    let some = [sources.as_slice(), &targets[..1]].concat();
    assert_eq!(tiled(&some), ("ab".to_owned(), vec![], 0, "w".to_owned()), "a part cannot be compared");
    let larger = [sources.as_slice(), &[run("m", 0..20, 0)]].concat();
    assert_eq!(tiled(&larger), ("m".to_owned(), vec![], 2, String::new()));
}

#[test]
fn a_second_copy_with_another_content_and_an_overlap_are_found() {
    let first = Tiling::of(vec![run("a", 0..10, 0), run("b", 0..10, 1), run("c", 0..10, 0)]);
    assert_eq!((first.copies, first.different), (1, vec![run("b", 0..10, 1)]));
    assert_eq!(tiled(&[run("a", 0..10, 0), run("b", 5..15, 0)]), ("a".to_owned(), vec![], 0, "b".to_owned()));
}
