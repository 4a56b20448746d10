//! `GET /v1/orgs/{org_id}/events`: one page of a search.

use std::sync::Arc;

use audit_core::Search;
use audit_http::{Problem, extract, schema};
use axum::Json;
use axum::extract::{Path, RawQuery, State};

use crate::Query;
use crate::page::Page;

/// Searches an org's events, hot and archived, as one sorted list.
///
/// Repeated `actor`, `action`, `category` and `target` are alternatives; different parameters narrow.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org_id}/events",
    tag = "events",
    params(
        ("org_id" = String, Path, description = "The org", max_length = 64, pattern = "^[A-Za-z0-9_-]{1,64}$"),
        ("from" = Option<String>, Query, description = "From this instant on: RFC 3339 with an offset", format = DateTime),
        ("to" = Option<String>, Query, description = "Up to, not including, this instant", format = DateTime),
        ("actor" = Option<Vec<String>>, Query, description = "The actor's id, exactly, or e-mail address, whatever its case (Unicode's full case folding, in NFC)", max_items = 50),
        ("action" = Option<Vec<String>>, Query, description = "An action, or `billing.*` for all below", max_items = 50),
        ("category" = Option<Vec<String>>, Query, description = "A category of the catalog", max_items = 50),
        ("target" = Option<Vec<String>>, Query, description = "The target's id", max_items = 50),
        ("result" = Option<schema::EventResult>, Query, description = "Whether it succeeded"),
        ("order" = Option<String>, Query, description = "`newest` (default) or `oldest` first", pattern = "^(newest|oldest)$"),
        ("limit" = Option<u32>, Query, description = "How many events at most; 50 where absent", minimum = 1, maximum = 1000),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of a page of the same query"),
    ),
    responses(
        (status = 200, description = "A page", body = schema::Page),
        (status = 400, description = "The request is at fault", body = schema::ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The org's plan has no audit logs", body = schema::ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "The org is unknown", body = schema::ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "A store did not answer, or a part of the archive cannot be read", body = schema::ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_events(
    State(query): State<Arc<Query>>,
    Path(org_id): Path<String>,
    RawQuery(parameters): RawQuery,
) -> Result<Json<Page>, Problem> {
    let org_id = extract::org_id(&org_id)?;
    query.admit(&org_id).await?;
    let search = Search::read(org_id, parameters.as_deref()).map_err(|faults| Problem::invalid(&faults))?;
    Ok(Json(query.page(&search).await?))
}
