//! Which crate may link which: the layers of the workspace, asserted on the dependency graph itself.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};

fn metadata() -> Metadata {
    MetadataCommand::new().manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml")).exec().unwrap()
}

/// The workspace's packages, each with the names of its direct dependencies, without those of its tests.
fn direct(metadata: &Metadata) -> HashMap<String, BTreeSet<String>> {
    let members = metadata.workspace_packages().into_iter();
    let named = members.map(|package| {
        let normal = package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
        (package.name.to_string(), normal.map(|dependency| dependency.name.clone()).collect())
    });
    named.collect()
}

/// The names of everything that a package links.
fn linked(metadata: &Metadata, name: &str) -> BTreeSet<String> {
    let nodes: HashMap<&PackageId, _> =
        metadata.resolve.as_ref().unwrap().nodes.iter().map(|node| (&node.id, node)).collect();
    let root = metadata.workspace_packages().into_iter().find(|package| package.name.as_str() == name).unwrap();
    let (mut seen, mut waiting) = (BTreeSet::new(), vec![&root.id]);
    while let Some(id) = waiting.pop() {
        if seen.insert(id) {
            let normal = nodes[id]
                .deps
                .iter()
                .filter(|dependency| dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal));
            waiting.extend(normal.map(|dependency| &dependency.pkg));
        }
    }
    seen.into_iter().map(|id| metadata[id].name.to_string()).collect()
}

#[test]
fn core_links_nothing_that_waits_or_talks() {
    let linked = linked(&metadata(), "audit-core");
    for forbidden in ["tokio", "futures", "axum", "hyper", "aws-smithy-runtime", "arrow", "parquet"] {
        assert!(!linked.contains(forbidden), "audit-core links {forbidden}");
    }
}

#[test]
fn only_tables_names_the_dynamodb_sdk_only_compact_that_of_kms_and_only_segments_the_formats_and_s3() {
    let direct = direct(&metadata());
    for (name, dependencies) in &direct {
        // The local stack, the tests and the benchmark make clients of local endpoints, and the tests write what a
        // library would not.
        let makes_clients = ["audit-local", "audit-tests", "audit-bench"].contains(&name.as_str());
        assert!(name == "audit-tables" || makes_clients || !dependencies.contains("aws-sdk-dynamodb"), "{name}");
        assert!(name == "audit-segments" || makes_clients || !dependencies.contains("aws-sdk-s3"), "{name}");
        assert!(name == "audit-compact" || makes_clients || !dependencies.contains("aws-sdk-kms"), "{name}");
        for format in ["parquet", "arrow"] {
            assert!(name == "audit-segments" || !dependencies.contains(format), "{name} names {format}");
        }
    }
}

#[test]
fn ingest_links_neither_the_formats_nor_the_s3_sdk() {
    let linked = linked(&metadata(), "audit-ingest");
    for forbidden in ["aws-sdk-s3", "parquet", "arrow", "arrow-array", "audit-segments"] {
        assert!(!linked.contains(forbidden), "audit-ingest links {forbidden}");
    }
    assert!(linked.contains("aws-sdk-dynamodb"), "the walk over the graph finds what is linked");
}

#[test]
fn compact_and_recovery_link_nothing_of_http() {
    for name in ["audit-compact", "audit-recovery"] {
        let linked = linked(&metadata(), name);
        for forbidden in ["audit-http", "axum", "lambda_http"] {
            assert!(!linked.contains(forbidden), "{name} links {forbidden}");
        }
        assert!(linked.contains("parquet"), "the walk over the graph finds what is linked");
    }
}

/// So that an auditor trusts the formats, and not the service.
#[test]
fn verify_links_the_formats_and_nothing_of_the_functions() {
    let linked = linked(&metadata(), "audit-verify");
    let own: Vec<_> = linked.iter().filter(|name| name.starts_with("audit")).map(String::as_str).collect();
    assert_eq!(own, ["audit-core", "audit-segments", "audit-verify"]);
    for forbidden in ["aws-sdk-dynamodb", "aws-sdk-kms", "axum", "lambda_http"] {
        assert!(!linked.contains(forbidden), "audit-verify links {forbidden}");
    }
}

#[test]
fn arrows_between_the_crates_point_down_only() {
    let levels = [
        ("audit-core", 0),
        ("audit-viewer", 0),
        ("audit-tables", 1),
        ("audit-segments", 1),
        ("audit-runtime", 1),
        ("audit-http", 2),
        ("audit-verify", 2),
        ("audit-ingest", 3),
        ("audit-query", 3),
        ("audit-compact", 3),
        ("audit-recovery", 3),
        ("audit-local", 4),
        ("audit", 5),
        ("audit-tests", 6),
        ("audit-bench", 6),
    ];
    let level: HashMap<_, _> = levels.into_iter().collect();
    let direct = direct(&metadata());
    assert_eq!(direct.len(), level.len(), "a crate has no level");
    for (name, dependencies) in &direct {
        for below in dependencies.iter().filter(|dependency| level.contains_key(dependency.as_str())) {
            assert!(level[below.as_str()] < level[name.as_str()], "{name} points up or sideways to {below}");
        }
    }
}

/// `{:?}` and `?field` write a value as its type happens to be declared: another name of a variant is another text.
#[test]
fn no_code_outside_of_tests_writes_a_value_by_its_debug_form() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates")];
    let (mut files, mut found) = (0, Vec::new());
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let is_of_tests =
                path.file_stem().is_some_and(|name| name == "tests" || name.to_string_lossy().ends_with("_tests"));
            if path.is_dir() && !is_of_tests {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") && !is_of_tests {
                files += 1;
                let text = std::fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
                let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
                let by_debug = |line: &&str| line.contains(":?}") || line.contains(":#?}") || logs_by_debug(line);
                found.extend(lines.filter(by_debug).map(|line| format!("{}: {}", path.display(), line.trim())));
            }
        }
    }
    assert!(files > 100, "{files} files were read");
    assert_eq!(found, Vec::<String>::new());
}

/// Whether a line has a field of a log or a span that is written by its debug form.
fn logs_by_debug(line: &str) -> bool {
    let is_debug =
        |field: &str| field.trim_start().strip_prefix('?').is_some_and(|name| name.starts_with(char::is_alphabetic));
    is_debug(line) || line.contains("tracing::") && line.split(['(', ',', '=']).any(is_debug)
}
