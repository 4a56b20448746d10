//! Reading rows of an opened segment: some columns, some rows, one row group.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use bytes::Bytes;
use futures::FutureExt;
use futures::TryStreamExt;
use futures::future::BoxFuture;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, RowSelection};
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::arrow::{ParquetRecordBatchStreamBuilder, ProjectionMask};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;

use crate::body::Body;
use crate::columns::NAMES;
use crate::error::{SegmentError, unreadable};
use crate::open::OpenSegment;

impl OpenSegment {
    /// Reads rows of one row group: `columns` by name, or all that this version knows.
    ///
    /// *Shapes and units*: `rows` are ascending, disjoint ranges, counted inside the row group.
    pub(crate) async fn read(
        &self,
        row_group: usize,
        rows: &[Range<usize>],
        columns: Option<&[&str]>,
    ) -> Result<Vec<RecordBatch>, SegmentError> {
        let schema = self.metadata.parquet_schema();
        let mask = ProjectionMask::columns(schema, columns.unwrap_or(&NAMES).iter().copied());
        let total = self.metadata.metadata().row_group(row_group).num_rows() as usize;
        let selection = RowSelection::from_consecutive_ranges(rows.iter().cloned(), total);
        let reader = Reader { body: Arc::clone(&self.body), metadata: Arc::clone(self.metadata.metadata()) };
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
fn classify(key: &str, error: ParquetError) -> SegmentError {
    match error {
        ParquetError::External(source) => match source.downcast::<SegmentError>() {
            Ok(error) => *error,
            Err(source) => unreadable(key, source),
        },
        error => unreadable(key, error),
    }
}

/// The bytes of a segment, for the Parquet reader.
struct Reader {
    body: Arc<Body>,
    metadata: Arc<ParquetMetaData>,
}

impl AsyncFileReader for Reader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes, ParquetError>> {
        async move { Ok(self.get_byte_ranges(vec![range]).await?.remove(0)) }.boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, Result<Vec<Bytes>, ParquetError>> {
        async move { self.body.read(&ranges).await.map_err(|error| ParquetError::External(Box::new(error))) }.boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        _: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Result<Arc<ParquetMetaData>, ParquetError>> {
        async move { Ok(Arc::clone(&self.metadata)) }.boxed()
    }
}
