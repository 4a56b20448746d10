//! The odd things that real audit data contains: accepted, they are returned as they were sent; refused, for a stated
//! reason.

mod lenient;
mod saas;
mod saas_mapping;
mod sent;
mod texts;
mod times;
mod values;
