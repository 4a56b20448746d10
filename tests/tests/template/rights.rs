//! The rights that `infra/template.yaml` grants to a function.

use audit_local::kms::KEY_ID;
use audit_local::stack::{ARCHIVE_BUCKET, STAGING_BUCKET, table_names};
use yaml_serde::Value;

use crate::recorder::Rights;

/// The rights of a role on tables and buckets, by the names that these have on a local stack. Every role writes its
/// log.
pub(crate) fn rights(template: &Value, role: &str) -> Rights {
    let mut rights = Rights::new();
    for policy in template["Resources"][role]["Properties"]["Policies"].as_sequence().unwrap() {
        for statement in policy["PolicyDocument"]["Statement"].as_sequence().unwrap() {
            assert_eq!(statement["Effect"].as_str(), Some("Allow"));
            for action in list(&statement["Action"]) {
                for resource in list(&statement["Resource"]) {
                    let action = action.as_str().unwrap();
                    if !action.starts_with("logs:") {
                        rights.insert(format!("{action} {}", local_name(&yaml_serde::to_string(resource).unwrap())));
                    }
                }
            }
        }
    }
    rights
}

/// One value or several; a tagged one, such as `!Sub […]`, counts as one.
fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Sequence(values) => values.iter().collect(),
        value => vec![value],
    }
}

/// The local name of a resource of the template, given as the YAML of its reference.
fn local_name(reference: &str) -> String {
    let names = table_names();
    let resources = [
        ("OrgsTable", names.orgs),
        ("EventsTable", names.events),
        ("LedgerTable", names.ledger),
        ("SessionsTable", names.sessions),
        ("ArchiveBucket", ARCHIVE_BUCKET.to_owned()),
        ("StagingBucket", STAGING_BUCKET.to_owned()),
        ("LogKey", KEY_ID.to_owned()),
    ];
    let named: Vec<_> = resources.iter().filter(|(id, _)| reference.contains(id)).collect();
    let [(_, name)] = named[..] else { panic!("{reference} names {} of our resources, not one", named.len()) };
    let prefix =
        ["/events/*", "/claims/*", "/log/*", "/staging/*"].into_iter().find(|prefix| reference.contains(prefix));
    format!("{name}{}", prefix.unwrap_or_default())
}
