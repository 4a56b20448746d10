//! Reading published segments.

pub(crate) mod body;
pub(crate) mod count;
pub(crate) mod full;
pub(crate) mod ids;
pub(crate) mod matching;
pub(crate) mod row;
pub(crate) mod rows;
pub(crate) mod scan;
pub(crate) mod segment;
