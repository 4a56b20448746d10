//! What API Gateway sends to a function: the members of payload format 2.0 that this service reads.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

/// An event of payload format 2.0.
// Not `Debug`: it has bodies and tokens, which no log may contain.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    pub(super) raw_path: String,
    #[serde(default)]
    pub(super) raw_query_string: String,
    #[serde(default, deserialize_with = "null_is_default")]
    pub(super) headers: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "null_is_default")]
    pub(super) path_parameters: BTreeMap<String, String>,
    pub(super) request_context: RequestContext,
    pub(super) body: Option<String>,
    #[serde(default)]
    pub(super) is_base64_encoded: bool,
}

/// What API Gateway itself states about a request; a caller cannot set it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RequestContext {
    pub(super) http: Http,
    /// The method and the route that the path matched, such as `GET /v1/orgs/{org_id}`, or `$default`.
    pub(super) route_key: Option<String>,
    pub(super) stage: Option<String>,
    pub(super) domain_name: Option<String>,
    pub(super) authorizer: Option<Authorizer>,
}

#[derive(Deserialize)]
pub(super) struct Http {
    pub(super) method: String,
    pub(super) path: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Authorizer {
    pub(super) iam: Option<Iam>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Iam {
    pub(super) user_arn: Option<String>,
}

/// The parameters that API Gateway found in the path when IAM decided, by name; an extension of a request.
#[derive(Debug, Clone)]
pub(crate) struct PathParameters(pub(crate) BTreeMap<String, String>);

fn null_is_default<'de, T: Default + Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
