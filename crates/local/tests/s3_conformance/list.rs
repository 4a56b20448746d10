//! Listings: byte order, prefixes, delimiters, pages.

use std::collections::BTreeSet;

use aws_sdk_s3::types::EncodingType;
use futures::{StreamExt, stream};

use crate::rig::{BUCKET, Rig, noise};

async fn put_all(rig: &Rig, keys: impl IntoIterator<Item = String>) -> BTreeSet<String> {
    let keys: BTreeSet<String> = keys.into_iter().collect();
    stream::iter(&keys).for_each_concurrent(16, |key| async { drop(rig.put(key, key.as_bytes()).await) }).await;
    keys
}

/// All lines of all pages; common prefixes end in `…`.
async fn list(rig: &Rig, prefix: &str, delimiter: Option<&str>, after: &str, page: i32) -> Vec<String> {
    let mut lines = Vec::new();
    let mut token = None;
    loop {
        let request = rig.client.list_objects_v2().bucket(BUCKET).prefix(prefix).start_after(after).max_keys(page);
        let request = request.set_delimiter(delimiter.map(str::to_owned)).set_continuation_token(token);
        let listed = request.send().await.unwrap();
        let mut found: Vec<String> = listed.contents().iter().map(|o| o.key().unwrap().to_owned()).collect();
        found.extend(listed.common_prefixes().iter().map(|p| format!("{}…", p.prefix().unwrap())));
        found.sort_by(|a, b| a.trim_end_matches('…').cmp(b.trim_end_matches('…')));
        assert!(found.len() <= page as usize);
        assert_eq!(listed.key_count(), Some(found.len() as i32));
        lines.extend(found);
        assert_eq!(listed.is_truncated(), Some(listed.next_continuation_token().is_some()));
        token = listed.next_continuation_token().map(str::to_owned);
        if token.is_none() {
            return lines;
        }
    }
}

/// The listing that S3 documents, from a sorted set.
fn model(keys: &BTreeSet<String>, prefix: &str, delimiter: Option<&str>, after: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for key in keys.iter().filter(|key| key.starts_with(prefix) && key.as_str() > after) {
        let end = delimiter.and_then(|d| Some(prefix.len() + key[prefix.len()..].find(d)? + d.len()));
        let line = end.map_or_else(|| key.clone(), |end| format!("{}…", &key[..end]));
        if lines.last() != Some(&line) {
            lines.push(line);
        }
    }
    lines
}

#[tokio::test]
async fn keys_are_listed_in_byte_order() {
    let rig = Rig::start().await;
    let keys = ["a/b", "a.b", "a-b", "a0", "a b", "a/b.c", "aa", "a=1/x", "Z", "é", "a/0/0", "a/b0/x", "€", "😀"];
    let keys = put_all(&rig, keys.map(str::to_owned)).await;
    assert_eq!(rig.keys().await, keys.into_iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn every_page_size_lists_the_same_keys() {
    let rig = Rig::start().await;
    let words = ["month=1", "month=2", "org.a", "org-a", "org", "x"];
    let picks = noise(600, 5);
    let random = picks.chunks(4).map(|pick| {
        let depth = usize::from(pick[0] % 3);
        let folders = (0..depth).map(|n| words[usize::from(pick[n + 1]) % words.len()]);
        let mut parts: Vec<String> = folders.map(str::to_owned).collect();
        parts.push(format!("f{}", pick[3] % 40));
        parts.join("/")
    });
    let keys = put_all(&rig, random).await;
    for prefix in
        ["", "month=", "month=1/", "org", "org/", "org/f1", "f", "absent/", "month=1/f2/x", "..", "/", "month=1//"]
    {
        for delimiter in [None, Some("/"), Some("1"), Some("org")] {
            for after in ["", "month=1/org", "month=1/zzz", "f3", "org-a/"] {
                let expected = model(&keys, prefix, delimiter, after);
                for page in [1, 7, 1000] {
                    if page > 1 || expected.len() < 20 {
                        let found = list(&rig, prefix, delimiter, after, page).await;
                        assert_eq!(found, expected, "{prefix:?} {delimiter:?} {after:?} {page}");
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn a_page_ends_at_1000_keys() {
    let rig = Rig::start().await;
    let keys = put_all(&rig, (0..1203).map(|n| format!("deep/{}/{n}", n % 7))).await;
    let first = rig.client.list_objects_v2().bucket(BUCKET).max_keys(5000).send().await.unwrap();
    assert_eq!(first.contents().len(), 1000);
    assert_eq!(list(&rig, "", None, "", 1000).await, keys.into_iter().collect::<Vec<_>>());
    let none = rig.client.list_objects_v2().bucket(BUCKET).max_keys(0).send().await.unwrap();
    assert_eq!((none.contents().len(), none.is_truncated()), (0, Some(false)));
}

#[tokio::test]
async fn files_that_are_not_objects_are_not_listed() {
    let rig = Rig::start().await;
    rig.put("a/k", b"1").await;
    std::fs::write(rig.file("a/k#1"), b"half").unwrap();
    std::fs::create_dir_all(rig.file("empty/folder")).unwrap();
    std::fs::write(rig.folder.path().join(".tmp/left"), b"half").unwrap();
    let rig = rig.restart().await;
    assert_eq!(rig.keys().await, ["a/k"]);
    assert_eq!(list(&rig, "", Some("/"), "", 1000).await, ["a/…"]);
    assert!(!rig.folder.path().join(".tmp/left").exists(), "the file of a crashed write is deleted");
}

#[tokio::test]
async fn keys_are_encoded_on_request() {
    let rig = Rig::start().await;
    rig.put("a b/ü=1+", b"1").await;
    let listed = rig.client.list_objects_v2().bucket(BUCKET).encoding_type(EncodingType::Url).send().await.unwrap();
    assert_eq!(listed.contents()[0].key(), Some("a%20b/%C3%BC%3D1%2B"));
    assert_eq!(listed.encoding_type(), Some(&EncodingType::Url));
}
