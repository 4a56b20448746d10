//! Names: settings, keys, prefixes, routes, metrics.

use std::cell::RefCell;
use std::collections::BTreeSet;

use audit_compact::LogSettings;
use audit_runtime::metrics::{Metric, NAMESPACE};
use audit_segments::Buckets;
use audit_tables::{IngestTableNames, TableNames, keys};
use audit_tests::contract;
use yaml_serde::Value;

use crate::{template, template_text};

type Names = BTreeSet<String>;

/// The settings that a function reads: ingest needs neither the ledger nor the buckets.
fn asked(function: &str) -> Names {
    let asked = RefCell::new(Names::new());
    let setting = |name: &'static str| {
        asked.borrow_mut().insert(name.to_owned());
        String::new()
    };
    if function == "IngestFunction" {
        IngestTableNames::from_settings(setting);
    } else {
        TableNames::from_settings(setting);
        Buckets::from_settings(setting);
    }
    if function == "CompactFunction" {
        LogSettings::from_settings(setting);
    }
    asked.into_inner()
}

#[test]
fn each_function_is_given_the_settings_that_it_asks_for() {
    let template = template();
    for function in ["IngestFunction", "QueryFunction", "ViewFunction", "CompactFunction"] {
        let given = template["Resources"][function]["Properties"]["Environment"]["Variables"].as_mapping().unwrap();
        let given = given.keys().map(|name| name.as_str().unwrap().to_owned());
        // The SDK's own settings, absent on AWS.
        let given: Names = given.filter(|name| !name.starts_with("AWS_")).collect();
        assert_eq!(given, asked(function), "{function}");
    }
}

#[test]
fn the_tables_have_the_keys_that_the_code_uses() {
    let template = template();
    for (table, expected) in [
        ("OrgsTable", vec![keys::ORG_ID]),
        ("EventsTable", vec![keys::PK, keys::SK]),
        ("LedgerTable", vec![keys::ORG_ID, keys::SK]),
        ("SessionsTable", vec![keys::PK, keys::SK]),
    ] {
        let properties = &template["Resources"][table]["Properties"];
        let schema = properties["KeySchema"].as_sequence().unwrap();
        let named: Vec<_> = schema.iter().map(|key| key["AttributeName"].as_str().unwrap()).collect();
        assert_eq!(named, expected, "{table}");
        let attributes = properties["AttributeDefinitions"].as_sequence().unwrap();
        assert!(attributes.iter().all(|attribute| attribute["AttributeType"].as_str() == Some("S")), "{table}");
    }
}

#[test]
fn items_of_sessions_expire_by_the_attribute_that_the_code_writes() {
    let template = template();
    let expiry = &template["Resources"]["SessionsTable"]["Properties"]["TimeToLiveSpecification"];
    assert_eq!(expiry["AttributeName"].as_str(), Some(keys::EXPIRES_AT_S));
    assert_eq!(expiry["Enabled"].as_bool(), Some(true));
}

/// `PUT /v1/orgs/{org_id}` and so on, as the template routes them to a function.
fn routed(template: &Value, function: &str) -> Names {
    let events = template["Resources"][function]["Properties"]["Events"].as_mapping().unwrap();
    let routes = events.values().map(|event| {
        let route = &event["Properties"];
        // A parameter that contains slashes has a plus.
        format!("{} {}", route["Method"].as_str().unwrap(), route["Path"].as_str().unwrap().replace("+}", "}"))
    });
    routes.collect()
}

#[test]
fn every_route_leads_to_the_function_that_serves_it() {
    let template = template();
    assert_eq!(routed(&template, "IngestFunction"), contract::routed("ingest"));
    let (view, query): (Names, Names) =
        contract::routed("query").into_iter().partition(|route| route.contains(" /view/"));
    assert_eq!(routed(&template, "QueryFunction"), query);
    let (preflights, gets): (Names, Names) =
        routed(&template, "ViewFunction").into_iter().partition(|route| route.starts_with("OPTIONS "));
    assert_eq!(gets, view);
    let of_pages: Names = view.iter().filter(|route| route.contains("/v1/")).cloned().collect();
    let asked: Names = preflights.iter().map(|route| route.replace("OPTIONS ", "GET ")).collect();
    assert_eq!(asked, of_pages, "a browser asks before it sends a token");
}

#[test]
fn only_the_health_and_the_routes_of_viewers_are_open_to_callers_without_an_iam_signature() {
    let template = template();
    for function in ["IngestFunction", "QueryFunction", "ViewFunction"] {
        for event in template["Resources"][function]["Properties"]["Events"].as_mapping().unwrap().values() {
            let route = &event["Properties"];
            let path = route["Path"].as_str().unwrap();
            let is_open = route["Auth"]["Authorizer"].as_str() == Some("NONE");
            assert_eq!(is_open, path == "/healthz" || path.starts_with("/view/"), "{function} {path}");
            assert_eq!(function == "ViewFunction", path.starts_with("/view/"), "{path}");
        }
    }
}

/// The conditions name exactly what a mark has, and the count of marks, so the function cannot write the other attributes
/// of a session.
#[test]
fn the_function_of_viewers_can_put_and_count_marks_and_no_sessions() {
    let template = template();
    let policies = &template["Resources"]["ViewRole"]["Properties"]["Policies"][0]["PolicyDocument"];
    let statements = policies["Statement"].as_sequence().unwrap();
    let attributes = |sid: &str| -> Vec<_> {
        let statement = statements.iter().find(|statement| statement["Sid"].as_str() == Some(sid)).unwrap();
        let names = statement["Condition"]["ForAllValues:StringEquals"]["dynamodb:Attributes"].as_sequence().unwrap();
        names.iter().map(|name| name.as_str().unwrap()).collect()
    };
    assert_eq!(attributes("Marks"), [keys::PK, keys::SK, "occurred_at", keys::EXPIRES_AT_S]);
    assert_eq!(attributes("ReadCounts"), [keys::PK, keys::SK, "reads"]);
}

#[test]
fn prefixes_and_buckets_are_those_of_the_code() {
    use audit_segments::keys::{CLAIMS, EVENTS, LOG, STAGING};

    let text = template_text();
    for prefix in [EVENTS, CLAIMS, LOG, STAGING] {
        assert!(text.contains(&format!("/{prefix}*")), "no right on {prefix}");
    }
    assert!(
        text.contains("/events/month=${!month}/org_id=${!org_id}/"),
        "the partitions of Athena are those of the keys"
    );
    let month = "2026-11".parse::<audit_core::Month>().unwrap();
    let org_id = "acme".parse::<audit_core::OrgId>().unwrap();
    let key = audit_segments::keys::published(&org_id, month, audit_core::Seq(0), 1, audit_core::Sha256::of(b""));
    assert!(key.starts_with("events/month=2026-11/org_id=acme/"), "{key}");
}

#[test]
fn dashboard_and_alarms_watch_every_metric_and_no_other() {
    let text = template_text();
    let known: Names = Metric::ALL.iter().map(|metric| metric.name().to_owned()).collect();
    let (on_dashboard, in_alarm) = (format!("[\"{NAMESPACE}\", \""), format!("Namespace: {NAMESPACE}"));
    let on_dashboard = text.split(&on_dashboard).skip(1);
    let watched: Names = on_dashboard.map(|rest| rest.split('"').next().unwrap().to_owned()).collect();
    assert_eq!(watched, known);
    let mut alarmed = Names::new();
    for rest in text.split(&in_alarm).skip(1) {
        let name = rest.split("MetricName: ").nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap();
        assert!(known.contains(name), "{name} is watched and never counted");
        alarmed.insert(name.to_owned());
    }
    for metric in [
        Metric::RefusalsAfterPlan,
        Metric::SessionsRefused,
        Metric::RowsQuarantined,
        Metric::LedgersRefused,
        Metric::BatchesVoided,
        Metric::CheckpointsFailed,
        Metric::MergesFailed,
        Metric::MergesAbandoned,
        Metric::RowsSkipped,
        Metric::ArchiveLagSeconds,
    ] {
        assert!(alarmed.contains(metric.name()), "no alarm watches {}", metric.name());
    }
}
