"""Deliberate bugs: a place in the code, what stands there instead, and the tests that must notice."""

import dataclasses


@dataclasses.dataclass
class Bug:
    name: str
    what: str
    file: str
    old: str
    new: str
    # Test binaries, each with a filter on the names of its tests, until one notices; `unit` is the unit tests of all crates.
    tests: list
    # Further places in the same file, where one guard stands behind another.
    more: tuple = ()


COMPACT, QUERY, TABLES, ARCHIVE = "crates/compact/src", "crates/query/src", "crates/tables/src", "crates/archive/src"

BUGS = [
    Bug(
        "publish-before-commit",
        "segments are published before the commit",
        f"{COMPACT}/batch.rs",
        "        segments_tile(&batch, segments)?;\n",
        "        segments_tile(&batch, segments)?;\n        for segment in segments {\n            self.archive.publish(segment).await?;\n        }\n",
        [("faults", "named::paused")],
    ),
    Bug(
        "delete-before-publish",
        "rows are deleted when their batch is committed, before it is published",
        f"{COMPACT}/finish.rs",
        "            Phase::Committed => {\n",
        "            Phase::Committed => {\n                let mut rows = crate::rows::HotRows::new(&self.tables, org_id, audit_core::span::Span::ALL);\n                while let Some(event) = rows.next().await? {\n                    self.tables.delete_events(org_id, &[event.id], None).await?;\n                }\n",
        [("faults", "named::between")],
    ),
    Bug(
        "delete-by-time",
        "rows are deleted by the time range of a segment instead of by its ids",
        f"{COMPACT}/finish.rs",
        "        while let Some(ids) = ids.next_page().await? {\n",
        "        while let Some(ids) = ids.next_page().await? {\n            let span = audit_core::span::Span::between(Some(segment.first.occurred_at()), Some(segment.last.occurred_at()));\n            let mut rows = crate::rows::HotRows::new(&self.tables, org_id, span);\n            let mut ids = ids;\n            while let Some(event) = rows.next().await? {\n                ids.push(event.id);\n            }\n",
        [("faults", "named::paused"), ("model", "")],
    ),
    Bug(
        "ledger-before-hot",
        "a page reads the head before the hot rows",
        f"{QUERY}/page.rs",
        "        let hot = hot::read(&self.tables, search, deadline).await?;\n        // Read after the hot rows: a row that was archived and deleted before them is below this head's visible number.\n        let moment = Moment::of(&self.tables.head(&search.org_id).await?);\n",
        "        let moment = Moment::of(&self.tables.head(&search.org_id).await?);\n        let hot = hot::read(&self.tables, search, deadline).await?;\n",
        [("restart", "between_requests")],
    ),
    Bug(
        "head-after-hot",
        "a pass commits under a head that it read after the hot rows",
        f"{COMPACT}/batch.rs",
        "        let batch = BatchRecord::of(head.next_seq, segments);\n",
        "        let again = self.tables.head(org_id).await?;\n        let head = if again.next_seq == head.next_seq || again.open.is_some() { head } else { &again };\n        let mut segments = segments.to_vec();\n        let mut next = head.next_seq;\n        for segment in &mut segments {\n            segment.first_seq = next;\n            next = next.plus(segment.rows);\n        }\n        let segments = &segments[..];\n        let batch = BatchRecord::of(head.next_seq, segments);\n",
        [("faults", "named::paused")],
    ),
    Bug(
        "forget-a-shard",
        "readers and passes forget the last shard",
        f"{TABLES}/keys.rs",
        "    0..SHARDS\n",
        "    0..SHARDS - 1\n",
        [("faults", "named::lost")],
    ),
    Bug(
        "cursor-inclusive",
        "a page begins at its cursor instead of behind it",
        "crates/core/src/span.rs",
        "Self { start: self.start.max(position.bits() + 1), ..self }",
        "Self { start: self.start.max(position.bits()), ..self }",
        [("unit", "after_is_strict_in_both_orders"), ("real_events", "an_archive_pass_between")],
    ),
    Bug(
        "cursor-of-the-last-row",
        "a page that its time cut short goes on behind its last event instead of the last examined position",
        f"{QUERY}/page.rs",
        "            return Ok(Some(examined));\n",
        "            return Ok(draft.ids.last().copied());\n",
        [("random_searches", "pages_without_any_time")],
    ),
    Bug(
        "no-deduplication",
        "an event that is hot and archived is returned twice",
        f"{QUERY}/page.rs",
        "            if draft.ids.last() == Some(&event.id) {\n",
        "            if false {\n",
        [("faults", "named::between")],
    ),
    Bug(
        "no-if-none-match",
        "a published object may be overwritten",
        f"{ARCHIVE}/publish.rs",
        '            .if_none_match("*")\n',
        "",
        [("faults", "named::altered")],
    ),
    Bug(
        "no-comparison",
        "a published object is not compared with the ledger",
        f"{ARCHIVE}/publish.rs",
        "        Ok(same_object(segment, bytes, sha256)?)\n",
        "        let _unseen = same_object(segment, bytes, sha256);\n        Ok(())\n",
        [("faults", "named::altered")],
    ),
    Bug(
        "unconditional-commit",
        "a commit asks neither whether the head changed nor whether its batch is there already",
        f"{TABLES}/ledger.rs",
        "                .condition_expression(condition)\n                .set_expression_attribute_values(values),\n            self.ledger_put(ledger_items::write_batch",
        "                .set_expression_attribute_values(values.filter(|_| condition.is_empty())),\n            self.ledger_put(ledger_items::write_batch",
        [("faults", "named::paused")],
        (('"attribute_not_exists(org_id)"', '"attribute_not_exists(org_id) OR attribute_exists(org_id)"'),),
    ),
    Bug(
        "unconditional-head",
        "the head is replaced whatever it says now",
        f"{TABLES}/ledger.rs",
        "            .condition_expression(condition)\n            .set_expression_attribute_values(values)\n            .send()",
        "            .set_expression_attribute_values(values.filter(|_| condition.is_empty()))\n            .send()",
        [("faults", "named::paused")],
    ),
    Bug(
        "publish-from-memory",
        "a worker publishes what it staged, whether its commit was applied or not",
        f"{COMPACT}/batch.rs",
        "        Ok(Commit { batch, written })\n",
        "        for segment in segments {\n            self.archive.publish(segment).await?;\n        }\n        Ok(Commit { batch, written })\n",
        [("faults", "named::paused")],
    ),
    Bug(
        "filter-after-limit",
        "hot rows are filtered after as many were read as the page takes",
        f"{QUERY}/hot.rs",
        "        let enough = read.events.len() > search.limit || bytes > PAGE_BYTES || Instant::now() >= deadline;\n        if enough && read.examined.is_some() {\n",
        "        let enough = read.events.len() > search.limit || bytes > PAGE_BYTES || Instant::now() >= deadline;\n        if enough || !search.filter.is_empty() {\n            read.examined = None;\n",
        [("hot_pages", "")],
    ),
    Bug(
        "swallowed-put-error",
        "an event whose put failed is called created",
        "crates/ingest/src/events.rs",
        "    if let Some(error) = failure {\n",
        "    if let Some(error) = failure.filter(|_| false) {\n",
        [("faults", "ingest::recording")],
    ),
    Bug(
        "split-off-not-deleted",
        "rows that are archived already are dropped without being deleted",
        f"{COMPACT}/batch.rs",
        "        self.tables.delete_events(org_id, repeats, self.deletes_per_second).await?;\n",
        "",
        [("faults", "named::lost")],
    ),
    Bug(
        "weak-ledger-read",
        "the ledger is read eventually consistent",
        f"{TABLES}/ledger.rs",
        '            .key(keys::SK, AttributeValue::S(sk))\n            .consistent_read(true)\n',
        "            .key(keys::SK, AttributeValue::S(sk))\n            .consistent_read(false)\n",
        [("faults", "named::consistency")],
    ),
    Bug(
        "unpublished-segments-visible",
        "readers look at segments that are committed and not published",
        "crates/core/src/ledger.rs",
        "            Some(OpenBatch { first_seq, phase: Phase::Committed }) => first_seq,\n",
        "            Some(OpenBatch { first_seq, phase: Phase::Committed }) => first_seq.max(self.next_seq),\n",
        [("faults", "named::between")],
    ),
    Bug(
        "put-overwrites",
        "a repeat overwrites the event that it repeats",
        f"{TABLES}/events.rs",
        '            .condition_expression("attribute_not_exists(pk)")\n',
        "",
        [("model", "")],
    ),
    Bug(
        "judged-by-newer-segments",
        "a pass takes rows for archived that a batch committed after its head holds",
        f"{COMPACT}/split.rs",
        ".filter(|record| record.first_seq < self.next_seq)",
        ".filter(|record| record.first_seq < self.next_seq.plus(u64::MAX / 2))",
        [("restart", "overtaken"), ("model", "")],
    ),
    Bug(
        "lost-answer-ends-a-pass",
        "a pass believes that a commit without an answer was not applied, and goes on with the head it had",
        f"{COMPACT}/pass.rs",
        "            if let Some(open) = head.open {\n",
        "            if let Some(open) = head.open.filter(|_| own.is_some()) {\n",
        [("faults", "named::lost")],
    ),
    Bug(
        "rebuilt-ledger-unnoticed",
        "an instance of query keeps what it read of a ledger that was made anew since",
        "crates/core/src/ledger.rs",
        "        self.version / VERSIONS_APART\n",
        "        self.version / VERSIONS_APART / VERSIONS_APART\n",
        [("restart", "kept_reader")],
    ),
    Bug(
        "damage-unnoticed",
        "blocks of a segment are decoded without being compared",
        f"{ARCHIVE}/blocks.rs",
        "            if self.crc32c.get(first + nth) != Some(&crc_fast::crc32_iscsi(block)) {\n",
        "            if self.crc32c.get(first + nth).is_none() {\n",
        [("damage", "flipped")],
    ),
    Bug(
        "undecided-row-archived",
        "a row that a damaged segment may hold is archived again instead of set aside",
        f"{COMPACT}/batch.rs",
        "                Verdict::Unknown => {\n                    set_aside += 1;\n                    continue;\n                }\n",
        "                Verdict::Unknown => set_aside += 1,\n",
        [("damage", "rows_that_a_damaged_segment")],
    ),
    Bug(
        "check-without-searches",
        "the check does not ask whether searches look at the segments of archived rows",
        "crates/cli/src/check/segments.rs",
        "            checked.violations.extend(whole.passed_over);\n",
        "",
        [("restart", "checked")],
    ),
    Bug(
        "cursor-of-any-query",
        "a cursor of another query or org is taken",
        "crates/core/src/cursor.rs",
        "        if bytes[17..] != digest.0 {\n",
        "        if false && bytes[17..] != digest.0 {\n",
        [("unit", "cursor"), ("isolation", "")],
    ),
    Bug(
        "caller-in-a-header",
        "a caller is believed who only names himself in a header",
        "crates/http/src/caller.rs",
        "                let RequestContext::ApiGatewayV2(context) = request.extensions().get()? else { return None };\n",
        '                if request.headers().contains_key("x-amzn-iam-user-arn") {\n                    return Some(Caller::Local);\n                }\n                let RequestContext::ApiGatewayV2(context) = request.extensions().get()? else { return None };\n',
        [("isolation", "")],
    ),
]
