//! Statistics equal a plain count, wherever the events are.

mod pages;
mod sent;
mod traps;
mod zones;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use audit_query::Bounds;
use audit_tests::acme::{ORG, acme, start};
use audit_tests::api::Api;
use audit_tests::seed::seed;
use audit_tests::steps::{Stop, pass_until};
use axum::http::StatusCode;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt as _, SeedableRng as _};
use sent::{Answer, GroupAnswer, Numbers, Question, Sent};
use serde_json::Value;
use tokio::task::JoinSet;

const FIRST_EVENTS: usize = 3_000;
/// Events that are recorded between two changes of state, a third of them repeats.
const MORE: usize = 60;
const QUESTIONS_A_ROUND: usize = 25;

/// How many questions are asked: `AUDIT_STATS_QUESTIONS`, or 1,000.
#[expect(clippy::disallowed_methods, reason = "a longer run is started manually")]
fn questions() -> usize {
    std::env::var("AUDIT_STATS_QUESTIONS").map_or(1_000, |text| text.parse().expect("a number"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_count_is_that_of_a_plain_list_in_every_state_and_during_a_pass() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed());
    let (stack, api) = start().await;
    let bounds = |budget, hot_rows| Bounds { hot_rows, ..Bounds::from(budget) };
    let reader = |bounds| Api::of_tables(&stack, stack.tables().clone(), bounds);
    let readers = [
        api.clone(),
        reader(bounds(Duration::from_secs(600), 20)),
        // Its pages end after one round of hot rows, or after one window of the archive.
        reader(bounds(Duration::ZERO, 20)),
        reader(Bounds { bars: 40, ..Duration::from_secs(600).into() }),
    ];
    let mut events: Vec<Sent> = Vec::new();
    for round in 0..questions().div_ceil(QUESTIONS_A_ROUND) {
        let fresh = if round == 0 { FIRST_EVENTS } else { MORE };
        let more: Vec<_> = (events.len()..events.len() + fresh).map(|number| Sent::random(&mut rng, number)).collect();
        let repeated = events.iter().filter(|_| rng.random_bool(0.01)).cloned().collect::<Vec<_>>();
        let texts: Vec<_> = more.iter().chain(&repeated).map(Sent::json).collect();
        api.record(ORG, &texts).await;
        events.extend(more);
        let is_open = stack.tables().ledger.head(&acme()).await.unwrap().open.is_some();
        let state = rng.random_range(0..7);
        match state {
            _ if is_open => _ = stack.compactor().pass(&acme(), true, None).await.unwrap(),
            0 => {}
            1 => _ = stack.compactor().pass(&acme(), true, None).await.unwrap(),
            2 => pass_until(&stack, Stop::Committed).await,
            3 => pass_until(&stack, Stop::PartlyCopied).await,
            4 => pass_until(&stack, Stop::Published).await,
            _ => pass_until(&stack, Stop::PartlyDeleted).await,
        }
        let (listed, mut asked) = (Arc::new(events.clone()), JoinSet::new());
        for _ in 0..QUESTIONS_A_ROUND {
            let question = Question::random(&mut rng, &events);
            let reader = &readers[[0, 0, 0, 0, 0, 1, 1, 1, 2, 3][rng.random_range(0..10)]];
            asked.spawn(compare(reader.clone(), question, Arc::clone(&listed)));
        }
        if rng.random_bool(0.3) {
            // The questions run while it archives.
            stack.compactor().pass(&acme(), true, None).await.unwrap();
        }
        let counted: u64 = asked.join_all().await.iter().sum();
        println!("round {round}, state {state}: {counted} events counted");
    }
}

/// Compares the answer to a question with a plain count; returns how many events matched.
async fn compare(api: Api, question: Question, events: Arc<Vec<Sent>>) -> u64 {
    let about = question.query();
    let expected = question.answer(&events);
    let (found, pages) = ask(&api, &about).await;
    assert_eq!((found.total, &found.bars), (expected.total, &expected.bars), "{about}");
    let mut ranked: Vec<_> = expected.groups.iter().collect();
    ranked.sort_by(|(a, one), (b, other)| (other.count.0, a).cmp(&(one.count.0, b)));
    if let [page] = pages.as_slice() {
        let others = ranked.split_off(question.top.min(ranked.len()));
        let sum = |of: fn(&Numbers) -> u64| others.iter().map(|(_, group)| of(&group.count)).sum::<u64>();
        let left_out = serde_json::json!({ "groups": others.len(), "count": sum(|it| it.0), "failed": sum(|it| it.1) });
        assert_eq!(page["others"], if others.is_empty() { Value::Null } else { left_out }, "{about}");
        if found.bars.is_empty() {
            let keys: Vec<_> = page["groups"].as_array().unwrap().iter().map(|group| group["key"].as_str()).collect();
            assert_eq!(keys, ranked.iter().map(|(key, _)| key.as_deref()).collect::<Vec<_>>(), "{about}");
        }
    }
    assert_eq!(found.groups.len(), ranked.len(), "{about}");
    for (key, expected) in ranked {
        let found = &found.groups[key];
        assert!(
            found.names.iter().all(|name| expected.names.contains(name))
                && found.names.is_empty() == expected.names.is_empty(),
            "{about}: {key:?} is named {:?}, not {:?}",
            found.names,
            expected.names
        );
        let unnamed = |group: &GroupAnswer| GroupAnswer { names: Vec::new(), ..group.clone() };
        assert_eq!(unnamed(found), unnamed(expected), "{about}: {key:?}");
    }
    expected.total.0
}

/// Asks for all pages; returns their sum and each of them.
async fn ask(api: &Api, query: &str) -> (Answer, Vec<Value>) {
    let (mut sum, mut pages, mut cursor) = (Answer::default(), Vec::new(), String::new());
    let mut through = None::<String>;
    loop {
        let answer = api.get(&format!("/v1/orgs/{ORG}/stats?{query}&cursor={cursor}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{query}: {}", answer.text);
        let page = answer.json();
        let (from, to) = (page["scanned_from"].as_str().unwrap(), page["scanned_through"].as_str().unwrap());
        assert!(from >= to && through.is_none_or(|through| through == from), "{query}: {page}");
        through = Some(to.to_owned());
        add(&mut sum, &page);
        let next = page["next_cursor"].as_str().map(str::to_owned);
        assert!(next.as_ref() != Some(&cursor), "{query}: a page did not advance");
        pages.push(page);
        match next {
            Some(next) => cursor = next,
            None => return (sum, pages),
        }
    }
}

fn numbers(value: &Value) -> Numbers {
    Numbers(value["count"].as_u64().unwrap(), value["failed"].as_u64().unwrap())
}

fn add_to(sum: &mut Numbers, Numbers(count, failed): Numbers) {
    *sum = Numbers(sum.0 + count, sum.1 + failed);
}

fn add_bars(sum: &mut BTreeMap<String, Numbers>, bars: &[Value]) {
    let times: Vec<_> = bars.iter().map(|bar| bar["time"].as_str().unwrap()).collect();
    assert!(times.windows(2).all(|two| instant_of(two[0]) < instant_of(two[1])), "{times:?}");
    for bar in bars {
        add_to(sum.entry(bar["time"].as_str().unwrap().to_owned()).or_default(), numbers(bar));
    }
}

fn instant_of(text: &str) -> audit_core::UnixMicros {
    audit_tests::instant(text)
}

/// Adds a page, as a client does: pages come newest first.
fn add(sum: &mut Answer, page: &Value) {
    add_to(&mut sum.total, Numbers(page["total"].as_u64().unwrap(), page["failed"].as_u64().unwrap()));
    let groups = page["groups"].as_array().unwrap();
    if groups.iter().all(|group| group["time"].is_string()) {
        return add_bars(&mut sum.bars, groups);
    }
    for value in groups {
        let group = sum.groups.entry(value["key"].as_str().map(str::to_owned)).or_default();
        add_to(&mut group.count, numbers(value));
        add_bars(&mut group.bars, value["bars"].as_array().map(Vec::as_slice).unwrap_or_default());
        let text = |name: &str| value[name].as_str().map(str::to_owned);
        if group.last.is_none() {
            (group.last, group.names) = (text("last"), text("name").into_iter().collect());
        }
        group.first = text("first").or(group.first.take());
    }
}
