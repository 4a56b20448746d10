//! The contract of the API, `openapi.json`: its routes, and the check that every response to a test is documented.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::LazyLock;

use audit_http::problem::{PROBLEM_JSON, TYPE_PREFIX};
use axum::http::{HeaderMap, Method, StatusCode};
use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;

/// The parameter that is the rest of a path.
pub const TILE: &str = "{tile}";

const LOCATION: &str = "http://audit/openapi.json";

static CONTRACT: LazyLock<Contract> = LazyLock::new(Contract::load);

struct Contract {
    document: Value,
    schemas: Schemas,
    /// By name.
    compiled: HashMap<String, SchemaIndex>,
}

/// The document.
pub fn document() -> &'static Value {
    &CONTRACT.document
}

/// The documented routes, such as `PUT /v1/orgs/{org_id}`.
pub fn documented() -> BTreeSet<String> {
    operations().map(|(method, path, _)| format!("{method} {path}")).collect()
}

/// The documented routes: method, path and operation of each.
pub fn operations() -> impl Iterator<Item = (String, &'static str, &'static Value)> {
    members(&document()["paths"]).flat_map(|(path, methods)| {
        members(methods).map(move |(method, operation)| (method.to_uppercase(), path.as_str(), operation))
    })
}

/// The routes of a function, in the form of [`documented`]. They are read from its source, since a router does not list
/// them.
pub fn routed(function: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates").join(function).join("src");
    let mut routes = BTreeSet::new();
    for file in std::fs::read_dir(folder).expect("the sources of the function") {
        let text = std::fs::read_to_string(file.expect("a file").path()).unwrap_or_default();
        routes.extend(text.split(".route(\"").skip(1).map(|rest| {
            let (path, rest) = rest.split_once("\", ").expect("a path and its method");
            // The document has no notation for a parameter that contains slashes.
            let path = path.replace("{*", "{");
            format!("{} {path}", rest.split('(').next().unwrap_or_default().to_uppercase())
        }));
    }
    routes
}

/// Asserts that a response is documented: the type of a problem with its status, and on a documented route the status,
/// the media type, the schema of the body, and in the response's description the problem.
pub fn check(method: &Method, path: &str, status: StatusCode, headers: &HeaderMap, text: &str) {
    if method == Method::HEAD {
        return;
    }
    let about = format!("{method} {path}: {status}");
    let media_type = headers.get("content-type").map_or("", |value| value.to_str().expect("text"));
    let problem = (media_type == PROBLEM_JSON).then(|| {
        let body: Value = serde_json::from_str(text).expect("JSON");
        let row = rows().find(|row| row["type"] == body["type"] && row["status"] == status.as_u16());
        let row = row.unwrap_or_else(|| panic!("{about}: x-problems has no {body}"));
        assert_eq!((&row["title"], &row["status"]), (&body["title"], &body["status"]), "{about}");
        body["type"].as_str().and_then(|name| name.strip_prefix(TYPE_PREFIX)).expect("a type").to_owned()
    });
    let mut matching = operations().filter(|(name, template, _)| name == method.as_str() && matches(template, path));
    let Some((_, _, operation)) = matching.next() else { return };
    let response = resolved(&operation["responses"][status.as_str()]);
    assert!(response.is_object(), "{about} is not documented: {text}");
    if status == StatusCode::NO_CONTENT {
        assert!(text.is_empty() && response["content"].is_null(), "{about}: {text}");
        return;
    }
    let schema = &response["content"][media_type]["schema"];
    assert!(schema.is_object(), "{about}: the media type {media_type:?} is not documented");
    if let Some(name) = problem {
        let described = response["description"].as_str().is_some_and(|text| text.contains(&format!("`{name}`")));
        assert!(described, "{about}: the problem {name} is not documented");
    }
    // `details` can have numbers and texts that this reader does not represent.
    if let Ok(body) = serde_json::from_str(text) {
        CONTRACT.validate(schema, &body, &about);
    }
}

/// The documented problems: type, status and title of each.
pub fn rows() -> impl Iterator<Item = &'static Value> {
    document()["x-problems"].as_array().expect("a table").iter()
}

impl Contract {
    fn load() -> Self {
        let document: Value = serde_json::from_str(audit_query::OPENAPI).expect("JSON");
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.enable_format_assertions();
        compiler.add_resource(LOCATION, document.clone()).expect("a resource");
        let names = members(&document["components"]["schemas"]).map(|(name, _)| {
            let location = format!("{LOCATION}#/components/schemas/{name}");
            let compiled = compiler.compile(&location, &mut schemas);
            (name.clone(), compiled.unwrap_or_else(|error| panic!("{name}: {error:#}")))
        });
        let compiled = names.collect();
        Self { document, schemas, compiled }
    }

    fn validate(&self, schema: &Value, body: &Value, about: &str) {
        match schema["$ref"].as_str().and_then(|path| path.strip_prefix("#/components/schemas/")) {
            Some(name) => {
                let valid = self.schemas.validate(body, self.compiled[name]);
                valid.unwrap_or_else(|error| panic!("{about}: {error}: {body}"));
            }
            None => assert!(schema["type"] == "object" && body.is_object(), "{about}: {body}"),
        }
    }
}

/// Returns what a value refers to, or the value itself.
pub fn resolved(value: &'static Value) -> &'static Value {
    let pointer = value["$ref"].as_str().and_then(|path| path.strip_prefix('#'));
    pointer.map_or(value, |pointer| document().pointer(pointer).expect("what it refers to"))
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().expect("an object").iter()
}

/// Whether a path is one of a route. A tile contains slashes.
fn matches(template: &str, path: &str) -> bool {
    let (template, mut path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    if template.last() == Some(&TILE) {
        path.truncate(template.len());
    }
    let fits = |(wanted, found): (&&str, &&str)| wanted == found || (wanted.starts_with('{') && !found.is_empty());
    template.len() == path.len() && template.iter().zip(&path).all(fits)
}
