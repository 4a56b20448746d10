//! The IP addresses in a text of a proxy, a framework or a log.
//!
//! `context.ip` is stored as it was sent. Queries compare the canonical forms of the addresses in it, so that
//! `203.0.113.7:443`, `::ffff:203.0.113.7` and `203.0.113.7, 10.0.0.1` are all found by `203.0.113.7`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The separator of addresses in [`canonical_text`].
pub const SEPARATOR: char = ',';

/// Returns the addresses in a text, in order.
///
/// Reads an address, with a port, with a zone or in brackets, and lists of these: the values of `X-Forwarded-For`, and
/// the parts `for` and `by` of `Forwarded` (RFC 7239). An IPv4 address mapped into IPv6 becomes the IPv4 address. A
/// zone has no meaning outside its host and is dropped. Any other text, such as `unknown`, contains no address.
pub fn addresses(text: &str) -> impl Iterator<Item = IpAddr> {
    text.split(is_between).filter_map(address)
}

/// Returns the address that a text consists of, in any of these forms.
pub fn only_address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    if text.contains(is_between) { None } else { address(text) }
}

fn is_between(char: char) -> bool {
    matches!(char, ',' | ';') || char.is_whitespace()
}

/// Returns the canonical forms (RFC 5952 for IPv6) of the addresses in a text, each once, joined by [`SEPARATOR`];
/// `None` without one.
pub fn canonical_text(text: &str) -> Option<String> {
    let mut texts: Vec<String> = Vec::new();
    for address in addresses(text).map(|address| address.to_string()) {
        if !texts.contains(&address) {
            texts.push(address);
        }
    }
    (!texts.is_empty()).then(|| texts.join(&SEPARATOR.to_string()))
}

/// Returns the address in one part of a list.
fn address(part: &str) -> Option<IpAddr> {
    let part = match part.split_once('=') {
        Some((name, value)) if name.eq_ignore_ascii_case("for") || name.eq_ignore_ascii_case("by") => value,
        Some(_) => return None,
        None => part,
    };
    let part = part.trim_matches('"');
    let address = match part.strip_prefix('[') {
        Some(bracketed) => {
            let (address, behind) = bracketed.split_once(']')?;
            let is_port = behind.is_empty() || behind.strip_prefix(':').is_some_and(is_port);
            v6(address).filter(|_| is_port)
        }
        None => v4(part).or_else(|| v6(part)),
    };
    address.map(|address| address.to_canonical())
}

fn v4(text: &str) -> Option<IpAddr> {
    let address = match text.split_once(':') {
        Some((address, port)) if is_port(port) => address,
        Some(_) => return None,
        None => text,
    };
    address.parse::<Ipv4Addr>().ok().map(IpAddr::V4)
}

fn v6(text: &str) -> Option<IpAddr> {
    let address = match text.split_once('%') {
        Some((_, "")) => return None,
        Some((address, _)) => address,
        None => text,
    };
    address.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_addresses_of_a_text_are_found_in_their_canonical_form() {
        for (text, canonical) in [
            ("203.0.113.7", "203.0.113.7"),
            ("203.0.113.7:443", "203.0.113.7"),
            ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("[::FFFF:cb00:7107]:80", "203.0.113.7"),
            ("fe80::1%eth0", "fe80::1"),
            ("[fe80::1%25en0]:22", "fe80::1"),
            ("203.0.113.7, 10.0.0.1,2001:db8::1", "203.0.113.7,10.0.0.1,2001:db8::1"),
            (" 203.0.113.7 ,unknown,203.0.113.7:80", "203.0.113.7"),
            (
                r#"For="[2001:db8:cafe::17]:4711";proto=https;by=203.0.113.43, for=192.0.2.60:80"#,
                "2001:db8:cafe::17,203.0.113.43,192.0.2.60",
            ),
            ("::", "::"),
        ] {
            assert_eq!(canonical_text(text).as_deref(), Some(canonical), "{text}");
            assert_eq!(canonical_text(canonical).as_deref(), Some(canonical), "{text}");
        }
    }

    #[test]
    fn a_text_without_an_address_has_none() {
        for text in [
            "",
            " ",
            "unknown",
            "localhost",
            "_hidden",
            "AWS Internal",
            "cloudformation.amazonaws.com",
            "1.2.3",
            "1.2.3.4.5",
            "1.2.3.256",
            "010.0.0.1",
            "203.0.113.7:",
            "203.0.113.7:65536",
            "203.0.113.7:+80",
            "203.0.113.7/24",
            "[203.0.113.7]",
            "[2001:db8::1",
            "[2001:db8::1]x",
            "2001:db8::1]",
            "fe80::1%",
            ":443",
            "host=203.0.113.7",
            "１.2.3.4",
        ] {
            assert_eq!(canonical_text(text), None, "{text}");
        }
    }

    #[test]
    fn an_address_with_anything_else_is_not_only_an_address() {
        for text in ["203.0.113.7", " 203.0.113.7:443\t", "::ffff:203.0.113.7", "for=203.0.113.7"] {
            assert_eq!(only_address(text), "203.0.113.7".parse().ok(), "{text}");
        }
        for text in ["203.0.113.7, 10.0.0.1", "203.0.113.7;x", "unknown", "", "203.0.113.7 x"] {
            assert_eq!(only_address(text), None, "{text}");
        }
    }
}
