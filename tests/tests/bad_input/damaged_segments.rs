//! A small segment, read as a whole, that a disk has damaged: an error or the right result, and nothing else is
//! affected.

use tokio::runtime::Runtime;

use crate::archived::Archived;
use crate::cases::try_cases;
use crate::damage::{damage, places};

/// Queries that reach the damaged day.
const ALL: usize = 6;

#[tokio::test]
async fn a_segment_that_is_cut_off_or_changed_at_a_place_of_any_kind_is_an_error_on_its_day_alone() {
    let archived = Archived::start(20, 40).await;
    assert_eq!(archived.count_refusals("undamaged").await, 0);
    for at in places(&archived.whole) {
        archived.damage(&archived.whole[..at]);
        assert_eq!(archived.count_refusals(&format!("cut off at {at}")).await, ALL);
        let mut flipped = archived.whole.clone();
        flipped[at] ^= 0x10;
        archived.damage(&flipped);
        assert_eq!(archived.count_refusals(&format!("changed at {at}")).await, ALL);
    }
    archived.damage(&archived.whole);
    assert_eq!(archived.count_refusals("put back").await, 0);
}

#[test]
fn a_segment_with_random_damage_is_an_error_or_answers_right() {
    let runtime = Runtime::new().unwrap();
    let archived = runtime.block_on(Archived::start(20, 40));
    try_cases(8, damage(), |damage| {
        archived.damage(&damage.done_to(&archived.whole));
        runtime.block_on(archived.count_refusals(&format!("{damage:?}")));
    });
}

#[tokio::test]
async fn a_pass_goes_on_around_a_damaged_segment_and_keeps_the_rows_that_it_may_hold() {
    let archived = Archived::start(20, 40).await;
    archived.damage(&archived.whole[..archived.whole.len() / 2]);
    let reports = archived.archive_repeats().await;
    let mut figures: Vec<_> = reports
        .iter()
        .map(|report| ["rows", "repeated_rows", "rows_quarantined"].map(|name| report[name].as_u64().unwrap()))
        .collect();
    // Passes end in any order.
    figures.sort_unstable();
    // Each org has sent one repeat of an event of the damaged day, and one new event.
    assert_eq!(figures, [[1, 0, 1], [1, 1, 0]], "{reports:?}");
}
