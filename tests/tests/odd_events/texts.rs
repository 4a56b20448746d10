//! Odd texts in the members that users filter by and read.

use crate::sent::{ORG, assert_refused, event, filtered, quoted, recorded, start};

/// A target id as the longest of 450,000 real events has it.
fn long_id() -> String {
    let part = "https://example.com/a b:c/%2F?x=1&y=[2]#frag|ü ";
    part.chars()
        .cycle()
        .scan(0, |bytes, letter| {
            *bytes += letter.len_utf8();
            (*bytes <= 1_758).then_some(letter)
        })
        .collect()
}

fn odd_texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "arn:aws:s3:::bucket/key with spaces/and:colons",
        "Usr_1",
        "usr_1",
        "USR_1",
        " leading and trailing ",
        "=1+1",
        "+491234",
        "-x",
        "@handle",
        "a&b=c&target=d#e?f%25",
        "100%",
        "a+b",
        "\u{202e}evil\u{202c}",
        "nul\u{0}inside",
        "\u{1}\u{1f}\u{7f}\u{85}\n\r\t",
        "שלום مرحبا",
        "👩‍👩‍👧‍👦",
        "e\u{301}",
        "é",
        "\u{feff}bom",
        "null",
        "*",
        "billing.*",
        r#"{"json":"in a string"}"#,
        r"C:\Windows\system32",
        "\"quoted\"",
    ]
    .map(str::to_owned)
    .into();
    texts.extend([long_id(), "x".repeat(2_048), "é".repeat(1_024), "\u{0}".repeat(2_048)]);
    texts
}

#[tokio::test]
async fn odd_ids_come_back_and_are_found_by_exactly_themselves() {
    assert!((1_750..=1_758).contains(&long_id().len()));
    let (_stack, api) = start().await;
    let texts = odd_texts();
    let events: Vec<_> = texts.iter().map(|text| event(text, text, "{}")).collect();
    for (event, text) in recorded(&api, &events).await.iter().zip(&texts) {
        assert_eq!(event.said("/actor/id").as_ref(), Some(text));
        assert_eq!(event.said("/target/id").as_ref(), Some(text));
    }
    for copies in [1, 2] {
        for (text, name) in texts.iter().flat_map(|text| [(text, "actor"), (text, "target")]) {
            let found = filtered(&api, name, text).await;
            assert_eq!(found.len(), copies, "{name} {text:?}");
            assert!(found.iter().all(|event| event.said(&format!("/{name}/id")).as_ref() == Some(text)));
        }
        // Without keys these are new events: each text is in a hot row now, in addition to its archived one.
        api.record(ORG, &events).await;
    }
}

#[tokio::test]
async fn odd_texts_come_back_in_every_member() {
    let (_stack, api) = start().await;
    let texts = odd_texts();
    let event = |text: &String| {
        let text = quoted(text);
        format!(
            r#"{{"occurred_at":"2026-11-22T10:15:30Z","actor":{{"type":"api_key","id":"a","name":{text},"email":{text}}},"action":"odd.stored","target":{{"type":{text},"name":{text}}},"result":"failed","failure_reason":{text},"context":{{"user_agent":{text},"request_id":{text}}}}}"#
        )
    };
    let events: Vec<_> = texts.iter().map(event).collect();
    for (event, text) in recorded(&api, &events).await.iter().zip(&texts) {
        for path in [
            "/actor/name",
            "/actor/email",
            "/target/type",
            "/target/name",
            "/failure_reason",
            "/context/user_agent",
            "/context/request_id",
        ] {
            assert_eq!(event.said(path).as_ref(), Some(text), "{path}");
        }
        assert_eq!((event.said("/target/id"), event.said("/context/ip")), (None, None));
    }
}

#[tokio::test]
async fn an_e_mail_address_is_found_in_any_case_and_an_id_in_its_own() {
    let (_stack, api) = start().await;
    let event = r#"{"occurred_at":"2026-11-22T10:15:30Z","actor":{"id":"Usr_1","email":"Ada.ÄÖ+x@Example.COM"},"action":"odd.stored","result":"failed"}"#;
    recorded(&api, &[event.to_owned()]).await;
    for (actor, found) in [
        ("ada.äö+x@example.com", 1),
        ("ADA.ÄÖ+X@EXAMPLE.COM", 1),
        ("Usr_1", 1),
        ("usr_1", 0),
        ("ada.äö x@example.com", 0),
    ] {
        assert_eq!(filtered(&api, "actor", actor).await.len(), found, "{actor}");
    }
}

#[tokio::test]
async fn an_empty_text_is_kept_and_null_is_absent() {
    let (_stack, api) = start().await;
    let empty = r#"{"occurred_at":"2026-11-22T10:15:30Z","actor":{"id":"a","name":"","email":""},"action":"odd.stored","target":{"type":"","id":"","name":""},"result":"failed","failure_reason":"","context":{"user_agent":"","request_id":""}}"#;
    let null = r#"{"occurred_at":"2026-11-22T10:15:31Z","actor":{"type":null,"id":"a","name":null,"email":null},"action":"odd.stored","target":{"type":null,"id":null,"name":null},"result":"failed","failure_reason":null,"context":{"ip":null,"user_agent":null,"request_id":null},"details":null,"idempotency_key":null}"#;
    let absent = r#"{"occurred_at":"2026-11-22T10:15:32Z","actor":{"id":"a"},"action":"odd.stored","result":"failed"}"#;
    let found = recorded(&api, &[empty, null, absent].map(str::to_owned)).await;
    for path in ["/actor/name", "/actor/email", "/target/type", "/target/id", "/target/name", "/failure_reason"] {
        assert_eq!((found[0].json(path), found[1].json(path)), (r#""""#.to_owned(), "null".to_owned()), "{path}");
    }
    let without_id_and_time = |text: &str| text.split_once(r#""ingested_at""#).unwrap().1.to_owned();
    assert_eq!(without_id_and_time(&found[1].text), without_id_and_time(&found[2].text));
    assert_eq!(found[2].json("/target"), "null");
    assert_eq!(found[0].json("/target/id"), r#""""#, "an empty target is a target");
}

#[tokio::test]
async fn texts_past_their_limit_are_refused_and_never_cut() {
    let (_stack, api) = start().await;
    for long in ["x".repeat(2_049), "é".repeat(1_025), "\u{0}".repeat(2_049)] {
        assert_refused(&api, &event(&long, "t", "{}"), "/actor/id", "at most 2048 bytes").await;
        assert_refused(&api, &event("a", &long, "{}"), "/target/id", "at most 2048 bytes").await;
    }
    assert_refused(&api, &event("", "t", "{}"), "/actor/id", "1 to 2048 bytes").await;
    let lone = event("a", "t", "{}").replace(r#""id":"t""#, r#""id":"\udc00""#);
    assert_refused(&api, &lone, "/target/id", "Unicode text").await;
}
