//! Damage in the bucket, in the ledger and in hot rows: the check reports it, and it stops nothing else.

use audit_core::{Head, Seq, Span};
use audit_local::stack::table_names;
use audit_tables::Written;
use audit_tests::acme::{acme, hot_rows};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::{checked, numbers, small};

#[tokio::test]
async fn damage_in_the_bucket_is_found() {
    let (stack, _) = small().await;
    let segments = stack.tables().ledger.whole(&acme()).await.unwrap().segments;
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

    // An object of a month that is not in the ledger.
    let orphan = stack.archive_folder().join("month=2031-01/org_id=acme");
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
        ("head", "next_seq", number("31"), vec![4, 10]),
        ("batch#", "rows", number("29"), vec![4, 5, 10]),
        ("batch#", "segments", AttributeValue::L(Vec::new()), vec![4, 10]),
        ("seg#2010-03", "categories", AttributeValue::L(vec![text("billing")]), vec![1, 5, 10]),
        ("seg#2010-03", "actions", AttributeValue::L(vec![text("team.created")]), vec![1, 5, 10]),
        ("seg#2010-03", "sha256", text(&"0".repeat(64)), vec![5, 10]),
        ("seg#2010-03", "last", item("seg#2010-03")["first"].clone(), vec![1, 5, 10]),
        ("seg#2010-03", "days", text(&format!("{}/1", item("seg#2010-03")["days"].as_s().unwrap())), vec![5, 10]),
        ("filters#", "actors", AttributeValue::B(Blob::new([0; 32])), vec![1, 5]),
        ("filters#", "addresses", AttributeValue::B(Blob::new([1; 32])), vec![5]),
        ("filters#", "counts", AttributeValue::B(Blob::new(earlier(&item("filters#")["counts"]))), vec![5]),
    ] {
        let mut damaged = item(prefix);
        damaged.insert(attribute.to_owned(), value);
        put(damaged).await.unwrap();
        assert_eq!(numbers(&checked(&stack).await), found, "{prefix} {attribute}");
        put(item(prefix)).await.unwrap();
    }
    for (prefix, found) in [("batch#", 4), ("seg#2010-03", 4)] {
        delete(prefix).await.unwrap();
        assert!(numbers(&checked(&stack).await).contains(&found), "{prefix} was deleted");
        put(item(prefix)).await.unwrap();
    }
    // Absent filters, or parts of them, may contain anything.
    delete("filters#").await.unwrap();
    assert!(checked(&stack).await.is_sound());
    put(item("filters#")).await.unwrap();
    for prefix in ["head", "batch#", "seg#2010-03"] {
        let mut malformed = item(prefix);
        malformed.retain(|name, _| matches!(name.as_str(), "org_id" | "sk"));
        put(malformed).await.unwrap();
        assert_eq!(checked(&stack).await.unreadable_items.len(), 1, "{prefix}");
        put(item(prefix)).await.unwrap();
    }
    // A value that can be read but cannot be true is treated like one that cannot be read.
    for (prefix, attribute, value) in [
        ("head", "version", number("0")),
        ("batch#", "first_seq", number("1")),
        ("batch#", "rows", number("0")),
        ("seg#2010-03", "rows", number("0")),
        ("seg#2010-03", "days", text("03:4")),
        ("seg#2010-03", "days", text("03:5 02:0")),
        ("seg#2010-03", "last", item("seg#2010-04")["last"].clone()),
        ("seg#2010-03", "first", item("seg#2010-02")["first"].clone()),
        ("filters#", "actors", AttributeValue::B(Blob::new([0; 31]))),
        ("filters#", "targets", AttributeValue::B(Blob::new([]))),
        ("filters#", "addresses", AttributeValue::B(Blob::new([0; 33]))),
        ("filters#", "counts", text("1")),
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
    let mut fewer = item("filters#");
    assert!(fewer.remove("addresses").is_some());
    put(fewer).await.unwrap();
    assert!(checked(&stack).await.is_sound());
}

/// Counts of the same events, all of which happened in one quarter hour, as if it were the one before.
fn earlier(counts: &AttributeValue) -> Vec<u8> {
    let mut bytes = counts.as_b().unwrap().as_ref().to_vec();
    bytes[1] -= 1;
    bytes
}

#[tokio::test]
async fn an_id_in_two_segments_is_found() {
    let (stack, _) = small().await;
    let (tables, worker) = (stack.tables(), stack.compactor());
    // Both batches are staged before either is committed, so neither finds the rows archived.
    let first = tables.ledger.head(&acme()).await.unwrap();
    let second = Head { next_seq: first.next_seq.plus(15), ..first.clone() };
    let mut batches = Vec::new();
    for head in [first, second] {
        batches.push(worker.stage_batch(&acme(), &head, Span::ALL, None).await.unwrap());
    }
    for staged in batches {
        let head = tables.ledger.head(&acme()).await.unwrap();
        assert_eq!(worker.commit(&acme(), &head, &staged).await.unwrap().1, Written::Applied);
        let head = tables.ledger.head(&acme()).await.unwrap();
        let batch = worker.claim(&acme(), &head).await.unwrap();
        assert_eq!(worker.publish(&acme(), &head, &batch).await.unwrap(), Written::Applied);
        let head = tables.ledger.head(&acme()).await.unwrap();
        worker.claim(&acme(), &head).await.unwrap();
        let (log_id, tree) = (head.log_id.unwrap(), &head.frontier);
        stack.archive().extend_log(&acme(), log_id, tree, &staged.segments).await.unwrap();
        tables.ledger.replace_head(&acme(), &head, &head.closing()).await.unwrap();
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
