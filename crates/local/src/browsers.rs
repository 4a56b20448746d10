//! Keeps web pages away from what listens on loopback.
//!
//! A page in the developer's own browser reaches every port of the machine. What it sends is refused by two marks that
//! it cannot change: the name in `Host`, which is the page's own after DNS rebinding, and the browser's `Origin` and
//! `Sec-Fetch-Site`, which say that another page has sent the request. A page cannot read what a request of another
//! origin returns, so `GET` and `HEAD`, which change nothing, need the first mark only.

use std::net::{Ipv4Addr, Ipv6Addr};

use audit_http::{Problem, ProblemKind};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whose names a client may use for the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hosts {
    /// Those of the machine itself.
    Loopback,
    /// Any: the API listens on an address that is not loopback, under names that only its operator knows.
    Any,
}

/// Refuses requests of other hosts, and writes of web pages that the API has not served itself.
pub fn guard_api(routes: Router, hosts: Hosts) -> Router {
    routes.layer(from_fn_with_state(hosts, api))
}

/// Refuses requests of other hosts, and all of web pages: no page has business with a store.
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
    tracing::info!("a request of a web page to a store was refused");
    let text = "This store takes no request of a web page, and only under localhost or a loopback address.\n";
    (StatusCode::FORBIDDEN, text).into_response()
}

fn is_write(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD)
}

/// Whether every name that the request gives the server is one of the machine itself.
fn names_loopback(request: &Request) -> bool {
    let in_target = request.uri().authority().is_none_or(is_loopback);
    let parsed = |name: &header::HeaderValue| Authority::try_from(name.as_bytes()).is_ok_and(|name| is_loopback(&name));
    in_target && request.headers().get_all(header::HOST).iter().all(parsed)
}

/// Names below `localhost` are resolved by the system and never by a name server, so no page can take one.
fn is_loopback(authority: &Authority) -> bool {
    let host = authority.host().to_ascii_lowercase();
    let in_brackets = || host.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok();
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
        || in_brackets().is_some_and(|ip| ip.is_loopback())
}

/// Whether a web page of another scheme, host or port has sent the request.
fn is_cross_origin(headers: &HeaderMap) -> bool {
    let own = headers.get(header::HOST).map_or(&b""[..], |host| host.as_bytes());
    let is_own = |origin: &header::HeaderValue| {
        // Not the scheme: a proxy in front of an open address may add TLS.
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
    fn only_names_of_the_machine_itself_are_loopback() {
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
    fn a_write_comes_from_no_page_or_from_one_of_the_same_origin() {
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
