//! The API's access log is JSON, regardless of what a caller sends.

use serde_json::Value as Json;

use crate::template;

/// The variables that a line may have, each with a text of its kind. API Gateway writes them as they are, without
/// escapes: so none may be one that a caller chooses.
const SAFE: &[(&str, &str)] = &[
    // Made by API Gateway: an id, an instant, a number, a word of a closed list.
    ("requestId", "JKJaXmPLvHcESHA="),
    ("requestTime", "25/Nov/2026:16:00:00 +0000"),
    ("status", "200"),
    ("responseLength", "1024"),
    ("responseLatency", "17"),
    ("integrationLatency", "-"),
    ("error.responseType", "ACCESS_DENIED"),
    // A route of the template, `$default` or `-`.
    ("routeKey", "GET /v1/orgs/{org_id}/events"),
    // The id of a principal, with the name of its session: `[\w+=,.@-]`.
    ("identity.caller", "AROAEXAMPLE:ada+audit@example.com"),
];

/// The names of the variables of a format.
fn variables(format: &str) -> Vec<&str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '.';
    let rest = format.split("$context.").skip(1);
    rest.map(|rest| rest.split(|c| !is_part(c)).next().unwrap()).collect()
}

#[test]
fn a_line_of_the_access_log_is_json_whatever_a_caller_sends() {
    let template = template();
    let format = template["Resources"]["Api"]["Properties"]["AccessLogSettings"]["Format"].as_str().unwrap();
    let mut line = format.to_owned();
    for name in variables(format) {
        let safe = SAFE.iter().find(|(safe, _)| *safe == name);
        let (_, text) =
            safe.unwrap_or_else(|| panic!("$context.{name} may contain what a caller sends, without escapes"));
        line = line.replacen(&format!("$context.{name}"), text, 1);
    }
    let line: Json = serde_json::from_str(&line).unwrap();
    assert!(line.as_object().unwrap().len() >= 8, "{line}");
    assert_eq!(line["route"], "GET /v1/orgs/{org_id}/events");
    assert!(!format.contains('\n'), "one event, one line");
}
