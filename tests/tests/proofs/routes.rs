//! The routes of proofs and logs, before and after events are sealed.

use std::collections::{BTreeSet, HashMap};

use audit_core::{Checkpoint, ProofPlan, Tile, TilePath, proof::is_consistent};
use audit_tables::keys;
use audit_tests::acme::{ORG, event, events, start};
use audit_tests::api::Api;
use audit_tests::rows::{id_in, put_unreadable};
use axum::http::StatusCode;
use serde_json::json;

use crate::{key, newest, path_of, proof, verified};

#[tokio::test]
async fn a_proof_is_pending_until_a_checkpoint_covers_the_event_and_never_changes_after() {
    let (_stack, api) = start().await;
    let id = api.record(ORG, &[event("2026-11-22T10:00:00Z", 1)]).await.remove(0).0;
    let pending = api.get(&path_of(&id)).await;
    assert_eq!(pending.status, StatusCode::ACCEPTED);
    assert_eq!(pending.json(), json!({"status": "pending", "due_by": "2026-11-24T14:00:00.000000Z"}));
    api.archive().await;
    let first = api.get(&path_of(&id)).await;
    assert_eq!((first.status, verified(&api, &id).await.size), (StatusCode::OK, 1));
    for key in 2..5 {
        api.record(ORG, &[event("2026-11-22T11:00:00Z", key)]).await;
        api.archive().await;
    }
    assert_eq!(api.get(&path_of(&id)).await.text, first.text);
    assert_eq!(newest(&api).await.size, 4);
}

#[tokio::test]
async fn every_event_of_every_batch_and_month_is_proven_under_a_number_of_its_own() {
    let (_stack, api) = start().await;
    let mut ids = Vec::new();
    for (batch, count) in [40, 1, 7, 3].into_iter().enumerate() {
        ids.extend(api.record(ORG, &events(count, 3, 1_000 * batch)).await.into_iter().map(|(id, _)| id));
        api.archive().await;
    }
    let key = key(&api).await;
    let mut seqs = BTreeSet::new();
    for id in &ids {
        verified(&api, id).await;
        seqs.insert(proof(&api, id).await.seq.0);
    }
    assert!(seqs.into_iter().eq(0..ids.len() as u64));
    let other = api.get(&format!("/v1/orgs/{ORG}/events/{}", ids[1])).await;
    assert!(audit_verify::event(&other.text, &proof(&api, &ids[0]).await, &key).is_err(), "the proof of another event");
}

/// Reads a page of checkpoints: the size of each, with the verified one, and the parameter of the next page.
async fn page(api: &Api, query: &str) -> (Vec<Checkpoint>, Option<u64>) {
    let page = api.get(&format!("/v1/orgs/{ORG}/log/checkpoints{query}")).await.json();
    let key = key(api).await;
    let read = |listed: &serde_json::Value| {
        let checkpoint = Checkpoint::open(listed["checkpoint"].as_str().unwrap(), &key).unwrap();
        assert_eq!(listed["size"], checkpoint.size);
        checkpoint
    };
    (page["checkpoints"].as_array().unwrap().iter().map(read).collect(), page["before"].as_u64())
}

#[tokio::test]
async fn checkpoints_are_listed_newest_first_and_each_begins_with_the_one_before_by_its_tiles() {
    let (_stack, api) = start().await;
    for batch in 0..25 {
        // Beyond one list of the sizes before the newest.
        let count = if batch == 3 { 1_500 } else { 1 };
        let events: Vec<_> = (0..count).map(|key| event("2026-11-22T10:00:00Z", 10_000 * batch + key)).collect();
        api.record(ORG, &events).await;
        api.archive().await;
    }
    let (mut found, mut query) = (Vec::new(), String::new());
    loop {
        let (checkpoints, before) = page(&api, &query).await;
        assert!(checkpoints.len() <= 20);
        found.extend(checkpoints);
        let Some(before) = before else { break };
        query = format!("?before={before}");
    }
    let sizes: Vec<_> = found.iter().map(|checkpoint| checkpoint.size).collect();
    assert_eq!(sizes, (1..=3).chain(1_503..1_525).rev().collect::<Vec<_>>());
    assert_eq!(found[0], newest(&api).await);
    let mut tiles: HashMap<TilePath, Tile> = HashMap::new();
    for pair in found.windows(2) {
        let (newer, older) = (&pair[0], &pair[1]);
        let plan = ProofPlan::consistency(older.size, newer.size).unwrap();
        for path in plan.tiles() {
            let tile = api.get(&format!("/v1/orgs/{ORG}/log/{path}")).await;
            assert_eq!(tile.status, StatusCode::OK, "{path}");
            tiles.insert(path, Tile::from_bytes(path, &tile.bytes).unwrap());
        }
        let hashes = plan.hashes(|path| tiles.get(path)).unwrap();
        assert!(is_consistent((older.size, older.root), (newer.size, newer.root), &hashes), "{}", older.size);
    }
}

#[tokio::test]
async fn what_a_log_does_not_have_is_404_and_a_path_that_no_tile_has_is_400() {
    let (_stack, api) = start().await;
    let get = async |path: &str| {
        let answer = api.get(path).await;
        (answer.status.as_u16(), answer.problem())
    };
    let log = format!("/v1/orgs/{ORG}/log");
    let missing = (404, "unknown-log-object".to_owned());
    for path in ["/v1/log/key", &format!("{log}/checkpoint"), &format!("{log}/tile/0/000.p/1")] {
        assert_eq!(get(path).await, missing, "{path}: nothing is signed yet");
    }
    assert_eq!(api.get(&format!("{log}/checkpoints")).await.json(), json!({"checkpoints": []}));
    let id = api.record(ORG, &[event("2026-11-22T10:00:00Z", 1)]).await.remove(0).0;
    api.archive().await;
    assert_eq!(api.get(&format!("{log}/tile/0/000.p/1")).await.bytes.len(), 32);
    for path in ["0/000", "0/000.p/2", "1/000.p/1", "0/001.p/1"] {
        assert_eq!(get(&format!("{log}/tile/{path}")).await, missing, "{path}");
    }
    for path in ["0/0", "x", "0/000.p/0", "0/000.p/256", "8/000", "entries/000", "0/000.p/1/"] {
        assert_eq!(get(&format!("{log}/tile/{path}")).await, (400, "invalid-request".to_owned()), "{path}");
    }
    for query in ["before=x", "before=-1", "after=1", "before=1&before=2"] {
        assert_eq!(get(&format!("{log}/checkpoints?{query}")).await.0, 400, "{query}");
    }
    api.provision("other").await;
    assert_eq!(get(&format!("/v1/orgs/other/events/{id}/proof")).await, (404, "unknown-event".to_owned()));
    assert_eq!(get("/v1/orgs/other/log/checkpoint").await, missing);
    assert_eq!(get("/v1/orgs/nobody/log/checkpoint").await, (404, "unknown-org".to_owned()));
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_quarantined() {
    let (stack, api) = start().await;
    let id = id_in(2, 1_795_000_000_000_000, 0);
    put_unreadable(&stack, 2, &keys::event(id)).await;
    let answer = api.get(&path_of(&id.to_string())).await;
    assert_eq!((answer.status, answer.json()), (StatusCode::ACCEPTED, json!({"status": "quarantined"})));
}

/// T-5: a proof that no auditor accepts is not returned.
#[tokio::test]
async fn a_tile_that_was_altered_makes_no_proof() {
    let (stack, api) = start().await;
    let ids = api.record(ORG, &events(4, 1, 0)).await;
    api.archive().await;
    verified(&api, &ids[0].0).await;
    let log = stack.archive_folder().join(format!("../log/org_id={ORG}"));
    let log = std::fs::read_dir(log).unwrap().next().unwrap().unwrap().path();
    let tile = log.join("tile/0/000.p/4");
    let mut bytes = std::fs::read(&tile).unwrap();
    bytes.iter_mut().step_by(32).for_each(|byte| *byte ^= 1);
    std::fs::write(&tile, bytes).unwrap();
    let another = Api::of_another_instance(&stack);
    assert_eq!(another.get(&path_of(&ids[0].0)).await.status, StatusCode::INTERNAL_SERVER_ERROR);
}
