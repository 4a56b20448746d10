//! The cost of a request in CPU time of this thread: events of one size cost about the same in any shape.

use crate::limits::EVENT_BYTES;
use crate::request;
use crate::time::UnixMicros;

const NOW: UnixMicros = UnixMicros::new(1_795_000_000_000_000);

/// A request of nine events as large as they may be, whose `details` are `open`, as many `fill` as fit, and `close`.
fn nine(open: &str, fill: &str, close: &str) -> String {
    let event = |details: &str| {
        let start =
            r#"{"occurred_at":"2026-11-01T00:00:00Z","actor":{"id":"a"},"action":"a.b","result":"failed","details":"#;
        format!("{start}{details}}}")
    };
    let room = EVENT_BYTES - event("").len() - open.len() - close.len() - 1;
    // One more token, since each filler except the last has a comma after it.
    let details = format!("{open}{}0{close}", fill.repeat(room / fill.len()));
    let events = vec![event(&details); 9].join(",");
    format!(r#"{{"events":[{events}]}}"#)
}

/// The CPU time of reading a request, in nanoseconds: the minimum of several runs.
fn cost(body: &str, is_valid: bool) -> u64 {
    let on_cpu = || -> u64 {
        let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
        stat.split_whitespace().next().unwrap().parse().unwrap()
    };
    let times = (0..5).map(|_| {
        let start = on_cpu();
        let read = request::read(body.as_bytes(), None, NOW);
        assert_eq!(read.is_ok(), is_valid, "{:?}", read.err().map(|errors| errors.listed().first().cloned()));
        on_cpu() - start
    });
    times.min().unwrap()
}

#[test]
#[cfg(target_os = "linux")]
fn nine_large_events_of_any_shape_cost_at_most_three_times_what_plain_ones_cost() {
    let key = "k".repeat(EVENT_BYTES / 2);
    // What clients send: texts and numbers under short names.
    let plain = cost(&nine(r#"{"rows":["#, r#"{"field":"role","old":"editor","new":"admin"},"#, "]}"), true);
    let shapes = [
        ("a long key and a long array", nine(&format!(r#"{{"{key}":["#), "1,", "]}"), true),
        (
            "64 levels",
            nine(&(r#"{"b":"#.repeat(63) + "["), r#""some text","#, &("]".to_owned() + &r#","a":1}"#.repeat(63))),
            true,
        ),
        ("a long key and errors below it", nine(&format!(r#"{{"{key}":["#), r#"{"a":1,"a":2},"#, "]}"), false),
        (
            "64 levels and errors below them",
            nine(&"[".repeat(64).replacen('[', r#"{"a":"#, 1), "[],", &("]".repeat(63) + "}")),
            false,
        ),
    ];
    for (name, body, is_valid) in shapes {
        let cost = cost(&body, is_valid);
        println!("{name}: {} us, plain {} us", cost / 1_000, plain / 1_000);
        assert!(cost <= 3 * plain, "{name}: {cost} ns of CPU, plain ones {plain} ns");
    }
}
