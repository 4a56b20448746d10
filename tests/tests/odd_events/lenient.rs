//! What is accepted in more than one form: e-mail addresses, addresses of proxies, times of finer clocks.

use audit_tests::api::Api;

use crate::sent::{ORG, filtered, recorded, start};

fn event(at: &str, members: &str) -> String {
    format!(r#"{{"occurred_at":"{at}","action":"odd.stored","result":"failed",{members}}}"#)
}

#[tokio::test]
async fn an_e_mail_address_is_found_in_any_case_and_encoding_hot_and_archived() {
    let (_stack, api) = start().await;
    let emails = ["ΟΔΟΣ@example.gr", "STRASSE@example.de", "Jose\u{301}@example.es", "\u{c5}sa@example.se"];
    let searches = [
        ("οδος@example.gr", 0),
        ("οδοσ@EXAMPLE.gr", 0),
        ("straße@example.de", 1),
        ("straẞe@example.de", 1),
        ("JOS\u{c9}@example.es", 2),
        ("jose\u{301}@example.es", 2),
        ("a\u{30a}sa@example.se", 3),
        ("\u{212b}SA@example.se", 3),
    ];
    let events: Vec<_> = emails
        .iter()
        .enumerate()
        .map(|(second, email)| {
            event(
                &format!("2026-11-22T10:15:{second:02}Z"),
                &format!(r#""actor":{{"id":"a{second}","email":"{email}"}}"#),
            )
        })
        .collect();
    for tier in ["hot", "archived"] {
        if tier == "hot" {
            api.record(ORG, &events).await;
        } else {
            api.archive().await;
        }
        for (search, index) in searches {
            let found = filtered(&api, "actor", search).await;
            let found: Vec<_> = found.iter().map(|event| event.said("/actor/email").unwrap()).collect();
            assert_eq!(found, [emails[index]], "{tier}: {search}");
        }
        assert!(filtered(&api, "actor", "jose@example.es").await.is_empty(), "{tier}: another address");
    }
}

#[tokio::test]
async fn what_a_proxy_writes_for_an_address_is_returned_as_it_was_sent() {
    let (_stack, api) = start().await;
    let longest = "x".repeat(255);
    let texts = [
        "198.51.100.7:443",
        "203.0.113.7, 10.0.0.1",
        "fe80::1%eth0",
        "unknown",
        "",
        "[2001:DB8::1]:80",
        longest.as_str(),
    ];
    let of = |ip: &&str| event("2026-11-22T10:15:30Z", &format!(r#""actor":{{"id":"a"}},"context":{{"ip":"{ip}"}}"#));
    let events: Vec<_> = texts.iter().map(of).collect();
    for (found, sent) in recorded(&api, &events).await.iter().zip(texts) {
        assert_eq!(found.said("/context/ip").as_deref(), Some(sent));
    }
    let longer = of(&"x".repeat(256).as_str());
    let answer = api.post(&format!("/v1/orgs/{ORG}/events"), longer).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["errors"][0]["pointer"]), (400, &"/context/ip".into()));
}

#[tokio::test]
async fn times_of_finer_clocks_are_kept_to_the_microsecond_and_repeats_are_repeats() {
    let (_stack, api) = start().await;
    let keyed = |at: &str| event(at, r#""actor":{"id":"a"},"idempotency_key":"k""#);
    let sent = ["2026-11-22T10:15:30.1234567Z", "2026-11-22T11:15:30.123456999+01:00", "2026-11-22T10:15:30.123456Z"];
    let statuses = async |api: &Api| api.record(ORG, &sent.map(keyed)).await;
    let first = statuses(&api).await;
    assert!(first.iter().all(|(id, _)| *id == first[0].0), "{first:?}");
    for query in ["", "from=2026-11-22T10:15:30.123456789Z", "to=2026-11-22T10:15:30.123457Z"] {
        let page = api.get(&format!("/v1/orgs/{ORG}/events?{query}")).await.json();
        assert_eq!(page["events"].as_array().unwrap().len(), 1, "{query}");
        assert_eq!(page["events"][0]["occurred_at"], "2026-11-22T10:15:30.123456Z");
    }
    let finest = keyed("2026-11-22T10:15:30.0000000000Z");
    let answer = api.post(&format!("/v1/orgs/{ORG}/events"), finest).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["errors"][0]["allowed"]),
        (400, &"at most 9 fraction digits".into())
    );
}

#[tokio::test]
async fn an_org_with_the_name_that_engines_read_as_null_is_refused() {
    let (_stack, api) = start().await;
    for (method, path) in
        [("PUT", "/v1/orgs/__HIVE_DEFAULT_PARTITION__"), ("GET", "/v1/orgs/__HIVE_DEFAULT_PARTITION__/events")]
    {
        let answer = match method {
            "PUT" => api.put(path, r#"{"name":"N","plan":"enterprise"}"#).await,
            _ => api.get(path).await,
        };
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (400, "invalid-request"), "{method}");
        assert!(answer.text.contains("and not __HIVE_DEFAULT_PARTITION__"), "{}", answer.text);
    }
}
