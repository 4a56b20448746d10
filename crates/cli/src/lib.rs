//! The command line of the audit-log service, one module per subcommand.
//!
//! The binary only parses arguments and dispatches; what a subcommand does lives here, where tests reach it.

pub mod check;
pub mod demo;
pub mod import;
pub mod ledger;
pub mod serve;
pub mod stores;
