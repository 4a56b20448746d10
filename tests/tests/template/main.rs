//! `infra/template.yaml` and the code: everything that one refers to exists in the other.

mod access_log;
mod bucket_policy;
mod machine;
mod names;
mod privilege;
mod recorder;
mod rights;
mod shares;

use yaml_serde::Value;

/// The text of the template.
fn template_text() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/template.yaml")).unwrap()
}

/// The template.
fn template() -> Value {
    yaml_serde::from_str(&template_text()).unwrap()
}
