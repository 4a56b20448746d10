//! The command line of the audit-log service, one module per subcommand.
//!
//! The binary only parses arguments and dispatches; what a subcommand does lives here, where tests reach it.

pub mod api;
pub mod check;
pub mod completions;
pub mod demo;
pub mod filters;
pub mod import;
pub mod ledger;
pub mod listing;
pub mod outcome;
pub mod search;
pub mod serve;
pub mod stats;
pub mod stores;
pub mod tail;
pub mod text;
pub mod verify;
pub mod zone;
