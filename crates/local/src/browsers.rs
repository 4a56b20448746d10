//! Rejects requests from web pages to servers on loopback.
//!
//! A page in the developer's own browser can reach every port of the machine. Its requests are recognized by headers
//! that a page cannot change: `Host`, which after DNS rebinding is the page's own host, and the browser's `Origin` and
//! `Sec-Fetch-Site`, which name the page that sent the request. A page cannot read a response from another origin, so
//! for `GET`, `HEAD` and `OPTIONS`, which change nothing, `Host` is enough. Only the routes of viewers let a page read
//! their responses, and they require a token.

use std::net::{Ipv4Addr, Ipv6Addr};

use audit_http::{Problem, ProblemKind};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The host names that a client may use for the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hosts {
    /// Only `localhost` and loopback addresses.
    Loopback,
    /// Any, because the API listens on another address, under names that only its operator knows.
    Any,
}

/// Rejects requests for other hosts, and writes from web pages of another origin.
pub fn guard_api(routes: Router, hosts: Hosts) -> Router {
    routes.layer(from_fn_with_state(hosts, api))
}

/// Rejects requests for other hosts, and every request from a web page: no page needs a store.
pub(crate) fn guard_store(routes: Router) -> Router {
    routes.layer(from_fn(store))
}

async fn api(State(hosts): State<Hosts>, request: Request, next: Next) -> Response {
    let problem = if hosts == Hosts::Loopback && !names_loopback(&request) {
        ProblemKind::ForeignHost
    } else if is_write(request.method()) && is_cross_origin(request.headers()) {
        ProblemKind::CrossOrigin
    } else {
        return next.run(request).await;
    };
    tracing::info!("a request of a web page was refused");
    Problem::from(problem).into_response()
}

async fn store(request: Request, next: Next) -> Response {
    let headers = request.headers();
    if names_loopback(&request) && !headers.contains_key(header::ORIGIN) && !is_from_another_site(headers) {
        return next.run(request).await;
    }
    tracing::info!("rejected a request from a web page to a store");
    let text =
        "This store rejects requests from web pages, and for hosts other than localhost or a loopback address.\n";
    (StatusCode::FORBIDDEN, text).into_response()
}

/// `OPTIONS` changes nothing: a browser asks with it whether a page may send a request.
fn is_write(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether every host name in the request is a loopback name.
fn names_loopback(request: &Request) -> bool {
    let in_target = request.uri().authority().is_none_or(is_loopback);
    let parsed = |name: &header::HeaderValue| Authority::try_from(name.as_bytes()).is_ok_and(|name| is_loopback(&name));
    in_target && request.headers().get_all(header::HOST).iter().all(parsed)
}

/// The system resolves names below `localhost` without a name server, so no page can have one.
fn is_loopback(authority: &Authority) -> bool {
    let host = authority.host().to_ascii_lowercase();
    let in_brackets = || host.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok();
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
        || in_brackets().is_some_and(|ip| ip.is_loopback())
}

/// Whether a web page of another host or port sent the request.
fn is_cross_origin(headers: &HeaderMap) -> bool {
    let own = headers.get(header::HOST).map_or(&b""[..], |host| host.as_bytes());
    let is_own = |origin: &header::HeaderValue| {
        // The scheme may differ: a proxy in front of an open address may add TLS.
        let name = origin.as_bytes().splitn(3, |byte| *byte == b'/').nth(2);
        name.is_some_and(|name| name.eq_ignore_ascii_case(own))
    };
    !headers.get_all(header::ORIGIN).iter().all(is_own) || is_from_another_site(headers)
}

fn is_from_another_site(headers: &HeaderMap) -> bool {
    let site = headers.get(SEC_FETCH_SITE).map(header::HeaderValue::as_bytes);
    matches!(site, Some(b"cross-site" | b"same-site"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_loopback() {
        let loopback = |text: &str| Authority::try_from(text).is_ok_and(|authority| is_loopback(&authority));
        for own in ["localhost", "LOCALHOST:8080", "127.0.0.1:1", "127.9.8.7", "[::1]:8080", "api.localhost"] {
            assert!(loopback(own), "{own}");
        }
        for foreign in [
            "example.com",
            "example.com:8080",
            "localhost.example.com",
            "notlocalhost",
            "127.0.0.1.example.com",
            "localhost@example.com",
            "192.168.1.1",
            "0.0.0.0:8080",
            "[::2]",
            "[::]:1",
            "2130706433",
        ] {
            assert!(!loopback(foreign), "{foreign}");
        }
    }

    #[test]
    fn a_write_of_a_page_of_another_origin_is_cross_origin() {
        let cross = |lines: &[(HeaderName, &'static str)]| {
            let mut headers = HeaderMap::new();
            headers.append(header::HOST, header::HeaderValue::from_static("localhost:8080"));
            for (name, value) in lines {
                headers.append(name, header::HeaderValue::from_static(value));
            }
            is_cross_origin(&headers)
        };
        assert!(!cross(&[]));
        assert!(!cross(&[(header::ORIGIN, "http://localhost:8080"), (SEC_FETCH_SITE, "same-origin")]));
        assert!(!cross(&[(header::ORIGIN, "https://LocalHost:8080")]));
        for origin in ["null", "http://localhost", "http://localhost:80801", "http://example.com", "", "localhost:8080"]
        {
            assert!(cross(&[(header::ORIGIN, origin)]), "{origin}");
        }
        assert!(cross(&[(header::ORIGIN, "http://localhost:8080"), (header::ORIGIN, "null")]));
        assert!(cross(&[(SEC_FETCH_SITE, "cross-site")]) && cross(&[(SEC_FETCH_SITE, "same-site")]));
    }
}
