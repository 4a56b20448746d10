//! A segment that is too large to be read as a whole: its ranges are read separately, and damage in any of them is
//! found.

use tokio::runtime::Runtime;

use crate::archived::Archived;
use crate::cases::try_cases;
use crate::damage::{damage, places};

/// What a reader reads in one request.
const WHOLE_BYTES: usize = 512 * 1024;

async fn start() -> Archived {
    let archived = Archived::start(250, 4_000).await;
    assert!(archived.whole.len() > WHOLE_BYTES, "{} bytes are read in one request", archived.whole.len());
    assert_eq!(archived.count_refusals("undamaged").await, 0);
    archived
}

#[tokio::test]
async fn a_large_segment_that_is_cut_off_at_a_place_of_any_kind_is_an_error_or_answers_right() {
    let archived = start().await;
    for at in places(&archived.whole) {
        archived.damage(&archived.whole[..at]);
        assert!(archived.count_refusals(&format!("cut off at {at}")).await > 0);
    }
}

#[tokio::test]
async fn a_large_segment_that_is_changed_at_a_place_of_any_kind_is_an_error_or_answers_right() {
    let archived = start().await;
    for at in places(&archived.whole) {
        let mut flipped = archived.whole.clone();
        flipped[at] ^= 0x10;
        archived.damage(&flipped);
        archived.count_refusals(&format!("changed at {at}")).await;
    }
}

#[test]
fn a_large_segment_with_random_damage_is_an_error_or_answers_right() {
    let runtime = Runtime::new().unwrap();
    let archived = runtime.block_on(start());
    try_cases(16, damage(), |damage| {
        archived.damage(&damage.done_to(&archived.whole));
        runtime.block_on(archived.count_refusals(&format!("{damage:?}")));
    });
}
