use super::*;

fn answer(status: u16, body: &str, sent: usize) -> Answer {
    read(status, None, body.as_bytes(), sent)
}

#[test]
fn a_stored_request_has_a_status_for_every_event() {
    let body = r#"{"events":[{"id":"a","status":"created"},{"id":"b","status":"duplicate"}]}"#;
    assert_eq!(answer(201, body, 2), Answer::Stored(vec![Status::Created, Status::Duplicate]));
    for (body, sent) in [(body, 3), ("<html>", 1), ("{}", 1), (r#"{"events":[{"status":"unknown"}]}"#, 1)] {
        assert!(matches!(answer(200, body, sent), Answer::Stop { unsure: true, .. }), "{body}");
    }
}

#[test]
fn faults_belong_to_the_events_their_pointers_name() {
    let body = r#"{"type":"urn:problem-type:audit:invalid-event","errors":[
        {"pointer":"/events/3/actor/id","found":"nothing","allowed":"a string"},
        {"pointer":"/events/3","found":7,"allowed":null},
        {"pointer":"/events/0/action","found":"\"X\"","allowed":"words"},
        {"pointer":"/events/4/action"},{"pointer":"/events/x"},{"pointer":"/other"},{"pointer":null},1]}"#;
    let expected = BTreeMap::from([
        (0, "/action: found \"X\", allowed: words".to_owned()),
        (3, "/actor/id: found nothing, allowed: a string; the event: found 7".to_owned()),
    ]);
    assert_eq!(answer(400, body, 4), Answer::Faulty(expected));
}

#[test]
fn a_request_without_usable_pointers_is_divided() {
    let body = r#"{"title":"Bad","detail":"it is bad","errors":[{"pointer":"/events/9/action"}]}"#;
    assert_eq!(answer(400, body, 9), Answer::Divide("HTTP 400: it is bad".to_owned()));
    assert_eq!(answer(413, r#"{"message":"Too large"}"#, 9), Answer::Divide("HTTP 413: Too large".to_owned()));
    assert_eq!(answer(400, "", 9), Answer::Divide("HTTP 400".to_owned()));
}

#[test]
fn a_passing_fault_is_worth_another_try() {
    let body = r#"{"title":"Busy","events":[{"status":"unknown"},{"status":"created"}]}"#;
    let expected =
        |after, known, unsure, reason: &str| Answer::Retry { reason: reason.to_owned(), after, known, unsure };
    let known = Some(vec![Status::Unknown, Status::Created]);
    let after = Some(Duration::from_secs(3));
    assert_eq!(read(503, Some(" 3"), body.as_bytes(), 2), expected(after, known, true, "HTTP 503: Busy"));
    assert_eq!(read(503, Some("Sun, 01 Nov"), body.as_bytes(), 1), expected(None, None, true, "HTTP 503: Busy"));
    assert_eq!(answer(429, "", 2), expected(None, None, false, "HTTP 429"));
    assert_eq!(answer(408, "", 2), expected(None, None, false, "HTTP 408"));
    assert_eq!(answer(502, "<html>", 2), expected(None, None, true, "HTTP 502"));
}

#[test]
fn any_other_answer_stops() {
    for status in [302, 401, 403, 404, 409, 415, 422] {
        let expected = Answer::Stop { reason: format!("HTTP {status}: no"), unsure: false };
        assert_eq!(answer(status, r#"{"title":"t","detail":"no"}"#, 1), expected);
    }
}
