//! A viewer: a session as a product makes it, and what its browser sends.

use axum::http::StatusCode;

use crate::api::{Answer, Api};

/// An open session and its token.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// The id of the session.
    pub session_id: String,
    /// The token.
    pub token: String,
}

impl Viewer {
    /// Makes a session of an org; `body` is that of the request.
    pub async fn of(api: &Api, org: &str, body: &str) -> Self {
        let made = api.post(&format!("/v1/orgs/{org}/viewer-sessions"), body.to_owned()).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
        assert_eq!(made.headers["cache-control"], "no-store");
        let member = |name: &str| made.json()[name].as_str().expect("a text").to_owned();
        Self { session_id: member("session_id"), token: member("token") }
    }

    /// The value of the header Authorization.
    pub fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }

    /// `GET path` as the viewer.
    pub async fn get(&self, api: &Api, path: &str) -> Answer {
        api.get_authorized(path, &self.bearer()).await
    }
}
