//! Random searches over random events return what a plain filter over a list returns, wherever the events are.

mod made;
mod state;
mod wish;

use std::sync::Arc;
use std::time::Duration;

use audit_tests::api::Api;
use audit_tests::seed::seed;
use audit_tests::walk::{Search, id_of};
use audit_tests::{TestStack, org};
use made::Made;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt as _, SeedableRng as _};
use state::{Step, take};
use tokio::task::JoinSet;
use wish::Wish;

/// Events recorded together; between the parts some or all are archived. The last part is hot when the searches begin.
const PARTS: [usize; 4] = [9_500, 5_000, 3_500, 2_000];
/// New events recorded between two changes of state, so that there is always something to move.
const MORE: usize = 50;
/// Searches, unless `AUDIT_SEARCHES` sets another number.
const SEARCHES: usize = 1_000;
/// Searches that run concurrently, between two changes of state.
const SEARCHES_A_STEP: usize = 25;
/// Maximum number of hot rows that one request of some readers returns, so that their pages have many rounds.
const HOT_ROWS: usize = 100;
/// About the maximum number of pages of a walk.
const PAGES: usize = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_search_answers_what_a_plain_filter_answers() {
    let seed = seed();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    let short = Api::of_short_rounds(&stack, HOT_ROWS);
    api.provision("acme").await;
    let instants = made::instants(&mut rng);
    let mut events = Vec::new();
    for size in PARTS {
        take(Step::random(&mut rng), &stack, &api, "acme", &events, &mut rng).await;
        take(Step::Archive, &stack, &api, "acme", &events, &mut rng).await;
        events = more(&api, &mut rng, &instants, &events, size).await;
    }
    for round in 0..searches().div_ceil(SEARCHES_A_STEP) {
        let (listed, mut searches) = (Arc::new(events.clone()), JoinSet::new());
        for _ in 0..SEARCHES_A_STEP {
            let wish = Wish::random(&mut rng, &events);
            // Some readers need many rounds for a page.
            let reader = if rng.random_bool(0.1) { &short } else { &api };
            searches.spawn(compare(reader.clone(), wish, Arc::clone(&listed), rng.random()));
        }
        let found: usize = searches.join_all().await.iter().sum();
        println!("round {round}: {found} found, {}", state::describe(&stack, "acme").await);
        events = more(&api, &mut rng, &instants, &events, MORE).await;
        take(Step::random(&mut rng), &stack, &api, "acme", &events, &mut rng).await;
    }
}

#[expect(clippy::disallowed_methods, reason = "an environment variable sets how long a test runs")]
fn searches() -> usize {
    std::env::var("AUDIT_SEARCHES").map_or(SEARCHES, |text| text.parse().unwrap())
}

/// Records more events; returns the list of all, in order.
async fn more(api: &Api, rng: &mut Xoshiro256PlusPlus, instants: &[i64], events: &[Made], count: usize) -> Vec<Made> {
    let numbers = events.len()..events.len() + count;
    let mut more: Vec<_> = numbers.map(|number| Made::random(rng, instants, number)).collect();
    state::record(api, "acme", &mut more).await;
    more.extend_from_slice(events);
    more.sort_by(|a, b| (a.us, &a.id).cmp(&(b.us, &b.id)));
    more
}

/// Compares one walk, of a page size somewhere in `fraction` of what is allowed; returns how many events matched.
async fn compare(api: Api, wish: Wish, events: Arc<Vec<Made>>, fraction: f64) -> usize {
    let mut expected: Vec<&str> = events.iter().filter(|event| wish.wants(event)).map(|it| it.id.as_str()).collect();
    if !wish.oldest {
        expected.reverse();
    }
    let least = (expected.len() / PAGES).clamp(1, 1_000);
    // The cube favors small pages, which have the edges.
    let limit = least + (fraction.powi(3) * (1_000 - least) as f64) as usize;
    let found = Search::new("acme", &wish.query()).walk(&api, limit).await;
    let found: Vec<_> = found.iter().map(|event| id_of(event).to_string()).collect();
    if found != expected {
        let at = found.iter().zip(&expected).take_while(|(found, expected)| found == expected).count();
        let (found, expected) = (found.get(at), expected.get(at));
        panic!("limit={limit} {}: event {at} is {found:?}, not {expected:?}; {wish:?}", wish.query());
    }
    found.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_without_any_time_still_come_to_the_end() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed());
    let stack = TestStack::with_budget(Duration::ZERO).await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    let instants = made::instants(&mut rng);
    let archived = more(&api, &mut rng, &instants, &[], 400).await;
    api.archive().await;
    let events = more(&api, &mut rng, &instants, &archived, 200).await;
    state::record(&api, "acme", &mut archived[..100].to_vec()).await;
    for state in ["half and half", "committed", "archived"] {
        for limit in [1, 7, 1_000] {
            for number in 0..6 {
                let wish = if number < 2 { Wish::all(number == 0) } else { Wish::random(&mut rng, &events) };
                let pages = walk_without_time(&api, &wish, &events, limit).await;
                println!("{state} limit={limit} {}: {pages} pages", wish.query());
            }
        }
        match state {
            "half and half" => take(Step::Commit, &stack, &api, "acme", &events, &mut rng).await,
            _ => _ = stack.compactor().pass(&org("acme"), true, None).await.unwrap(),
        }
    }
}

/// Walks pages of which each advances by the minimum; returns how many there were.
async fn walk_without_time(api: &Api, wish: &Wish, events: &[Made], limit: usize) -> usize {
    let search = Search::new("acme", &wish.query());
    let (mut found, mut cursor, mut pages) = (Vec::new(), None::<String>, 0);
    let mut through = None::<String>;
    loop {
        let page = search.page(api, limit, cursor.as_deref()).await;
        pages += 1;
        found.extend(page["events"].as_array().unwrap().iter().map(|event| id_of(event).to_string()));
        let scanned = page["scanned_through"].as_str().unwrap().to_owned();
        let moved = through.is_none_or(|through| if wish.oldest { scanned >= through } else { scanned <= through });
        assert!(moved, "page {pages} of {} went back to {scanned}", wish.query());
        through = Some(scanned);
        let next = page["next_cursor"].as_str().map(str::to_owned);
        assert!(next.is_none() || next != cursor, "page {pages} of {} did not advance", wish.query());
        assert!(pages <= 4 * events.len(), "{} does not end", wish.query());
        cursor = next;
        if cursor.is_none() {
            break;
        }
    }
    let mut expected: Vec<_> = events.iter().filter(|event| wish.wants(event)).map(|it| it.id.clone()).collect();
    if !wish.oldest {
        expected.reverse();
    }
    assert_eq!(found, expected, "{} limit={limit}", wish.query());
    pages
}
