//! Multipart uploads.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use futures::future::join_all;

use crate::rig::{BUCKET, Rig, files, noise, refusal};

async fn begin(rig: &Rig, key: &str) -> String {
    let created = rig.client.create_multipart_upload().bucket(BUCKET).key(key).content_type("x/part").send().await;
    created.unwrap().upload_id.unwrap()
}

async fn part(rig: &Rig, key: &str, id: &str, number: i32, body: &[u8]) -> CompletedPart {
    let sent = rig.client.upload_part().bucket(BUCKET).key(key).upload_id(id).part_number(number);
    let sent = sent.body(ByteStream::from(body.to_vec())).send().await.unwrap();
    CompletedPart::builder().part_number(number).set_e_tag(sent.e_tag).set_checksum_crc32(sent.checksum_crc32).build()
}

fn named(parts: Vec<CompletedPart>) -> CompletedMultipartUpload {
    CompletedMultipartUpload::builder().set_parts(Some(parts)).build()
}

#[tokio::test]
async fn parts_become_one_object_in_order() {
    let rig = Rig::start().await;
    let (first, second, third) = (noise(5 << 20, 1), noise(6 << 20, 2), noise(10, 3));
    let id = begin(&rig, "k").await;
    let late = part(&rig, "k", &id, 3, &third).await;
    drop(part(&rig, "k", &id, 1, b"replaced").await);
    let (one, two) = futures::join!(part(&rig, "k", &id, 1, &first), part(&rig, "k", &id, 2, &second));

    let listed = rig.client.list_parts().bucket(BUCKET).key("k").upload_id(&id).max_parts(2).send().await.unwrap();
    let sizes: Vec<_> = listed.parts().iter().map(|part| (part.part_number(), part.size(), part.e_tag())).collect();
    assert_eq!(sizes, [(Some(1), Some(5 << 20), one.e_tag()), (Some(2), Some(6 << 20), two.e_tag())]);
    assert_eq!(listed.is_truncated(), Some(true));
    assert!(rig.keys().await.is_empty(), "an open upload is not an object");

    let complete = rig.client.complete_multipart_upload().bucket(BUCKET).key("k").upload_id(&id);
    let done = complete.multipart_upload(named(vec![one, two, late])).send().await.unwrap();
    let etag = done.e_tag().unwrap();
    assert!(etag.ends_with("-3\""), "{etag}");
    let head = rig.client.head_object().bucket(BUCKET).key("k").send().await.unwrap();
    assert_eq!((head.e_tag(), head.content_type()), (Some(etag), Some("x/part")));
    assert!(rig.get("k").await == [first, second, third].concat());
    assert!(files(&rig.folder.path().join(".uploads")).is_empty());
}

#[tokio::test]
async fn of_concurrent_creating_completions_one_wins() {
    let rig = Rig::start().await;
    for round in 0..5 {
        let key = format!("k{round}");
        let uploads = join_all((0..16_u8).map(|n| {
            let (rig, key) = (&rig, &key);
            async move {
                let id = begin(rig, key).await;
                let sent = part(rig, key, &id, 1, &[n; 1000]).await;
                (id, sent)
            }
        }));
        let outcomes = join_all(uploads.await.into_iter().map(|(id, sent)| {
            let complete = rig.client.complete_multipart_upload().bucket(BUCKET).key(&key).upload_id(id);
            complete.if_none_match("*").multipart_upload(named(vec![sent])).send()
        }));
        let outcomes = outcomes.await;
        let winners: Vec<usize> = (0..16).filter(|n| outcomes[*n].is_ok()).collect();
        assert_eq!(winners.len(), 1);
        for outcome in outcomes.into_iter().filter(Result::is_err) {
            assert_eq!(refusal(outcome), (412, "PreconditionFailed".to_owned()));
        }
        assert_eq!(rig.get(&key).await, vec![winners[0] as u8; 1000]);
    }
}

#[tokio::test]
async fn a_completion_that_names_other_parts_is_refused() {
    let rig = Rig::start().await;
    let id = begin(&rig, "k").await;
    let one = part(&rig, "k", &id, 1, b"small").await;
    let two = part(&rig, "k", &id, 2, b"small too").await;
    let complete = |parts: &[&CompletedPart]| {
        let request = rig.client.complete_multipart_upload().bucket(BUCKET).key("k").upload_id(&id);
        request.multipart_upload(named(parts.iter().map(|part| (*part).clone()).collect())).send()
    };
    let other = CompletedPart::builder().part_number(1).e_tag("\"5d41402abc4b2a76b9719d911017c592\"").build();
    assert_eq!(refusal(complete(&[&other]).await).1, "InvalidPart");
    assert_eq!(refusal(complete(&[&two, &one]).await).1, "InvalidPartOrder");
    assert_eq!(refusal(complete(&[&one, &two]).await).1, "EntityTooSmall");
    assert_eq!(refusal(complete(&[]).await).1, "MalformedXML");
    complete(&[&two]).await.unwrap();
    assert_eq!(rig.get("k").await, b"small too");
}

#[tokio::test]
async fn an_aborted_or_unknown_upload_takes_nothing() {
    let rig = Rig::start().await;
    let id = begin(&rig, "k").await;
    drop(part(&rig, "k", &id, 1, b"x").await);
    let rig = rig.restart().await;
    drop(part(&rig, "k", &id, 2, b"y").await);
    let abort = || rig.client.abort_multipart_upload().bucket(BUCKET).key("k").upload_id(&id).send();
    abort().await.unwrap();
    assert_eq!(refusal(abort().await).1, "NoSuchUpload");
    for id in [id.as_str(), "../../x", ""] {
        let sent = rig.client.upload_part().bucket(BUCKET).key("k").upload_id(id).part_number(1);
        let sent = sent.body(ByteStream::from_static(b"x")).send().await;
        assert!(sent.is_err());
    }
    assert!(files(&rig.folder.path().join(".uploads")).is_empty());
    assert!(rig.keys().await.is_empty());
}
