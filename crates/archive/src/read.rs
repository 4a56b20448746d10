//! Reading rows of an opened segment: some columns, some rows, one row group.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use aws_sdk_s3::Client;
use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt};
use futures::{StreamExt, TryStreamExt, stream};
use parquet::arrow::arrow_reader::{ArrowReaderOptions, RowSelection};
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::arrow::{ParquetRecordBatchStreamBuilder, ProjectionMask};
use parquet::errors::ParquetError;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};

use crate::error::{ArchiveError, unreadable};
use crate::open::{Body, OpenSegment};

/// Bytes that the first request for a footer asks for: most footers and page indexes fit.
const FOOTER_BYTES: usize = 64 * 1024;
/// Ranges that lie closer together than this are asked for in one request.
const GAP_BYTES: u64 = 256 * 1024;
/// Requests in flight for one read.
const IN_FLIGHT: usize = 8;

impl OpenSegment {
    /// Reads rows of one row group: `columns` by name, or all of them.
    ///
    /// *Shapes and units*: `rows` are ascending, disjoint ranges, counted inside the row group.
    pub(crate) async fn read(
        &self,
        row_group: usize,
        rows: &[Range<usize>],
        columns: Option<&[&str]>,
    ) -> Result<Vec<RecordBatch>, ArchiveError> {
        let schema = self.metadata.parquet_schema();
        let mask = match columns {
            Some(columns) => ProjectionMask::columns(schema, columns.iter().copied()),
            None => ProjectionMask::all(),
        };
        let total = self.metadata.metadata().row_group(row_group).num_rows() as usize;
        let selection = RowSelection::from_consecutive_ranges(rows.iter().cloned(), total);
        let reader = Reader(self.body.clone());
        let stream = ParquetRecordBatchStreamBuilder::new_with_metadata(reader, self.metadata.clone())
            .with_row_groups(vec![row_group])
            .with_row_selection(selection)
            .with_projection(mask)
            .build();
        let read = async { stream?.try_collect::<Vec<_>>().await };
        read.await.map_err(|error: ParquetError| classify(&self.key, error))
    }
}

/// Tells a failed request, which may be tried again, from a file that is damaged.
fn classify(key: &str, error: ParquetError) -> ArchiveError {
    match error {
        ParquetError::External(source) => match source.downcast::<ArchiveError>() {
            Ok(error) => *error,
            Err(source) => unreadable(key, source),
        },
        error => unreadable(key, error),
    }
}

/// The bytes of a segment, for the Parquet reader.
pub(crate) struct Reader(pub(crate) Body);

impl AsyncFileReader for Reader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes, ParquetError>> {
        fetch(&self.0, range).boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, Result<Vec<Bytes>, ParquetError>> {
        async move {
            let joined = join_near(&ranges);
            let fetched: Vec<Bytes> = stream::iter(joined.clone().into_iter().map(|range| fetch(&self.0, range)))
                .buffered(IN_FLIGHT)
                .try_collect()
                .await?;
            let part = |range: Range<u64>| {
                let at = joined.partition_point(|joined| joined.end < range.end);
                let start = (range.start - joined[at].start) as usize;
                fetched[at].slice(start..start + (range.end - range.start) as usize)
            };
            Ok(ranges.into_iter().map(part).collect())
        }
        .boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        _: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Result<Arc<ParquetMetaData>, ParquetError>> {
        async move {
            let bytes = match &self.0 {
                Body::Held(bytes) => bytes.len() as u64,
                Body::Remote { bytes, .. } => *bytes,
            };
            let reader = ParquetMetaDataReader::new()
                .with_page_index_policy(PageIndexPolicy::Required)
                .with_prefetch_hint(Some(FOOTER_BYTES));
            Ok(Arc::new(reader.load_and_finish(self, bytes).await?))
        }
        .boxed()
    }
}

async fn fetch(body: &Body, range: Range<u64>) -> Result<Bytes, ParquetError> {
    match body {
        Body::Held(bytes) if range.start <= range.end && range.end <= bytes.len() as u64 => {
            Ok(bytes.slice(range.start as usize..range.end as usize))
        }
        Body::Held(_) => Err(ParquetError::EOF("a range behind the end".to_owned())),
        Body::Remote { client, bucket, key, .. } => {
            let bytes =
                get_range(client, bucket, key, &range).await.map_err(|e| ParquetError::External(Box::new(e)))?;
            match bytes.len() as u64 == range.end - range.start {
                true => Ok(bytes),
                false => Err(ParquetError::EOF("a range behind the end".to_owned())),
            }
        }
    }
}

async fn get_range(client: &Client, bucket: &str, key: &str, range: &Range<u64>) -> Result<Bytes, ArchiveError> {
    let range = format!("bytes={}-{}", range.start, range.end.saturating_sub(1));
    let got = client.get_object().bucket(bucket).key(key).range(range).send().await;
    let got = got.map_err(crate::error::failed("GetObject", key))?;
    let body = got.body.collect().await.map_err(|error| ArchiveError::Failed {
        operation: "GetObject",
        key: key.to_owned(),
        source: error.into(),
    })?;
    Ok(body.into_bytes())
}

/// Joins ranges that lie close together; each given range lies in one of the answer's.
fn join_near(ranges: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut sorted = ranges.to_vec();
    sorted.sort_by_key(|range| range.start);
    let mut joined: Vec<Range<u64>> = Vec::new();
    for range in sorted {
        match joined.last_mut() {
            Some(last) if range.start <= last.end + GAP_BYTES => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_ranges_are_joined_and_far_ones_are_not() {
        let far = GAP_BYTES * 3;
        assert_eq!(join_near(&[5..9, 0..2, far..far + 1, 1..3]), [0..9, far..far + 1]);
    }
}
