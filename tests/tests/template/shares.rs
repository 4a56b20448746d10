//! Reads, writes and archive passes each have a share of the account's capacity: none can use all of it.

use std::collections::BTreeMap;

use audit_tests::contract::{TILE, routed};
use yaml_serde::Value;

use crate::template;

/// Executions that a new account of Lambda may run concurrently.
const NEW_ACCOUNT: i64 = 10;

fn reference(value: &Value) -> String {
    yaml_serde::to_string(value).unwrap().trim().to_owned()
}

#[test]
fn every_route_that_reads_and_every_route_that_writes_has_limits_of_its_own() {
    let template = template();
    let settings = &template["Resources"]["Api"]["Properties"]["RouteSettings"];
    let mut expected = BTreeMap::new();
    for (kind, function) in [("Write", "ingest"), ("Read", "query")] {
        let of_orgs = routed(function).into_iter().filter(|route| route.contains("{org_id}"));
        expected.extend(of_orgs.map(|route| (route, kind)));
    }
    for route in routed("query").into_iter().filter(|route| route.contains(" /view/")) {
        if route.contains("/v1/") {
            expected.insert(route.replace("GET ", "OPTIONS "), "View");
        }
        expected.insert(route, "View");
    }
    assert_eq!(expected.len(), 27);
    let limited: Vec<_> = settings.as_mapping().unwrap().keys().map(|route| route.as_str().unwrap()).collect();
    assert_eq!(limited.len(), expected.len(), "{limited:?}");
    for (route, kind) in &expected {
        for limit in ["Rate", "Burst"] {
            // API Gateway marks a parameter that contains slashes.
            let value = &settings[route.replace(TILE, "{tile+}").as_str()][format!("Throttling{limit}Limit").as_str()];
            assert_eq!(reference(value), format!("!Ref {kind}{limit}Limit"), "{route}");
        }
    }
}

#[test]
fn two_passes_at_once_leave_a_new_account_executions_for_its_api() {
    let template = template();
    let default = |name: &str| template["Parameters"][name]["Default"].as_i64().unwrap();
    assert!(2 * default("ArchiveConcurrency") + 2 < NEW_ACCOUNT);
    let substitutions = &template["Resources"]["ArchivePass"]["Properties"]["DefinitionSubstitutions"];
    assert_eq!(reference(&substitutions["ArchiveConcurrency"]), "!Ref ArchiveConcurrency");
    let definition = include_str!("../../../infra/archive.asl.json");
    let maps = definition.matches(r#""Type": "Map""#).count();
    assert_eq!(
        definition.matches(r#""MaxConcurrency": ${ArchiveConcurrency},"#).count(),
        maps,
        "every map has the bound"
    );
    // A reserve that the account does not have would make the first deployment fail.
    for function in ["Ingest", "View"] {
        let parameter = format!("{function}ReservedConcurrency");
        assert_eq!(default(&parameter), 0);
        let properties = &template["Resources"][format!("{function}Function").as_str()]["Properties"];
        let reserved = reference(&properties["ReservedConcurrentExecutions"]);
        assert!(reserved.contains(&format!("Has{function}Reserve")) && reserved.contains(&parameter), "{reserved}");
    }
}
