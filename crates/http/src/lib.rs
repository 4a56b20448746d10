//! What the functions share at the HTTP edge. A request passes three modules on its way to a handler:
//!
//! 1. [`gateway`]: on Lambda, the event of API Gateway becomes a request.
//! 2. [`service`]: the frame around all routes finds the verified caller, refuses ambiguous paths, logs the outcome.
//! 3. [`extract`]: a handler's arguments are parsed and checked. [`encoding`] decompresses a body; [`PlanGate`] decides
//!    whether the org may use audit logs.
//!
//! A viewer's browser has no IAM principal but the token of a session: [`ViewerSession`] is what a handler gets of it.
//!
//! [`problem`] is the only module that knows how an error looks to a user.

pub mod encoding;
pub mod extract;
pub mod gateway;
mod plan_gate;
pub mod problem;
pub mod service;
mod viewer_session;

pub use plan_gate::{AdmittedOrg, PlanGate, RegisteredOrg};
pub use problem::{Problem, ProblemKind};
pub use service::{CallerSource, VerifiedCaller};
pub use viewer_session::{LookUp, ViewerGate, ViewerSession};
