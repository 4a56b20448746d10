//! Signs requests with AWS Signature Version 4, as API Gateway with IAM authorization requires.

use std::time::{Duration, SystemTime};

use audit_core::Clock as _;
use audit_core::error::chain;
use audit_runtime::{SystemClock, aws};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Request, Url};
use tokio::sync::Mutex;

use super::ApiError;

/// The name under which API Gateway's HTTP APIs verify signatures.
const SERVICE: &str = "execute-api";

/// Credentials are requested again this long before they expire.
const EARLY: Duration = Duration::from_secs(60);

/// Signs requests of one region with the credentials of the AWS SDK's environment.
#[derive(Debug)]
pub(crate) struct Signer {
    region: String,
    provider: SharedCredentialsProvider,
    current: Mutex<Option<Credentials>>,
}

impl Signer {
    /// Returns a signer if the user requested one, or if `endpoint` is a host of AWS.
    ///
    /// # Errors
    ///
    /// No region is known, or no credentials are available.
    pub(crate) async fn open(endpoint: &Url, requested: bool) -> Result<Option<Self>, ApiError> {
        let host = endpoint.host_str().unwrap_or_default();
        if !requested && !is_of_aws(host) {
            return Ok(None);
        }
        let config = aws::config(None).await;
        let configured = || config.region().map(ToString::to_string);
        let region = region_of(host).map(str::to_owned).or_else(configured).ok_or(ApiError::NoRegion)?;
        let none = || ApiError::Credentials("the environment configures no provider of credentials".to_owned());
        let provider = config.credentials_provider().ok_or_else(none)?;
        let signer = Self { region, provider, current: Mutex::default() };
        signer.credentials().await?;
        Ok(Some(signer))
    }

    /// Adds the headers of a signature to a request whose body is in memory.
    pub(crate) async fn sign(&self, request: &mut Request) -> Result<(), ApiError> {
        let credentials = self.credentials().await?;
        let signed = signature(request, credentials, &self.region, now()).map_err(ApiError::Signature)?;
        request.headers_mut().extend(signed);
        Ok(())
    }

    async fn credentials(&self) -> Result<Credentials, ApiError> {
        let mut current = self.current.lock().await;
        let is_fresh = |known: &&Credentials| known.expiry().is_none_or(|expiry| expiry > now() + EARLY);
        if let Some(known) = current.as_ref().filter(is_fresh) {
            return Ok(known.clone());
        }
        let new = self.provider.provide_credentials().await;
        let new = new.map_err(|error| ApiError::Credentials(chain(&error)))?;
        Ok(current.insert(new).clone())
    }
}

/// Returns the time as the signer takes it.
fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_micros(SystemClock.now().micros().unsigned_abs())
}

/// Returns the headers that sign a request. The host, the date and every header of the request are signed.
fn signature(
    request: &Request,
    credentials: Credentials,
    region: &str,
    at: SystemTime,
) -> Result<Vec<(HeaderName, HeaderValue)>, Box<dyn std::error::Error + Send + Sync>> {
    let identity = credentials.into();
    let params = v4::SigningParams::builder().identity(&identity).region(region).name(SERVICE).time(at);
    let params = params.settings(SigningSettings::default()).build()?.into();
    let headers = request.headers().iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let body = request.body().and_then(|body| body.as_bytes()).unwrap_or_default();
    let signable =
        SignableRequest::new(request.method().as_str(), request.url().as_str(), headers, SignableBody::Bytes(body))?;
    let (instructions, _) = sign(signable, &params)?.into_parts();
    let header = |(name, value): (&str, &str)| Ok((HeaderName::try_from(name)?, HeaderValue::try_from(value)?));
    instructions.headers().map(header).collect()
}

/// Whether a host belongs to AWS, so that a request without a signature cannot succeed there.
fn is_of_aws(host: &str) -> bool {
    [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"].iter().any(|suffix| host.ends_with(suffix))
}

/// The region in the host of an API: `<id>.execute-api.<region>.amazonaws.com`.
fn region_of(host: &str) -> Option<&str> {
    let (_, rest) = host.split_once(&format!(".{SERVICE}."))?;
    rest.split('.').next().filter(|_| is_of_aws(host))
}

#[cfg(test)]
mod tests {
    use reqwest::Method;

    use super::*;

    /// Computed with botocore's `SigV4Auth`.
    #[test]
    fn the_signature_of_a_known_request_is_known() {
        let url = "https://abc.execute-api.eu-central-1.amazonaws.com/prod/v1/orgs/acme/events?actor=ada%2Bx%40example.com&action=billing.%2A&limit=5";
        let request = Request::new(Method::GET, Url::parse(url).unwrap());
        let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        let credentials = Credentials::new("AKIDEXAMPLE", secret, Some("token".to_owned()), None, "test");
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_793_620_800);
        let signed = signature(&request, credentials, "eu-central-1", at).unwrap();
        let header = |name: &str| signed.iter().find(|(header, _)| header == name).unwrap().1.to_str().unwrap();
        assert_eq!(header("x-amz-date"), "20261102T120000Z");
        assert_eq!(header("x-amz-security-token"), "token");
        assert_eq!(
            header("authorization"),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261102/eu-central-1/execute-api/aws4_request, \
             SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=52fd2ecf96b5fcbd515881b76640702fa5041545262d8300c1102001e8bb99cd"
        );
    }

    #[test]
    fn requests_to_hosts_of_aws_are_signed_for_the_region_in_the_host() {
        let host = "abc123.execute-api.eu-west-1.amazonaws.com";
        assert!(is_of_aws(host) && is_of_aws("x.execute-api.cn-north-1.amazonaws.com.cn"));
        assert_eq!(region_of(host), Some("eu-west-1"));
        for other in ["example.com", "amazonaws.com.example.com", "localhost", "x.execute-api.eu-west-1.example.com"] {
            assert!(!is_of_aws(other) && region_of(other).is_none(), "{other}");
        }
    }
}
