//! Another object in the place of a segment, one for which the store vouches: an error or the right result.

use tokio::runtime::Runtime;

use crate::archived::Archived;
use crate::cases::try_cases;
use crate::damage::{damage, places};

#[tokio::test]
async fn an_object_that_is_no_parquet_file_is_an_error() {
    let archived = Archived::start(20, 40).await;
    for bytes in [
        &b""[..],
        b"PAR1",
        b"PAR1PAR1",
        b"PAR1\0\0\0\0PAR1",
        b"PAR1\xff\xff\xff\xffPAR1",
        b"PAR1\xff\xff\xff\x7fPAR1",
        &[0; 100_000],
    ] {
        archived.replace(bytes).await;
        assert_eq!(archived.count_refusals(&format!("{} bytes", bytes.len())).await, 6);
    }
}

#[tokio::test]
async fn the_file_of_another_day_of_the_same_org_is_an_error() {
    let archived = Archived::start(20, 40).await;
    archived.replace(&archived.file_of_another_day().await).await;
    assert_eq!(archived.count_refusals("another day").await, 6);
}

#[tokio::test]
async fn an_object_that_was_a_segment_before_somebody_changed_it_is_an_error_or_answers_right() {
    let archived = Archived::start(20, 40).await;
    for at in places(&archived.whole) {
        archived.replace(&archived.whole[..at]).await;
        archived.count_refusals(&format!("cut off at {at}")).await;
        let mut flipped = archived.whole.clone();
        flipped[at] ^= 0x10;
        archived.replace(&flipped).await;
        archived.count_refusals(&format!("changed at {at}")).await;
    }
}

#[test]
fn an_object_with_random_changes_is_an_error_or_answers_right() {
    let runtime = Runtime::new().unwrap();
    let archived = runtime.block_on(Archived::start(20, 40));
    try_cases(8, damage(), |damage| {
        runtime.block_on(async {
            archived.replace(&damage.done_to(&archived.whole)).await;
            archived.count_refusals(&format!("{damage:?}")).await;
        });
    });
}
