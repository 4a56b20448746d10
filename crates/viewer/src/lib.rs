//! The viewer `<audit-log>`, as `npm run build` in `web` wrote it to `dist`.
//!
//! The files are committed, so that a build of the service needs no Node. CI builds them again and requires the same
//! bytes.

#[path = "../dist/names.rs"]
mod names;

pub use names::{INTEGRITY, SCRIPT, SCRIPT_NAME};

/// An HTML page that shows the viewer. It loads [`SCRIPT`], [`PAGE_SCRIPT`] and [`PAGE_STYLE`] below `/view/`.
pub const PAGE: &str = include_str!("../dist/page.html");

/// The page's own script, `/local/viewer.js`: it obtains a session for the viewer.
pub const PAGE_SCRIPT: &str = include_str!("../dist/page.js");

/// The page's own style sheet, `/local/viewer.css`.
pub const PAGE_STYLE: &str = include_str!("../dist/page.css");

/// The Content-Security-Policy of the page: its own scripts and styles, no inline code, and Trusted Types.
pub const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
     img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types lit-html";
