//! ListObjectsV2: pages of keys and common prefixes.

use futures::{StreamExt, TryStreamExt};
use object_store::ObjectMeta;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::dto::{CommonPrefix, EncodingType, ListObjectsV2Input, ListObjectsV2Output, Object, ObjectStorageClass};
use s3s::{S3Result, s3_error};

use super::location::Location;
use super::read::last_modified;
use super::store::Store;
use super::walk::{Start, Walk};

const PAGE: i32 = 1000;

/// What `encoding-type=url` leaves as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// One line of a page.
#[derive(Debug)]
enum Line {
    Key(String, ObjectMeta),
    Prefix(String),
}

impl Line {
    /// Where the page after this line starts.
    fn token(&self) -> String {
        let start = match self {
            Self::Key(key, _) => Start { after: key.clone(), whole_prefix: false },
            Self::Prefix(prefix) => Start { after: prefix.clone(), whole_prefix: true },
        };
        start.token()
    }
}

impl Store {
    /// One page of keys; a key written or deleted while it is read may be in it or not.
    pub(super) async fn list_objects(&self, input: ListObjectsV2Input) -> S3Result<ListObjectsV2Output> {
        let files = self.bucket(&input.bucket).await?;
        let limit = usize::try_from(input.max_keys.unwrap_or(PAGE).min(PAGE))
            .map_err(|_| s3_error!(InvalidArgument, "max-keys is negative"))?;
        let prefix = input.prefix.clone().unwrap_or_default();
        let delimiter = input.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty());
        let start = Start::of(input.continuation_token.as_deref(), input.start_after.as_deref())?;
        let mut walk = Walk::new(&files, &prefix, &start);
        let mut lines: Vec<Line> = Vec::new();
        let mut truncated = false;
        if limit > 0 {
            walk.begin().await?;
        }
        while !truncated {
            let skip = match lines.last() {
                Some(Line::Prefix(prefix)) => Some(prefix.clone()),
                _ => None,
            };
            let Some((key, meta)) = walk.next(skip.as_deref()).await? else {
                break;
            };
            truncated = lines.len() == limit;
            if !truncated {
                let rolled = delimiter.and_then(|d| Some(prefix.len() + key[prefix.len()..].find(d)? + d.len()));
                lines.push(match rolled {
                    Some(end) => Line::Prefix(key[..end].to_owned()),
                    None => Line::Key(key, meta),
                });
            }
        }
        let next = lines.last().filter(|_| truncated).map(Line::token);
        self.page(input, lines, next).await
    }

    async fn page(
        &self,
        input: ListObjectsV2Input,
        lines: Vec<Line>,
        next: Option<String>,
    ) -> S3Result<ListObjectsV2Output> {
        let url = input.encoding_type.as_ref().is_some_and(|e| e.as_str() == EncodingType::URL);
        let encode = |text: &str| match url {
            true => utf8_percent_encode(text, PLAIN).to_string(),
            false => text.to_owned(),
        };
        let count = lines.len();
        let mut prefixes = Vec::new();
        let mut keys = Vec::new();
        for line in lines {
            match line {
                Line::Prefix(prefix) => prefixes.push(CommonPrefix { prefix: Some(encode(&prefix)) }),
                Line::Key(key, meta) => keys.push((key, meta)),
            }
        }
        let described = futures::stream::iter(keys)
            .map(|(key, meta)| self.line(&input.bucket, key, meta))
            .buffered(8)
            .try_collect::<Vec<_>>();
        let mut objects: Vec<Object> = described.await?.into_iter().flatten().collect();
        for object in &mut objects {
            object.key = object.key.as_deref().map(encode);
        }
        Ok(ListObjectsV2Output {
            name: Some(input.bucket),
            prefix: Some(encode(input.prefix.as_deref().unwrap_or_default())),
            max_keys: Some(input.max_keys.unwrap_or(PAGE)),
            key_count: i32::try_from(count).ok(),
            continuation_token: input.continuation_token,
            is_truncated: Some(next.is_some()),
            next_continuation_token: next,
            contents: Some(objects),
            common_prefixes: Some(prefixes),
            delimiter: input.delimiter.as_deref().map(encode),
            encoding_type: input.encoding_type,
            start_after: input.start_after.as_deref().map(encode),
            request_charged: None,
        })
    }

    /// A listed key's line; `None` if it was deleted meanwhile.
    async fn line(&self, bucket: &str, key: String, meta: ObjectMeta) -> S3Result<Option<Object>> {
        // A file that was put here by hand under a name no request could use is not an object.
        let Ok(at) = Location::parse(bucket, &key) else {
            return Ok(None);
        };
        let Some(about) = self.about_listed(&at, &meta).await? else {
            return Ok(None);
        };
        Ok(Some(Object {
            e_tag: Some(about.etag()),
            key: Some(key),
            last_modified: Some(last_modified(&meta)),
            size: i64::try_from(meta.size).ok(),
            storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
            ..Object::default()
        }))
    }
}
