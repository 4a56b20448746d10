//! The body of a page of statistics.

use std::collections::BTreeMap;
use std::sync::Arc;

use audit_core::invariants::in_order_after;
use audit_core::limits::{FIRST_INSTANT, FUTURE, PAGE_BYTES};
use audit_core::stats::{ArchivedRow, Bars, Count, Field, Group, Labels, Newest, Others, Ranked};
use audit_core::{EventId, Order, SegmentName, SegmentRecord, StatsRequest, UnixMicros};
use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::Counted;
use crate::error::{QueryError, Result};
use crate::service::QueryService;
use crate::walk::unreadable;

/// The maximum number of groups of a page that is not the only one: clients add them up.
const PAGE_GROUPS: usize = 1_000;
/// Segments whose labels are read concurrently.
const AHEAD: usize = 8;

/// The body of a page.
#[derive(Debug, Serialize)]
pub(crate) struct StatsPage {
    total: u64,
    failed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    zone: Option<String>,
    groups: Vec<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    others: Option<Others>,
    scanned_from: UnixMicros,
    scanned_through: UnixMicros,
    next_cursor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<u64>,
}

#[derive(Debug, Serialize)]
struct BarEntry {
    time: String,
    #[serde(flatten)]
    count: Count,
}

#[derive(Debug, Serialize)]
struct ValueEntry {
    key: Option<String>,
    #[serde(flatten)]
    labels: Labels,
    #[serde(flatten)]
    count: Count,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<UnixMicros>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<UnixMicros>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bars: Option<Vec<BarEntry>>,
}

impl QueryService {
    pub(super) async fn stats_page(
        &self,
        request: &StatsRequest,
        counted: Counted,
        now: UnixMicros,
    ) -> Result<StatsPage> {
        let (search, bars) = (&request.search, request.bars());
        let Counted { mut tally, through, skipped, read } = counted;
        in_order_after(search.cursor.map(|cursor| cursor.position), Order::Newest, through)?;
        let is_only_page = search.cursor.is_none() && through.is_none();
        let most = if is_only_page { request.top } else { PAGE_GROUPS };
        let total = tally.total;
        let of_time = std::mem::take(&mut tally.bars);
        let Ranked { groups, mut others } = tally.ranked(most);
        let mut entries =
            bar_entries(bars.as_ref(), &of_time).map(|bar| to_raw_value(&bar)).collect::<Result<Vec<_>, _>>()?;
        let mut bytes = 0;
        let mut labels = self.labels(request, &groups, &read).await?;
        for (key, group) in groups {
            let of_group = bars.as_ref().map(|bars| bar_entries(Some(bars), &group.bars).collect());
            let (first, last) = group.seen.as_ref().map(|seen| (seen.first, seen.last)).unzip();
            let labels = match group.seen.map(|seen| seen.newest) {
                // Of events without an id, no name is that of the group.
                _ if key.is_none() => Labels::default(),
                Some(Newest::Hot(labels)) => labels,
                Some(Newest::Archived(row)) => labels.remove(&row).unwrap_or_default(),
                None => Labels::default(),
            };
            let count = group.count;
            let entry = to_raw_value(&ValueEntry { key, labels, count, first, last, bars: of_group })?;
            // Smaller groups are left out too, so that the groups of a page are the largest ones.
            bytes += entry.get().len() + 1;
            if bytes > PAGE_BYTES {
                others.add(count);
            } else {
                entries.push(entry);
            }
        }
        let from = search.from.unwrap_or(FIRST_INSTANT);
        let to = search.to.unwrap_or(now.plus(FUTURE));
        let scanned_from = search.cursor.map_or(to, |cursor| cursor.position.occurred_at());
        Ok(StatsPage {
            total: total.count,
            failed: total.failed,
            interval: bars.map(|bars| bars.interval.to_string()),
            zone: bars.map(|bars| bars.zone.to_string()),
            groups: entries,
            others: Some(others).filter(|others| others.groups > 0),
            scanned_from,
            // A session that begins after `to` has nothing to count.
            scanned_through: through.map_or(from.min(scanned_from), EventId::occurred_at),
            next_cursor: through.map(|position| request.cursor_at(position).encode()),
            skipped: Some(skipped).filter(|skipped| *skipped > 0),
        })
    }

    /// Reads the labels of groups whose newest event is archived, by the place of its row.
    async fn labels(
        &self,
        request: &StatsRequest,
        groups: &[(Option<String>, Group)],
        read: &BTreeMap<SegmentName, Arc<SegmentRecord>>,
    ) -> Result<BTreeMap<ArchivedRow, Labels>> {
        let has_labels = |field: &Field| field.label_columns().iter().any(Option::is_some);
        let Some(field) = request.group_by.field.filter(has_labels) else { return Ok(BTreeMap::new()) };
        let mut rows: BTreeMap<SegmentName, Vec<u64>> = BTreeMap::new();
        for (_, group) in groups.iter().filter(|(key, _)| key.is_some()) {
            let Some(Newest::Archived(ArchivedRow { segment, row })) = group.seen.as_ref().map(|seen| &seen.newest)
            else {
                continue;
            };
            rows.entry(*segment).or_default().push(*row);
        }
        let of_segment = |(name, rows)| Some((Arc::clone(read.get(&name)?), rows));
        let labels = rows.into_iter().filter_map(of_segment).map(async |(record, mut rows): (Arc<_>, Vec<_>)| {
            rows.sort_unstable();
            let segment = self.archive.open(&request.search.org_id, &record).await.map_err(unreadable(&record))?;
            let labels = segment.labels(&rows, field).await.map_err(unreadable(&record))?;
            let places = rows.into_iter().map(|row| ArchivedRow { segment: record.name(), row });
            Ok::<_, QueryError>(places.zip(labels).collect::<Vec<_>>())
        });
        stream::iter(labels).buffer_unordered(AHEAD).try_concat().await.map(|labels| labels.into_iter().collect())
    }
}

fn bar_entries(bars: Option<&Bars>, counts: &BTreeMap<UnixMicros, Count>) -> impl Iterator<Item = BarEntry> {
    let text = move |bar: &UnixMicros| bars.map(|bars| bars.text(*bar)).unwrap_or_default();
    counts.iter().map(move |(bar, count)| BarEntry { time: text(bar), count: *count })
}
