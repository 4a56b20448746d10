//! Who calls: an IAM principal that API Gateway has verified, or the person at the machine.
//!
//! The caller comes from the request context that the Lambda runtime hands over, which no header can forge. Without one,
//! nothing behind this module runs.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::Problem;
use crate::gateway::Principal;
use audit_runtime::Settings;

/// Somebody whose identity was checked before the request came here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// An IAM principal, by its ARN.
    Principal(String),
    /// Whoever can reach the loopback interface of the machine that `serve` runs on.
    Local,
}

/// Where callers come from; chosen by the host, not by a request.
#[derive(Debug, Clone, Copy)]
pub enum CallerSource {
    /// API Gateway's IAM authoriser.
    ApiGateway,
    /// `serve` and `sam local`, which have no authentication.
    Local,
}

impl CallerSource {
    /// The source of a function's callers: API Gateway, unless the function runs in `sam local`, which says so in the
    /// function's environment. No request can.
    pub fn of_function(settings: &Settings) -> Self {
        if settings.given("AWS_SAM_LOCAL") { Self::Local } else { Self::ApiGateway }
    }

    /// Finds the caller of a request.
    pub fn caller(self, request: &Request) -> Option<Caller> {
        match self {
            Self::Local => Some(Caller::Local),
            Self::ApiGateway => {
                let Principal(arn) = request.extensions().get()?;
                Some(Caller::Principal(arn.clone()))
            }
        }
    }
}

/// Lets a request through only with a caller.
pub async fn require_caller(request: Request, next: Next) -> Response {
    match request.extensions().get::<Caller>() {
        Some(_) => next.run(request).await,
        None => Problem::unauthenticated().into_response(),
    }
}
