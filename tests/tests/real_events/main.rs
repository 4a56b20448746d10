//! Real audit events: imported as users import them, archived, and walked in every state between.

mod known;
mod tiers;

use std::collections::HashSet;

use audit::import::Format;
use audit_tests::api::Api;
use audit_tests::data::{DataSet, cloudtrail};
use audit_tests::org;
use audit_tests::served::Served;
use audit_tests::walk::Search;
use known::Known;
use tiers::{assert_dense, assert_nothing_is_hot};

/// The limits of the walks: event by event, two small ones, and the largest.
const LIMITS: [usize; 4] = [1, 7, 50, 1000];

async fn start(orgs: &[&DataSet]) -> (Served, Api) {
    let served = Served::start().await;
    let api = Api::of(&served.stack);
    for set in orgs {
        api.provision(set.name).await;
    }
    (served, api)
}

#[tokio::test]
async fn every_line_is_created_once_archived_once_and_returned_once() {
    let sets = [cloudtrail("cloudtrail_invictus"), cloudtrail("cloudtrail_stratus")];
    let (served, api) = start(&sets.each_ref()).await;
    let mut known = Vec::new();
    for set in &sets {
        let lines = set.lines.len() as u64;
        assert_eq!(served.import(set.name, Format::Cloudtrail, &set.lines).await.counts(), (lines, 0, 0));
        assert_eq!(served.import(set.name, Format::Cloudtrail, &set.lines).await.counts(), (0, lines, 0));
        let first = Known::by_first_walk(&api, set.name, &set.lines).await;
        first.walk_all(&api, &LIMITS).await;
        known.push(first);
    }

    for (report, set) in api.archive().await.iter().zip(&sets) {
        assert_eq!(report["org_id"], set.name);
        assert_eq!((&report["rows"], &report["repeated_rows"]), (&set.lines.len().into(), &0.into()));
    }
    assert_nothing_is_hot(&served).await;
    for (known, set) in known.iter().zip(&sets) {
        known.walk_all(&api, &LIMITS).await;
        assert_dense(&served, set).await;
    }

    for (known, set) in known.iter().zip(&sets) {
        let lines = set.lines.len() as u64;
        let counts = served.import(set.name, Format::Cloudtrail, &set.lines).await.counts();
        assert_eq!(counts, (lines, 0, 0), "the hot rows were deleted, so they are stored again");
        known.walk_all(&api, &[50, 1000]).await;
    }
    for (report, set) in api.archive().await.iter().zip(&sets) {
        assert_eq!((&report["rows"], &report["repeated_rows"]), (&0.into(), &set.lines.len().into()));
    }
    assert_nothing_is_hot(&served).await;
    for (known, set) in known.iter().zip(&sets) {
        known.walk_all(&Api::of(&served.stack), &[50, 1000]).await;
        assert_dense(&served, set).await;
    }
}

#[tokio::test]
async fn half_hot_and_half_archived_is_one_list() {
    let sets = [cloudtrail("cloudtrail_invictus"), cloudtrail("cloudtrail_stratus")];
    let (served, api) = start(&sets.each_ref()).await;
    for set in &sets {
        let half: Vec<_> = set.lines.iter().step_by(2).collect();
        let rest: Vec<_> = set.lines.iter().skip(1).step_by(2).collect();
        served.import(set.name, Format::Cloudtrail, &half).await;
        api.archive().await;
        assert_eq!(served.import(set.name, Format::Cloudtrail, &rest).await.counts(), (rest.len() as u64, 0, 0));
        let known = Known::by_first_walk(&api, set.name, &set.lines).await;
        known.walk_all(&api, &LIMITS).await;
    }
    api.archive().await;
    for set in &sets {
        Known::by_first_walk(&api, set.name, &set.lines).await.walk_all(&api, &[1000]).await;
        assert_dense(&served, set).await;
    }
}

/// For each gap between two pages, everything moves in this gap, over a fresh org.
#[tokio::test]
async fn an_archive_pass_between_any_two_pages_changes_nothing() {
    let set = cloudtrail("cloudtrail_stratus");
    let (served, api) = start(&[]).await;
    let compactor = served.stack.compactor();
    let gaps = set.lines.len().div_ceil(50);
    for (order, gap) in ["newest", "oldest"].iter().flat_map(|order| (1..gaps).map(move |gap| (order, gap))) {
        let name = format!("{order}-{gap}");
        api.provision(&name).await;
        served.import(&name, Format::Cloudtrail, &set.lines).await;
        let known = Known::by_first_walk(&api, &name, &set.lines).await;
        let passed = async |page: usize| {
            if page == gap {
                let report = compactor.pass(&org(&name), true, None).await.unwrap();
                assert_eq!(report.rows, set.lines.len() as u64);
            }
        };
        known.walk_with(&api, order, 50, passed).await;
    }
}

/// With each page, a day of events moves into the archive: first days that the reader has passed, later the day that it
/// reads.
#[tokio::test]
async fn a_daily_pass_between_every_two_pages_changes_nothing() {
    let set = cloudtrail("cloudtrail_stratus");
    let (served, api) = start(&[]).await;
    let compactor = served.stack.compactor();
    for order in ["newest", "oldest"] {
        api.provision(order).await;
        served.import(order, Format::Cloudtrail, &set.lines).await;
        let known = Known::by_first_walk(&api, order, &set.lines).await;
        let days = known.days();
        let clock = &served.stack.clock;
        let moved = async |page: usize| {
            let day = days.get(page * days.len() / (set.lines.len() / 7)).or(days.last()).unwrap();
            clock.set(&format!("{}T00:00:00Z", day.next()));
            compactor.pass(&org(order), false, None).await.unwrap();
        };
        known.walk_with(&api, order, 7, moved).await;
        assert_nothing_is_hot(&served).await;
        clock.set(audit_tests::START);
    }
}

#[tokio::test]
async fn a_walk_beside_a_running_pass_misses_and_repeats_nothing() {
    let set = cloudtrail("cloudtrail_invictus");
    let (served, api) = start(&[&set]).await;
    served.import(set.name, Format::Cloudtrail, &set.lines).await;
    let known = Known::by_first_walk(&api, set.name, &set.lines).await;
    let compactor = served.stack.compactor();
    let (report, ()) = tokio::join!(compactor.pass_all(true, None), async { known.walk_all(&api, &[50, 1000]).await });
    assert!(report.unwrap().iter().all(|outcome| outcome.result.is_ok()));
    known.walk_all(&api, &[1000]).await;
}

#[tokio::test]
async fn orgs_that_hold_the_same_events_never_see_each_others() {
    let set = cloudtrail("cloudtrail_stratus");
    let (served, api) = start(&[]).await;
    let mut seen = HashSet::new();
    for name in ["one", "One_2", "one-2"] {
        api.provision(name).await;
        served.import(name, Format::Cloudtrail, &set.lines).await;
        let known = Known::by_first_walk(&api, name, &set.lines).await;
        assert!(known.newest.iter().all(|event| seen.insert(event.id)), "an id belongs to one org");
    }
    api.archive().await;
    for name in ["one", "One_2", "one-2"] {
        Known::by_first_walk(&api, name, &set.lines).await;
        let id = Search::new(name, "").page(&api, 1, None).await["events"][0]["id"].as_str().unwrap().to_owned();
        for other in ["one", "One_2", "one-2"].iter().filter(|other| **other != name) {
            assert_eq!(api.get(&format!("/v1/orgs/{other}/events/{id}")).await.problem(), "unknown-event");
        }
    }
}
