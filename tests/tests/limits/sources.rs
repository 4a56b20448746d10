//! The sources: their numeric constants, the values of these, and the tests.

use std::path::{Path, PathBuf};

use yaml_serde::Value;

use crate::numbers::computed;

const TYPES: &[&str] = &["u8", "u16", "u32", "u64", "usize", "i32", "i64", "f64", "Duration"];

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All Rust files below a folder.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// The numeric constants outside of tests: the file from `crates/` on, and the name.
pub(crate) fn constants() -> Vec<(String, String)> {
    let crates = root().join("crates");
    let mut constants = Vec::new();
    for file in rust_files(&crates) {
        let name = file.strip_prefix(&crates).unwrap().display().to_string();
        if name.contains("/tests") {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for (_, constant) in declarations(code).filter(|(kind, _)| TYPES.contains(&kind.as_str())) {
            constants.push((name.clone(), constant));
        }
    }
    constants
}

/// The constants of a text: the type and the name of each.
fn declarations(text: &str) -> impl Iterator<Item = (String, String)> {
    text.lines().filter_map(|line| {
        let (before, rest) = line.split_once("const ")?;
        let (name, rest) = rest.split_once(": ")?;
        let is_declaration = matches!(before.trim(), "" | "pub" | "pub(crate)" | "pub(super)");
        let kind = rest.split([' ', ';']).next()?;
        is_declaration.then(|| (kind.to_owned(), name.to_owned()))
    })
}

/// What a constant or a field of a Rust file is, or what stands at a path of a YAML or JSON file.
pub(crate) fn value_of(file: &str, name: &str) -> Option<i64> {
    let text = std::fs::read_to_string(root().join(file)).ok()?;
    if !file.ends_with(".rs") {
        // CloudFormation puts a parameter's value into the state machine's definition; before that, it is no JSON.
        let document: Value = yaml_serde::from_str(&text.replace(": ${ArchiveConcurrency}", ": null")).ok()?;
        let value = name.split('.').try_fold(&document, |value, member| match member.parse::<usize>() {
            Ok(index) => value.get(index),
            Err(_) => value.get(member),
        })?;
        return value.as_i64();
    }
    let in_limits =
        |name: &str| (file != "crates/core/src/limits.rs").then(|| value_of("crates/core/src/limits.rs", name))?;
    let declared = text.lines().find_map(|line| line.split_once(&format!("const {name}: "))?.1.split_once(" = "));
    if let Some((_, value)) = declared {
        return computed(value.trim_end_matches(';'), &in_limits);
    }
    let field = format!(" {name}: ");
    text.split(&field)
        .skip(1)
        .map(|rest| rest.split([',', '\n', '}']).next().unwrap())
        .find_map(|value| computed(value, &in_limits))
}

/// All sources.
pub(crate) fn tests_text() -> Vec<String> {
    let files = ["crates", "tests"].map(|folder| rust_files(&root().join(folder)));
    files.iter().flatten().map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

/// Whether a function of this name stands behind `#[test]` or `#[tokio::test]`.
pub(crate) fn is_test(sources: &[String], name: &str) -> bool {
    let function = format!("fn {name}(");
    sources.iter().filter_map(|text| text.split_once(&function)).any(|(before, _)| {
        let attributes = before.trim_end().trim_end_matches("async").trim_end();
        let mut attributes = attributes.lines().rev().map(str::trim).take_while(|line| line.starts_with("#["));
        attributes.any(|line| matches!(line, "#[test]" | "#[tokio::test]") || line.starts_with("#[tokio::test("))
    })
}
