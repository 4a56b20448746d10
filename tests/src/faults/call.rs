//! What a request is, for the reader of a message and for the numbers of a table.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;

/// A request as the layer saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Call(&'static str);

impl Call {
    /// The operation's name in the API of AWS.
    pub fn name(self) -> &'static str {
        self.0
    }

    /// Whether a table responds to it page by page.
    pub fn is_paged(self) -> bool {
        matches!(self.0, "Query" | "Scan")
    }

    pub(super) fn of(request: &HttpRequest) -> Self {
        let headers = request.headers();
        match headers.get("x-amz-target").and_then(|target| target.rsplit('.').next()) {
            Some(operation) => Self(named(operation)),
            None if headers.get("x-amz-copy-source").is_some() => Self("CopyObject"),
            None => Self(match request.method() {
                "PUT" => "PutObject",
                "HEAD" => "HeadObject",
                "DELETE" => "DeleteObject",
                _ if request.uri().contains("list-type=2") => "ListObjectsV2",
                _ => "GetObject",
            }),
        }
    }
}

/// The operations of DynamoDB and KMS.
fn named(operation: &str) -> &'static str {
    const KNOWN: [&str; 10] = [
        "PutItem",
        "GetItem",
        "UpdateItem",
        "Query",
        "Scan",
        "TransactWriteItems",
        "BatchGetItem",
        "BatchWriteItem",
        "Sign",
        "GetPublicKey",
    ];
    KNOWN.into_iter().find(|known| *known == operation).unwrap_or("another operation")
}
