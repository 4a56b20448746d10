//! The configuration of AWS clients. TLS is rustls with ring: the SDK's default, aws-lc, takes a minute to compile.

use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::SdkConfig;
use rustls::crypto::ring;

/// Reads the configuration of clients from the environment. `attempt` is how long one attempt of a request may take.
pub async fn config(attempt: Option<Duration>) -> SdkConfig {
    let mut config = aws_config::from_env().http_client(https());
    if let Some(attempt) = attempt {
        config = config.timeout_config(TimeoutConfig::builder().operation_attempt_timeout(attempt).build());
    }
    config.load().await
}

/// Returns a client for endpoints with TLS.
fn https() -> SharedHttpClient {
    Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}

/// Returns a client for endpoints on loopback, without TLS.
pub fn http() -> SharedHttpClient {
    Builder::new().build_http()
}

/// Makes ring the cryptography of every other TLS client of the process.
pub fn use_ring() {
    // An error says that a provider is installed already.
    _ = ring::default_provider().install_default();
}
