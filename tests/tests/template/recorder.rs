//! Records which rights the AWS SDK clients of a function really use.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use audit_compact::Signer;
use audit_local::clients;
use audit_local::stack::{Stack, buckets, log_settings, table_names};
use audit_segments::SegmentStore;
use audit_tables::Tables;
use aws_sdk_dynamodb::config::interceptors::{
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_smithy_types::config_bag::{Storable, StoreReplace};
use serde_json::Value;

/// A right: an action of IAM and what it is used on, `dynamodb:PutItem audit-events` or `s3:GetObject
/// audit-archive/events/*`.
pub(crate) type Rights = BTreeSet<String>;

/// Collects the rights that requests need.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recorder(Arc<Mutex<Rights>>);

impl Recorder {
    /// The rights used so far.
    pub(crate) fn rights(&self) -> Rights {
        self.0.lock().unwrap().clone()
    }

    /// Tables and archive whose every request is recorded.
    pub(crate) fn clients(&self, stack: &Stack) -> (Tables, SegmentStore) {
        let dynamodb = stack.dynamodb_config().interceptor(self.clone()).build();
        let s3 = clients::s3_config(&stack.s3_endpoint()).interceptor(self.clone()).build();
        let tables = Tables::new(aws_sdk_dynamodb::Client::from_conf(dynamodb), table_names());
        (tables, SegmentStore::new(aws_sdk_s3::Client::from_conf(s3), buckets(), audit_query::CACHE_BYTES))
    }

    /// A signer whose every request is recorded.
    pub(crate) fn signer(&self, stack: &Stack) -> Signer {
        Signer::new(clients::kms_config(&stack.kms_endpoint()).interceptor(self.clone()), log_settings())
    }

    fn uses(&self, action: &str, on: &str) {
        self.0.lock().unwrap().insert(format!("{action} {on}"));
    }

    fn dynamodb(&self, operation: &str, body: &Value) {
        match operation {
            // A transaction and a batch name their tables further down. A transaction has no right of its own.
            "TransactWriteItems" => {
                for item in body["TransactItems"].as_array().into_iter().flatten() {
                    let (operation, write) = item.as_object().unwrap().iter().next().unwrap();
                    self.uses(&format!("dynamodb:{operation}Item"), write["TableName"].as_str().unwrap());
                }
            }
            "BatchGetItem" | "BatchWriteItem" => {
                for table in body["RequestItems"].as_object().into_iter().flat_map(|tables| tables.keys()) {
                    self.uses(&format!("dynamodb:{operation}"), table);
                }
            }
            operation => self.uses(&format!("dynamodb:{operation}"), body["TableName"].as_str().unwrap()),
        }
    }

    fn kms(&self, operation: &str, body: &Value) {
        self.uses(&format!("kms:{operation}"), body["KeyId"].as_str().unwrap());
    }

    fn s3(&self, method: &str, path: &str, copied: Option<&str>) -> LooksIn {
        let (bucket, key) = path.split_once('/').unwrap();
        if key.is_empty() {
            self.uses("s3:ListBucket", bucket);
            return LooksIn(bucket.to_owned());
        }
        let action = match method {
            "PUT" => "s3:PutObject",
            "DELETE" => "s3:DeleteObject",
            _ => "s3:GetObject",
        };
        self.uses(action, &prefix(bucket, key));
        if let Some((bucket, key)) = copied.and_then(|source| source.trim_start_matches('/').split_once('/')) {
            self.uses("s3:GetObject", &prefix(bucket, key));
            return LooksIn(bucket.to_owned());
        }
        LooksIn(bucket.to_owned())
    }
}

/// The bucket that an S3 request looks for an object in.
#[derive(Debug)]
struct LooksIn(String);

impl Storable for LooksIn {
    type Storer = StoreReplace<Self>;
}

fn prefix(bucket: &str, key: &str) -> String {
    format!("{bucket}/{}/*", key.split('/').next().unwrap())
}

impl Intercept for Recorder {
    fn name(&self) -> &'static str {
        "Recorder"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request();
        match request.headers().get("x-amz-target") {
            Some(target) => {
                let body = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
                match target.rsplit_once('.').unwrap() {
                    ("TrentService", operation) => self.kms(operation, &body),
                    (_, operation) => self.dynamodb(operation, &body),
                }
            }
            None => {
                let path = request.uri().split("://").nth(1).and_then(|rest| rest.split_once('/')).unwrap().1;
                let copied = request.headers().get("x-amz-copy-source");
                let looks_in = self.s3(request.method(), path.split('?').next().unwrap(), copied);
                config.interceptor_state().store_put(looks_in);
            }
        }
        Ok(())
    }

    /// Without the right to list, S3 responds with 403 if an object is missing.
    fn read_after_transmit(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let (404, Some(LooksIn(bucket))) = (context.response().status().as_u16(), config.load::<LooksIn>()) {
            self.uses("s3:ListBucket", bucket);
        }
        Ok(())
    }
}
