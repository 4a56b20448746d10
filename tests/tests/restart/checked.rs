//! The check from outside: it finds nothing in a sound org, and each broken promise by its number.

use audit_core::{BatchRecord, EventId, Head, Seq};
use audit_local::stack::table_names;
use audit_recovery::check::{self, Checked};
use audit_tests::TestStack;
use audit_tests::api::Api;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::held::{ORG, acme, events, held, start};
use crate::steps::{STOPS, hot_rows, pass_until, staged};

async fn checked(stack: &TestStack) -> Checked {
    check::org(stack.tables(), stack.archive(), &acme()).await.unwrap()
}

fn numbers(checked: &Checked) -> Vec<u8> {
    let mut numbers: Vec<u8> = checked.violations.iter().map(|violation| violation.invariant as u8).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

fn sorted(mut ids: Vec<EventId>) -> Vec<EventId> {
    ids.sort_unstable();
    ids
}

/// An org with an archived batch of six days, five rows each, and 15 hot rows.
async fn small() -> (TestStack, Api) {
    let (stack, api) = start().await;
    api.record(ORG, &events(6, 5, 0)).await;
    api.archive().await;
    api.record(ORG, &events(5, 3, 1_000)).await;
    (stack, api)
}

#[tokio::test]
async fn a_sound_org_is_found_sound_behind_every_step_of_a_pass() {
    for stop in STOPS {
        let (stack, api) = small().await;
        let before: Vec<EventId> = held(&api).await.iter().map(|event| event.id).collect();
        pass_until(&stack, stop).await;
        let checked = checked(&stack).await;
        assert!(checked.is_sound(), "{stop:?}: {checked:?}");
        let mut all = [checked.hot, checked.archived].concat();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all, before, "{stop:?}");
    }
}

#[tokio::test]
async fn hot_and_archived_ids_are_those_that_were_stored() {
    let (stack, api) = start().await;
    let id = |(id, _): (String, String)| id.parse::<EventId>().unwrap();
    let archived: Vec<EventId> = api.record(ORG, &events(6, 5, 0)).await.into_iter().map(id).collect();
    // Neighbours whose names begin alike are other orgs.
    for other in ["acm", "acme2"] {
        api.provision(other).await;
        api.record(other, &events(3, 2, 0)).await;
    }
    api.archive().await;
    api.record("acme2", &events(3, 2, 9_000)).await;
    let hot: Vec<EventId> = api.record(ORG, &events(5, 3, 1_000)).await.into_iter().map(id).collect();
    let checked = checked(&stack).await;
    assert!(checked.is_sound(), "{checked:?}");
    assert_eq!((sorted(checked.hot), sorted(checked.archived)), (sorted(hot), sorted(archived)));
    assert_eq!((checked.batches, checked.segments), (1, 6));
}

#[tokio::test]
async fn damage_in_the_bucket_is_found() {
    let (stack, _) = small().await;
    let segments = stack.tables().whole_ledger(&acme()).await.unwrap().segments;
    let file = stack.folder().join("s3/audit-archive").join(&segments[2].key);
    let bytes = std::fs::read(&file).unwrap();

    std::fs::remove_file(&file).unwrap();
    let missing = checked(&stack).await;
    assert_eq!((numbers(&missing), missing.archived.len()), (vec![3], 25));

    for at in (0..bytes.len()).step_by(bytes.len() / 40) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x10;
        std::fs::write(&file, flipped).unwrap();
        assert!(numbers(&checked(&stack).await).contains(&5), "a flipped bit at {at}");
    }
    std::fs::write(&file, b"PAR1, and no more than that").unwrap();
    let cut = checked(&stack).await;
    assert_eq!((numbers(&cut), cut.unreadable_segments.len(), cut.archived.len()), (vec![5], 1, 25));
    std::fs::write(&file, &bytes).unwrap();
    assert!(checked(&stack).await.is_sound());

    // A day that the ledger does not know at all.
    let orphan = stack.archive_folder().join("dt=2031-01-01/org_id=acme");
    std::fs::create_dir_all(&orphan).unwrap();
    std::fs::write(orphan.join("orphan.parquet"), &bytes).unwrap();
    assert_eq!(numbers(&checked(&stack).await), [5]);
}

#[tokio::test]
async fn damage_in_the_ledger_is_found() {
    let (stack, _) = small().await;
    let dynamodb = stack.dynamodb();
    let table = table_names().ledger;
    let items = dynamodb.scan().table_name(&table).send().await.unwrap().items.unwrap();
    let item = |prefix: &str| items.iter().find(|item| item["sk"].as_s().unwrap().starts_with(prefix)).unwrap().clone();
    let put = |item| dynamodb.put_item().table_name(&table).set_item(Some(item)).send();
    let delete = |prefix: &str| {
        let key = item(prefix).into_iter().filter(|(name, _)| name == "org_id" || name == "sk").collect();
        dynamodb.delete_item().table_name(&table).set_key(Some(key)).send()
    };
    let number = |number: &str| AttributeValue::N(number.to_owned());
    let text = |text: &str| AttributeValue::S(text.to_owned());
    for (prefix, attribute, value, found) in [
        ("head", "next_seq", number("31"), vec![4]),
        ("batch#", "rows", number("29"), vec![4, 5]),
        ("batch#", "segments", AttributeValue::L(Vec::new()), vec![4]),
        ("seg#2026-01-03", "rows", number("6"), vec![4, 5]),
        ("seg#2026-01-03", "categories", AttributeValue::L(Vec::new()), vec![1, 5]),
        ("seg#2026-01-03", "actors_folded", AttributeValue::B(Blob::new([0; 32])), vec![1, 5]),
        ("seg#2026-01-03", "actions", AttributeValue::L(vec![text("team.created")]), vec![1, 5]),
        ("seg#2026-01-03", "sha256", text(&"0".repeat(64)), vec![5]),
        ("seg#2026-01-03", "last", item("seg#2026-01-03")["first"].clone(), vec![1, 5]),
    ] {
        let mut damaged = item(prefix);
        damaged.insert(attribute.to_owned(), value);
        put(damaged).await.unwrap();
        assert_eq!(numbers(&checked(&stack).await), found, "{prefix} {attribute}");
        put(item(prefix)).await.unwrap();
    }
    for (prefix, found) in [("batch#", 4), ("seg#2026-01-03", 4)] {
        delete(prefix).await.unwrap();
        assert!(numbers(&checked(&stack).await).contains(&found), "{prefix} is gone");
        put(item(prefix)).await.unwrap();
    }
    for prefix in ["head", "batch#", "seg#2026-01-03"] {
        let mut malformed = item(prefix);
        malformed.retain(|name, _| matches!(name.as_str(), "org_id" | "sk"));
        put(malformed).await.unwrap();
        assert_eq!(checked(&stack).await.unreadable_items.len(), 1, "{prefix}");
        put(item(prefix)).await.unwrap();
    }
    // What can be read and cannot be true is no more than what cannot be read.
    for (prefix, attribute, value) in [
        ("head", "version", number("0")),
        ("batch#", "first_seq", number("1")),
        ("batch#", "rows", number("0")),
        ("seg#2026-01-03", "rows", number("0")),
        ("seg#2026-01-03", "last", item("seg#2026-01-04")["last"].clone()),
        ("seg#2026-01-03", "first", item("seg#2026-01-02")["first"].clone()),
        ("seg#2026-01-03", "actors_folded", AttributeValue::B(Blob::new([0; 31]))),
        ("seg#2026-01-03", "targets", AttributeValue::B(Blob::new([]))),
    ] {
        let mut damaged = item(prefix);
        damaged.insert(attribute.to_owned(), value);
        put(damaged).await.unwrap();
        let unreadable = checked(&stack).await.unreadable_items;
        let sk = item(prefix)["sk"].as_s().unwrap().clone();
        assert_eq!(unreadable.len(), 1, "{prefix} {attribute}");
        let expected = format!("the item acme {sk} of the ledger table is malformed: {attribute}");
        assert_eq!(unreadable[0].to_string(), expected);
        put(item(prefix)).await.unwrap();
    }
    assert!(checked(&stack).await.is_sound());
}

#[tokio::test]
async fn an_id_in_two_segments_is_found() {
    let (stack, _) = small().await;
    let (tables, archive) = (stack.tables(), stack.archive());
    let rows = hot_rows(tables).await;
    for _ in 0..2 {
        let head = tables.head(&acme()).await.unwrap();
        let segments = staged(&stack, head.next_seq, &rows).await;
        let batch = BatchRecord::of(head.next_seq, &segments);
        tables.commit(&acme(), &head, &batch, &segments).await.unwrap();
        for segment in &segments {
            archive.publish(segment).await.unwrap();
        }
        let head = tables.head(&acme()).await.unwrap();
        tables.replace_head(&acme(), &head, &head.publishing().closing()).await.unwrap();
    }
    let twice = checked(&stack).await;
    assert_eq!((numbers(&twice), twice.head.map(|head: Head| head.next_seq)), (vec![2], Some(Seq(60))));
}

#[tokio::test]
async fn a_hot_row_that_cannot_be_read_is_named_and_stops_nothing() {
    let (stack, _) = small().await;
    let row = hot_rows(stack.tables()).await.remove(4);
    let dynamodb = stack.dynamodb();
    let key = |name: &str, value: String| (name.to_owned(), AttributeValue::S(value));
    let damaged = [
        key("pk", audit_tables::keys::partition(&acme(), row.id.shard())),
        key("sk", audit_tables::keys::event(row.id)),
    ];
    dynamodb.put_item().table_name(table_names().events).set_item(Some(damaged.into())).send().await.unwrap();
    let checked = checked(&stack).await;
    assert!(checked.violations.is_empty() && checked.unreadable_rows[0].to_string().contains(&row.id.to_string()));
    assert_eq!((checked.hot.len(), checked.archived.len()), (14, 30));
}
