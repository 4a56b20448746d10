//! Requests of the SDK as boxed futures.
//!
//! The compiler translates the body of an async function again in every crate that awaits it. Inside a function that is
//! neither async nor generic, the SDK's whole request path is translated once, in this crate.

use std::pin::Pin;

use aws_sdk_s3::client::customize::CustomizableOperation;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::copy_object::{CopyObjectError, CopyObjectOutput, builders::CopyObjectFluentBuilder};
use aws_sdk_s3::operation::delete_object::{
    DeleteObjectError, DeleteObjectOutput, builders::DeleteObjectFluentBuilder,
};
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput, builders::GetObjectFluentBuilder};
use aws_sdk_s3::operation::head_object::{HeadObjectError, HeadObjectOutput, builders::HeadObjectFluentBuilder};
use aws_sdk_s3::operation::put_object::{PutObjectError, PutObjectOutput, builders::PutObjectFluentBuilder};

type Sent<T, E> = Pin<Box<dyn Future<Output = Result<T, SdkError<E>>> + Send>>;

/// A request that can be sent.
pub(crate) trait Request {
    type Output;
    type Error;

    /// Sends the request.
    fn sent(self) -> Sent<Self::Output, Self::Error>;
}

macro_rules! requests {
    ($($request:ty => $output:ty, $error:ty;)+) => {$(
        impl Request for $request {
            type Output = $output;
            type Error = $error;

            #[inline(never)]
            fn sent(self) -> Sent<Self::Output, Self::Error> {
                Box::pin(self.send())
            }
        }
    )+};
}

requests! {
    CopyObjectFluentBuilder => CopyObjectOutput, CopyObjectError;
    DeleteObjectFluentBuilder => DeleteObjectOutput, DeleteObjectError;
    CustomizableOperation<GetObjectOutput, GetObjectError, GetObjectFluentBuilder> => GetObjectOutput, GetObjectError;
    HeadObjectFluentBuilder => HeadObjectOutput, HeadObjectError;
    PutObjectFluentBuilder => PutObjectOutput, PutObjectError;
}
