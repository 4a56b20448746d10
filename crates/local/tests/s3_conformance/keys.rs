//! Keys: paths inside the bucket, and nowhere else.

use aws_sdk_s3::primitives::ByteStream;

use crate::rig::{BUCKET, Rig, files, rejection};

#[tokio::test]
async fn long_and_unusual_keys_work() {
    let rig = Rig::start().await;
    let long = vec!["x".repeat(224); 4].join("/");
    assert_eq!(long.len(), 899);
    let keys = [
        long.clone() + "y",
        "events/month=2026-01/org_id=acme/1-2-ab.parquet".to_owned(),
        "with space/and  two".to_owned(),
        "ünïcode/日本語/😀".to_owned(),
        "a+b&c?d#e%2Ff".to_owned(),
        "quote\"'<>|*\\:;,@!$()[]{}^`~".to_owned(),
        ".hidden/.file".to_owned(),
        "...".to_owned(),
        "z".repeat(255),
    ];
    for key in &keys {
        rig.put(key, key.as_bytes()).await;
        assert_eq!(rig.get(key).await, key.as_bytes());
        assert_eq!(std::fs::read(rig.file(key)).unwrap(), key.as_bytes(), "{key} is a file at its key");
    }
    let mut sorted = keys.to_vec();
    sorted.sort();
    assert_eq!(rig.keys().await, sorted);
    for key in &keys {
        rig.client.delete_object().bucket(BUCKET).key(key).send().await.unwrap();
    }
    assert!(rig.keys().await.is_empty());
    assert!(files(&rig.folder.path().join(".meta")).is_empty());
}

#[tokio::test]
async fn keys_that_are_not_paths_are_rejected() {
    let rig = Rig::start().await;
    std::fs::write(rig.folder.path().join("outside"), b"secret").unwrap();
    let keys = ["../outside", "a/../../outside", "..", ".", "a/./b", "a//b", "/a", "a/", "a\nb", "a#1"];
    for key in keys {
        let put = rig.client.put_object().bucket(BUCKET).key(key).body(ByteStream::from_static(b"x")).send().await;
        assert_eq!(rejection(put), (400, "InvalidArgument".to_owned()), "{key:?}");
        let got = rig.client.get_object().bucket(BUCKET).key(key).send().await;
        assert_eq!(rejection(got), (400, "InvalidArgument".to_owned()), "{key:?}");
        let deleted = rig.client.delete_object().bucket(BUCKET).key(key).send().await;
        assert_eq!(rejection(deleted), (400, "InvalidArgument".to_owned()), "{key:?}");
        let copied = rig.client.copy_object().bucket(BUCKET).key("k").copy_source(format!("{BUCKET}/{key}"));
        if !key.contains('\n') {
            assert!((400..500).contains(&rejection(copied.send().await).0), "{key:?}");
        }
    }
    assert_eq!(std::fs::read(rig.folder.path().join("outside")).unwrap(), b"secret");
    let long = "x".repeat(256);
    for key in [long, vec!["y".repeat(250); 5].join("/")] {
        let put = rig.client.put_object().bucket(BUCKET).key(key).body(ByteStream::from_static(b"x")).send().await;
        assert_eq!(rejection(put), (400, "KeyTooLongError".to_owned()));
    }
    assert!(rig.keys().await.is_empty());
}

#[tokio::test]
async fn a_key_that_is_a_folder_of_another_is_rejected() {
    let rig = Rig::start().await;
    rig.put("a/b", b"1").await;
    for (key, create) in [("a", false), ("a", true), ("a/b/c", false), ("a/b/c", true)] {
        let put = rig.client.put_object().bucket(BUCKET).key(key).body(ByteStream::from_static(b"x"));
        let put = put.set_if_none_match(create.then(|| "*".to_owned()));
        assert_eq!(rejection(put.send().await), (400, "InvalidArgument".to_owned()), "{key} {create}");
    }
    assert_eq!(rig.keys().await, ["a/b"]);
}

#[tokio::test]
async fn a_request_path_cannot_leave_the_bucket() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let rig = Rig::start().await;
    std::fs::write(rig.folder.path().join("outside"), b"secret").unwrap();
    let address = rig.s3.endpoint().replace("http://", "");
    for path in ["/archive/../outside", "/archive/%2e%2e/outside", "/../outside", "/.meta/x", "/archive%2f..%2foutside"]
    {
        let mut socket = tokio::net::TcpStream::connect(&address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut response = String::new();
        socket.read_to_string(&mut response).await.unwrap();
        assert!(response.starts_with("HTTP/1.1 4") && !response.contains("secret"), "{path}: {response}");
    }
}
