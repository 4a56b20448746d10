//! A web page in the developer's browser neither writes nor, by DNS rebinding, reads.

use reqwest::Method;
use serde_json::Value;

use crate::process::{LOOPBACK, Process, client, get};

/// Sends a request with headers, and returns the status and the kind of problem.
async fn sent(method: Method, url: String, headers: &[(&str, &str)]) -> (u16, String) {
    let mut request = client().request(method, url).body(r#"{"name":"Acme","plan":"enterprise"}"#);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap();
    assert!(answer.headers().get("access-control-allow-origin").is_none(), "a page is admitted");
    let status = answer.status().as_u16();
    let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default();
    (status, body["type"].as_str().unwrap_or_default().rsplit(':').next().unwrap().to_owned())
}

#[tokio::test]
async fn the_api_on_loopback_refuses_other_hosts_and_writes_of_other_origins() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), LOOPBACK, &["--demo"]);
    let url = |path: &str| format!("{}{path}", process.url);
    let port = process.url.rsplit(':').next().unwrap();
    let org = || url("/v1/orgs/rebound");

    for host in ["evil.example", &format!("evil.example:{port}"), "127.0.0.1.evil.example", "10.0.0.1", ""] {
        for (method, path) in
            [(Method::GET, "/v1/orgs/demo/events"), (Method::PUT, "/v1/orgs/rebound"), (Method::POST, "/local/archive")]
        {
            let answer = sent(method, url(path), &[("host", host)]).await;
            assert_eq!(answer, (403, "foreign-host".to_owned()), "{host:?} {path}");
        }
    }
    for headers in [
        &[("origin", "https://evil.example")][..],
        &[("origin", "null")],
        &[("origin", "http://localhost:3000")],
        &[("origin", "https://evil.example"), ("content-type", "text/plain")],
        &[("sec-fetch-site", "cross-site")],
    ] {
        assert_eq!(sent(Method::PUT, org(), headers).await, (403, "cross-origin".to_owned()), "{headers:?}");
        let archive = sent(Method::POST, url("/local/archive"), headers).await;
        assert_eq!(archive, (403, "cross-origin".to_owned()), "{headers:?}");
    }
    assert_eq!(sent(Method::GET, org(), &[]).await, (404, "unknown-org".to_owned()), "nothing was written");

    for host in [
        format!("localhost:{port}"),
        format!("LOCALHOST:{port}"),
        format!("[::1]:{port}"),
        process.url.replace("http://", ""),
    ] {
        let origin = format!("http://{host}");
        let own = [("host", &host[..]), ("origin", &origin), ("sec-fetch-site", "same-origin")];
        assert_eq!(sent(Method::PUT, org(), &own).await.0, 200, "{host}");
    }
    assert_eq!(
        sent(Method::GET, org(), &[("origin", "https://evil.example")]).await.0,
        200,
        "which the page cannot read"
    );
    assert_eq!(process.stop("TERM"), Some(0));
}

#[tokio::test]
async fn the_stores_refuse_every_web_page() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), LOOPBACK, &[]);
    for address in &process.addresses()[1..] {
        for headers in [
            &[("host", "evil.example")][..],
            &[("origin", "https://evil.example")],
            &[("origin", "null")],
            &[("sec-fetch-site", "cross-site")],
        ] {
            for method in [Method::GET, Method::POST, Method::PUT, Method::OPTIONS] {
                let (status, _) = sent(method.clone(), format!("http://{address}/"), headers).await;
                assert_eq!(status, 403, "{method} {address} {headers:?}");
            }
        }
        let (status, _) = sent(Method::GET, format!("http://{address}/"), &[]).await;
        assert!(status == 200 || status == 403 && address == &process.addresses()[2], "{address}: {status}");
    }
    assert_eq!(process.stop("TERM"), Some(0));
}

#[tokio::test]
async fn an_open_address_takes_any_host_and_no_writes_of_other_origins() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), "0.0.0.0:0", &["--insecure-open"]);
    let url = process.url.replace("0.0.0.0", "127.0.0.1");
    let org = || format!("{url}/v1/orgs/acme");
    let own = [("host", "audit.example"), ("origin", "https://audit.example")];
    assert_eq!(sent(Method::PUT, org(), &own).await.0, 200);
    let foreign = [("host", "audit.example"), ("origin", "https://evil.example")];
    assert_eq!(sent(Method::PUT, org(), &foreign).await, (403, "cross-origin".to_owned()));
    assert_eq!(get(org()).await["name"], "Acme");
    assert_eq!(process.stop("TERM"), Some(0));
}
