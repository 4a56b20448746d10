//! Bodies as shippers send them: compressed, as arrays, as lines, as OTLP logs.

mod encoded;
mod encodings;
mod wire;
