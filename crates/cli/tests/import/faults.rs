//! Lines that the import or the service rejects.

use serde_json::{Value, json};

use crate::delivery::{counts, import, lines};
use crate::stub::{Reply, Seen, Store, Stub};

/// The indices of events whose key is one of `bad`.
fn bad(seen: &Seen, bad: &[&str]) -> Vec<usize> {
    (0..).zip(seen.keys()).filter(|(_, key)| bad.contains(&key.as_str())).map(|(index, _)| index).collect()
}

fn invalid(indices: &[usize]) -> Reply {
    let error = |index: &usize| -> [Value; 2] {
        [
            json!({"pointer": format!("/events/{index}/actor/id"), "found": "nothing", "allowed": "a string"}),
            json!({"pointer": format!("/events/{index}"), "found": "7", "allowed": "less"}),
        ]
    };
    let errors: Vec<_> = indices.iter().flat_map(error).collect();
    Reply::new(
        400,
        &json!({"type": "urn:problem-type:audit:invalid-event", "title": "t", "status": 400, "errors": errors}),
    )
}

#[tokio::test]
async fn events_with_faults_are_refused_and_the_rest_is_sent_again() {
    let store = Store::default();
    let stub = Stub::start(move |seen| match bad(seen, &["k2", "k5"]) {
        faulty if faulty.is_empty() => store.take(seen),
        faulty => invalid(&faulty),
    })
    .await;
    let report = import(&stub, lines(6)).await;
    assert_eq!((counts(&report), report.exit_code()), ((4, 0, 2, 0), 2));
    assert_eq!(stub.requests()[1].keys(), ["k1", "k3", "k4", "k6"]);
    let mut notes = Vec::new();
    report.write(&mut Vec::new(), &mut notes).unwrap();
    let notes = String::from_utf8(notes).unwrap();
    let reason = "/actor/id: found nothing, allowed: a string; the event: found 7, allowed: less";
    for line in [2, 5] {
        assert!(notes.contains(&format!("events.jsonl:{line}: {reason}\n")), "{notes}");
    }
}

#[tokio::test]
async fn a_batch_of_faults_only_is_not_sent_again() {
    let stub = Stub::start(|seen| invalid(&(0..seen.events.len()).collect::<Vec<_>>())).await;
    assert_eq!(counts(&import(&stub, lines(3)).await), (0, 0, 3, 0));
    assert_eq!(stub.requests().len(), 1);
}

#[tokio::test]
async fn a_refusal_without_pointers_is_narrowed_down_to_the_line() {
    let store = Store::default();
    let stored = store.clone();
    let stub = Stub::start(move |seen| {
        if bad(seen, &["k7", "k300"]).is_empty() { stored.take(seen) } else { Reply::problem(400, "a key twice") }
    })
    .await;
    let report = import(&stub, lines(500)).await;
    assert_eq!((counts(&report), report.exit_code()), ((498, 0, 2, 0), 2));
    assert_eq!(store.len(), 498);
    assert!(stub.requests().len() < 50, "{}", stub.requests().len());
}

#[tokio::test]
async fn a_request_too_large_is_divided() {
    let store = Store::default();
    let stub = Stub::start(move |seen| {
        let too_large = seen.events.len() > 10 || seen.keys().contains(&"k3".to_owned());
        if too_large { Reply::problem(413, "too large") } else { store.take(seen) }
    })
    .await;
    let report = import(&stub, lines(100)).await;
    assert_eq!((counts(&report), report.exit_code()), ((99, 0, 1, 0), 2));
}

#[tokio::test]
async fn lines_that_are_no_events_are_refused_here() {
    let (stub, _) = Stub::storing().await;
    let mut text = b"{\"a\":1}\n[]\n\nnot json\n\"\xff\"\n".to_vec();
    text.extend(vec![b' '; 1 << 20]);
    text.extend(b"{}\n{\"a\":2}");
    let report = import(&stub, text).await;
    assert_eq!(counts(&report), (2, 0, 4, 0));
    let mut notes = Vec::new();
    report.write(&mut Vec::new(), &mut notes).unwrap();
    let notes = String::from_utf8(notes).unwrap();
    for rejected in [":2: not a JSON object", ":4: not a JSON object", ":5: not valid UTF-8", ":6: longer than"] {
        assert!(notes.contains(rejected), "{notes}");
    }
}
