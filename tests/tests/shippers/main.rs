//! Bodies as shippers send them: compressed, as arrays, as lines, as OTLP logs.
#![expect(clippy::unwrap_used, reason = "a test stops where its setup fails")]

mod encoded;
mod encodings;
mod wire;
