//! The embedded DynamoDB, asked by the real SDK client with its default settings.

#[cfg(test)]
#[path = "dynamodb/crash.rs"]
mod crash;
#[cfg(test)]
#[path = "dynamodb/items.rs"]
mod items;
#[cfg(test)]
#[path = "dynamodb/query.rs"]
mod query;
#[cfg(test)]
#[path = "dynamodb/rig.rs"]
mod rig;
#[cfg(test)]
#[path = "dynamodb/transactions.rs"]
mod transactions;
