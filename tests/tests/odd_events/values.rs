//! Odd values inside `details`.

use crate::sent::{ORG, assert_refused, details_come_back, event, quoted, start};

fn owned(details: &[&str]) -> Vec<String> {
    details.iter().map(|details| (*details).to_owned()).collect()
}

/// `depth` containers inside one another, objects and lists alternately.
fn nested(depth: usize) -> String {
    let open = |level: usize| if level.is_multiple_of(2) { r#"{"k":"# } else { "[" };
    let close = |level: usize| if level.is_multiple_of(2) { "}" } else { "]" };
    let opening: String = (0..depth).map(open).collect();
    let closing: String = (0..depth).rev().map(close).collect();
    format!("{opening}7{closing}")
}

#[tokio::test]
async fn keys_come_back_in_their_order_and_case() {
    details_come_back(&owned(&[
        r#"{"Name":1,"name":2,"NAME":3,"z":4,"a":5}"#,
        r#"{"a.b":1,"a":{"b":2},"@timestamp":3,"x@y.example":4,"a/b":5,"a~b":6,"a b":7,"":8,"$ref":9,"__proto__":10}"#,
        r#"{"\u006bey":1,"sch\u00f6n":2,"schön ":3,"\"":4,"\\":5,"\u0000":6}"#,
        r#"{"$serde_json::private::RawValue":"{}","$serde_json::private::Number":"1e5"}"#,
        r#"{"id":"x","org_id":"y","category":"z","ingested_at":"w","idempotency_key":"v","details":{"details":{}}}"#,
        "{}",
    ]))
    .await;
}

#[tokio::test]
async fn numbers_keep_the_text_they_came_as() {
    details_come_back(&owned(&[
        r#"{"n":[9007199254740993,18446744073709551616,-9223372036854775809,123456789012345678901234567890]}"#,
        r#"{"n":[1,1.0,1.00,1e0,1E+0,0.1e1,10e-1,1.7976931348623157e308,5e-324]}"#,
        r#"{"n":[1e400,-1e400,1e-400,-0.0,-0,0.0,0e0]}"#,
        &format!(r#"{{"n":{}.{}}}"#, "9".repeat(500), "8".repeat(500)),
    ]))
    .await;
}

#[tokio::test]
async fn escapes_are_kept_as_sent() {
    details_come_back(&owned(&[
        r#"{"t":["\u0041","A","\/","/","\u00e9","é","\u00E9","e\u0301","\b\f\n\r\t","\u0008\u000c\u000a"]}"#,
        r#"{"t":["\ud83d\ude00","\uD83D\uDE00","😀","\\ud83d","\\","\"","\\\""]}"#,
        r#"{"t":"{\"nested\":\"{\\\"deeper\\\":1.0}\",\"list\":[1,2]}"}"#,
    ]))
    .await;
}

#[tokio::test]
async fn letters_of_every_kind_come_back() {
    let controls: String = (0..0x20).map(|code| format!("\\u{code:04x}")).collect();
    let raw = "\u{7f}\u{80}\u{85}\u{9f}\u{a0}\u{ad}\u{200b}\u{2028}\u{2029}\u{feff}\u{fffd}\u{fffe}\u{ffff}\u{10ffff}";
    details_come_back(&[
        format!(r#"{{"controls":"{controls}","nul":"a\u0000b"}}"#),
        format!(r#"{{"raw":"{raw}"}}"#),
        "{\"bidi\":\"\u{202e}gpj.exe\u{202c} \u{2066}x\u{2069} \u{200e}\u{200f}\"}".to_owned(),
        r#"{"rtl":"مرحبا بالعالم שלום","emoji":"👩‍👩‍👧‍👦 🏳️‍🌈 🇪🇺","zalgo":"Z̸̢͉͝a̵͇͒l̷̨̛g̶̱̈́ó̴͜","cjk":"監査ログ 审计"}"#.to_owned(),
        r#"{"formula":["=1+1","+1","-1","@SUM(A1)","=cmd|' /C calc'!A0","\t=1","'; DROP TABLE events; --"]}"#
            .to_owned(),
    ])
    .await;
}

#[tokio::test]
async fn empty_null_and_absent_stay_three_things() {
    details_come_back(&owned(&[
        r#"{"empty":"","null":null,"false":false,"zero":0,"list":[],"object":{},"nulls":[null,"",[]]}"#,
        r#"{"null":null}"#,
        "{}",
    ]))
    .await;
}

#[tokio::test]
async fn white_space_between_tokens_goes_and_inside_strings_stays() {
    details_come_back(&owned(&[
        "{ \"a\" :\t[ 1 ,\r\n 2 , { } , [ ] ] ,\n \"b  c\" : \"  d  \\n \" }",
        "\n\n{\n  \"k\": \" \\\" : , \"\n}\n",
    ]))
    .await;
}

#[tokio::test]
async fn long_strings_long_lists_and_deep_nesting_come_back() {
    let list: Vec<_> = (0..3_400).map(|index| format!(r#"{{"id":{index},"v":"{index:x}"}}"#)).collect();
    let wide: Vec<_> = (0..3_000).map(|index| format!(r#""key_{index}":{index}"#)).collect();
    details_come_back(&[
        format!(r#"{{"text":{}}}"#, quoted(&"An \"é\" \\ 😀 ".repeat(3_600))),
        format!(r#"{{"list":[{}]}}"#, list.join(",")),
        format!("{{{}}}", wide.join(",")),
        nested(14),
        nested(64),
    ])
    .await;
}

#[tokio::test]
async fn what_cannot_be_kept_is_refused_for_its_reason() {
    let (_stack, api) = start().await;
    let at_64 = "/details".to_owned() + &"/k/0".repeat(32);
    for (details, pointer, allowed) in [
        (nested(65).as_str(), at_64.as_str(), "at most 64 containers"),
        (r#"{"a":1,"b":2,"a":1}"#, "/details/a", "each key once"),
        (r#"{"x":[{"a":1,"\u0061":2}]}"#, "/details/x/0/a", "each key once"),
        (r#"{"a/b~c":{"":1,"":1}}"#, "/details/a~1b~0c/", "each key once"),
        (r#"{"t":"\ud800"}"#, "/details/t", "Unicode text"),
        (r#"{"t":["\ude00\ud83d"]}"#, "/details/t/0", "Unicode text"),
        (r#"{"\ud800":1}"#, "/details", "keys without lone surrogates"),
        ("[]", "/details", "an object"),
        (r#""{}""#, "/details", "an object"),
        ("{\"t\":\"\u{1}\"}", "", "one JSON value"),
        (r#"{"n":01}"#, "", "one JSON value"),
        (r#"{"n":NaN}"#, "", "one JSON value"),
        (r#"{"a":1,}"#, "", "one JSON value"),
    ] {
        assert_refused(&api, &event("a", "t", details), pointer, allowed).await;
    }
    assert_eq!(api.get(&format!("/v1/orgs/{ORG}/events")).await.json()["events"], serde_json::json!([]));
}
