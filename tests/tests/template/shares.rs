//! Reads, writes and archive passes each have a share of what the account has: none takes all of it.

use std::collections::BTreeMap;

use audit_ingest::IngestApi;
use audit_query::QueryApi;
use utoipa::OpenApi as _;
use yaml_serde::Value;

use crate::template;

/// Executions that a new account of Lambda may have at once.
const NEW_ACCOUNT: i64 = 10;

/// The documented routes of orgs, `PUT /v1/orgs/{org_id}` and so on.
fn routes_of_orgs(api: &utoipa::openapi::OpenApi) -> Vec<String> {
    let document = serde_json::to_value(api).unwrap();
    let paths = document["paths"].as_object().unwrap().clone();
    let routes = paths.into_iter().filter(|(path, _)| path.contains("{org_id}")).flat_map(|(path, methods)| {
        let methods: Vec<_> = methods.as_object().unwrap().keys().map(|method| method.to_uppercase()).collect();
        methods.into_iter().map(move |method| format!("{method} {path}"))
    });
    routes.collect()
}

fn reference(value: &Value) -> String {
    yaml_serde::to_string(value).unwrap().trim().to_owned()
}

#[test]
fn every_route_that_reads_and_every_route_that_writes_has_limits_of_its_own() {
    let template = template();
    let settings = &template["Resources"]["Api"]["Properties"]["RouteSettings"];
    let mut expected = BTreeMap::new();
    for (kind, api) in [("Write", IngestApi::openapi()), ("Read", QueryApi::openapi())] {
        expected.extend(routes_of_orgs(&api).into_iter().map(|route| (route, kind)));
    }
    assert_eq!(expected.len(), 5);
    let limited: Vec<_> = settings.as_mapping().unwrap().keys().map(|route| route.as_str().unwrap()).collect();
    assert_eq!(limited.len(), expected.len(), "{limited:?}");
    for (route, kind) in &expected {
        for limit in ["Rate", "Burst"] {
            let value = &settings[route.as_str()][format!("Throttling{limit}Limit").as_str()];
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
    assert_eq!(default("IngestReservedConcurrency"), 0);
    let reserved = &template["Resources"]["IngestFunction"]["Properties"]["ReservedConcurrentExecutions"];
    let reserved = reference(reserved);
    assert!(reserved.contains("HasIngestReserve") && reserved.contains("IngestReservedConcurrency"), "{reserved}");
}
