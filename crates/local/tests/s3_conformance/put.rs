//! Puts: complete or not at all.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode};
use futures::future::join_all;

use crate::rig::{BUCKET, Rig, bytes, files, noise, rejection};

const HELLO_MD5: &str = "\"5d41402abc4b2a76b9719d911017c592\"";
const HELLO_SHA256: &str = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";
const OTHER_SHA256: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

#[tokio::test]
async fn an_object_is_returned_unchanged() {
    let rig = Rig::start().await;
    let put = rig.client.put_object().bucket(BUCKET).key("a/b.txt").body(ByteStream::from_static(b"hello"));
    let put = put.content_type("text/plain").cache_control("no-store").metadata("color", "blau");
    assert_eq!(put.send().await.unwrap().e_tag(), Some(HELLO_MD5));

    let head = rig.client.head_object().bucket(BUCKET).key("a/b.txt").send().await.unwrap();
    assert_eq!(head.e_tag(), Some(HELLO_MD5));
    assert_eq!(head.content_length(), Some(5));
    assert_eq!(head.content_type(), Some("text/plain"));
    assert_eq!(head.cache_control(), Some("no-store"));
    assert_eq!(head.content_encoding(), None);
    assert_eq!(head.metadata().unwrap()["color"], "blau");
    assert!(head.last_modified().is_some());

    let got = rig.client.get_object().bucket(BUCKET).key("a/b.txt").send().await.unwrap();
    assert_eq!(got.e_tag(), Some(HELLO_MD5));
    assert_eq!(got.content_type(), Some("text/plain"));
    assert_eq!(got.metadata().unwrap()["color"], "blau");
    assert_eq!(bytes(got).await, b"hello");

    let listed = rig.client.list_objects_v2().bucket(BUCKET).send().await.unwrap();
    assert_eq!(listed.contents()[0].e_tag(), Some(HELLO_MD5));
    assert_eq!(listed.contents()[0].size(), Some(5));
    assert_eq!(std::fs::read(rig.file("a/b.txt")).unwrap(), b"hello");
}

#[tokio::test]
async fn an_object_survives_a_restart_with_its_metadata() {
    let rig = Rig::start().await;
    let put = rig.client.put_object().bucket(BUCKET).key("k").body(ByteStream::from_static(b"hello"));
    put.content_type("text/plain").checksum_algorithm(ChecksumAlgorithm::Sha256).send().await.unwrap();
    let rig = rig.restart().await;
    let head = rig.client.head_object().bucket(BUCKET).key("k").checksum_mode(ChecksumMode::Enabled);
    let head = head.send().await.unwrap();
    assert_eq!(head.e_tag(), Some(HELLO_MD5));
    assert_eq!(head.content_type(), Some("text/plain"));
    assert_eq!(head.checksum_sha256(), Some(HELLO_SHA256));
    assert_eq!(rig.get("k").await, b"hello");
}

#[tokio::test]
async fn of_16_concurrent_creates_one_wins_whole() {
    let rig = Rig::start().await;
    for round in 0..20 {
        let key = format!("race/{round}");
        let outcomes = join_all((0..16_u8).map(|writer| {
            let body = ByteStream::from(vec![writer; 100_000]);
            let put = rig.client.put_object().bucket(BUCKET).key(&key).if_none_match("*").body(body);
            put.content_type(format!("x/{writer}")).send()
        }));
        let mut winners = Vec::new();
        for (writer, outcome) in outcomes.await.into_iter().enumerate() {
            match outcome {
                Ok(_) => winners.push(writer),
                Err(error) => assert_eq!(rejection(Err::<(), _>(error)), (412, "PreconditionFailed".to_owned())),
            }
        }
        assert_eq!(winners.len(), 1, "round {round}");
        let got = rig.client.get_object().bucket(BUCKET).key(&key).send().await.unwrap();
        assert_eq!(got.content_type(), Some(format!("x/{}", winners[0]).as_str()));
        assert_eq!(bytes(got).await, vec![winners[0] as u8; 100_000]);
    }
    assert_eq!(files(&rig.folder.path().join(".tmp")), Vec::<std::path::PathBuf>::new());
    assert_eq!(files(&rig.folder.path().join(".meta")).len(), 20, "one metadata file for each object");
}

#[tokio::test]
async fn a_reader_never_sees_a_partial_overwrite() {
    let rig = Rig::start().await;
    rig.put("k", &vec![0; 2_000_000]).await;
    let writer = async {
        for round in 1..30_u8 {
            // The length differs each time, so a mixture of two bodies would be noticed.
            rig.put("k", &vec![round; 2_000_000 + usize::from(round) * 7919]).await;
        }
    };
    let reader = async {
        for _ in 0..40 {
            let got = rig.client.get_object().bucket(BUCKET).key("k").send().await.unwrap();
            let body = bytes(got).await;
            assert!(body.iter().all(|byte| *byte == body[0]));
            assert_eq!(body.len(), 2_000_000 + usize::from(body[0]) * 7919);
        }
    };
    futures::join!(writer, reader, async {
        for _ in 0..200 {
            assert_eq!(rig.keys().await, ["k"]);
        }
    });
}

#[tokio::test]
async fn a_wrong_checksum_stores_nothing() {
    let rig = Rig::start().await;
    rig.put("old", b"before").await;
    for key in ["new", "old"] {
        let put = || rig.client.put_object().bucket(BUCKET).key(key).body(ByteStream::from_static(b"hello"));
        let bad = (400, "BadDigest".to_owned());
        assert_eq!(rejection(put().checksum_sha256(OTHER_SHA256).send().await), bad);
        assert_eq!(rejection(put().checksum_crc32("AAAAAA==").send().await), bad);
        assert_eq!(rejection(put().checksum_crc32_c("AAAAAA==").send().await), bad);
        assert_eq!(rejection(put().checksum_crc64_nvme("AAAAAAAAAAA=").send().await), bad);
        assert_eq!(rejection(put().checksum_sha1("2jmj7l5rSw0yVb/vlWAYkK/YBwk=").send().await), bad);
        assert_eq!(rejection(put().content_md5("1B2M2Y8AsgTpgAmY7PhCfg==").send().await), bad);
        assert_eq!(rejection(put().content_md5("no").send().await), (400, "InvalidDigest".to_owned()));
    }
    assert_eq!(rig.keys().await, ["old"]);
    assert_eq!(rig.get("old").await, b"before");
    assert!(files(&rig.folder.path().join(".tmp")).is_empty());
}

#[tokio::test]
async fn a_sent_checksum_is_stored_and_returned_on_request() {
    let rig = Rig::start().await;
    let put = rig.client.put_object().bucket(BUCKET).key("k").body(ByteStream::from_static(b"hello"));
    let put = put.checksum_sha256(HELLO_SHA256).content_md5("XUFAKrxLKna5cZ2REBfFkg==").send().await.unwrap();
    assert_eq!(put.checksum_sha256(), Some(HELLO_SHA256));
    let head = rig.client.head_object().bucket(BUCKET).key("k");
    let shown = head.clone().checksum_mode(ChecksumMode::Enabled).send().await.unwrap();
    assert_eq!(shown.checksum_sha256(), Some(HELLO_SHA256));
    assert_eq!(shown.checksum_crc32(), None, "only checksums that were sent are stored");
    assert_eq!(head.send().await.unwrap().checksum_sha256(), None);
    let got = rig.client.get_object().bucket(BUCKET).key("k").send().await.unwrap();
    assert_eq!(got.checksum_sha256(), Some(HELLO_SHA256), "the client requests and compares it by default");
    assert_eq!(bytes(got).await, b"hello");
}

#[tokio::test]
async fn large_and_streamed_bodies_are_stored_with_the_default_checksum() {
    let rig = Rig::start().await;
    let body = noise(8 << 20, 1);
    rig.put("memory", &body).await;
    let source = rig.folder.path().join("source");
    std::fs::write(&source, &body).unwrap();
    for algorithm in [None, Some(ChecksumAlgorithm::Sha256), Some(ChecksumAlgorithm::Crc64Nvme)] {
        let stream = ByteStream::from_path(&source).await.unwrap();
        let put = rig.client.put_object().bucket(BUCKET).key("file").set_checksum_algorithm(algorithm.clone());
        put.body(stream).send().await.unwrap();
        let head = rig.client.head_object().bucket(BUCKET).key("file").checksum_mode(ChecksumMode::Enabled);
        let head = head.send().await.unwrap();
        assert_eq!(head.content_encoding(), None, "`aws-chunked` is the framing of the request");
        assert_eq!(head.content_length(), Some(8 << 20));
        let shown = match algorithm {
            None => head.checksum_crc32(),
            Some(ChecksumAlgorithm::Sha256) => head.checksum_sha256(),
            Some(_) => head.checksum_crc64_nvme(),
        };
        assert!(shown.is_some(), "{algorithm:?}");
        assert!(rig.get("file").await == body);
    }
    assert!(rig.get("memory").await == body);
    rig.put("empty", b"").await;
    assert_eq!(rig.get("empty").await, b"");
}

#[tokio::test]
async fn a_put_can_require_the_version_that_it_replaces() {
    let rig = Rig::start().await;
    let put = |body: &'static [u8]| rig.client.put_object().bucket(BUCKET).key("k").body(ByteStream::from_static(body));
    assert_eq!(rejection(put(b"1").if_match("\"5d41402abc4b2a76b9719d911017c592\"").send().await).0, 404);
    let first = rig.put("k", b"1").await;
    put(b"2").if_match(&first).send().await.unwrap();
    assert_eq!(rejection(put(b"3").if_match(&first).send().await), (412, "PreconditionFailed".to_owned()));
    assert_eq!(rig.get("k").await, b"2");
}

#[tokio::test]
async fn a_truncated_body_stores_nothing() {
    use tokio::io::AsyncWriteExt;
    let rig = Rig::start().await;
    let presigned = aws_sdk_s3::presigning::PresigningConfig::expires_in(std::time::Duration::from_secs(60)).unwrap();
    let url = rig.client.put_object().bucket(BUCKET).key("cut").presigned(presigned).await.unwrap();
    let address = rig.s3.endpoint().replace("http://", "");
    let path = url.uri().replace(&rig.s3.endpoint(), "");
    let mut socket = tokio::net::TcpStream::connect(&address).await.unwrap();
    let head = format!("PUT {path} HTTP/1.1\r\nhost: {address}\r\ncontent-length: 3000000\r\n\r\n");
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.write_all(&vec![7; 2_000_000]).await.unwrap();
    drop(socket);
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(rig.keys().await.is_empty());
    assert!(files(&rig.folder.path().join(".tmp")).is_empty());
}
