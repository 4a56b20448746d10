//! audit-tests
