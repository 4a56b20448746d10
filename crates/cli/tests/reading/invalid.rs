//! What cannot succeed: the exit code tells a usage error from a failed request, and the message tells what to do.

use crate::stub::Stub;
use crate::{audit, ended};

#[tokio::test]
async fn an_invalid_command_line_exits_with_64() {
    let stub = Stub::start().await;
    for (subcommand, args) in [
        ("search", &["--zone", "Berlin"][..]),
        ("search", &["--limit", "0"]),
        ("search", &["--limit", "5", "--all"]),
        ("search", &["--utc", "--zone", "UTC"]),
        ("search", &["--result", "maybe"]),
        ("search", &["--locale", "xx"]),
        ("search", &["--endpoint", "ftp://example.com"]),
        ("stats", &["--top", "101"]),
        ("stats", &["--interval", "2h"]),
        ("tail", &["--every", "1ms"]),
        ("tail", &["--last", "1001"]),
        ("tail", &["--from", "7d"]),
    ] {
        let mut command = audit(subcommand, &stub.url);
        command.args(args);
        let (code, out, notes) = ended(command).await;
        assert_eq!((code, out.as_str()), (64, ""), "{subcommand} {args:?}: {notes}");
        assert!(notes.starts_with("error: "), "{notes}");
    }
    assert!(stub.seen().is_empty(), "no request was sent");
}

#[tokio::test]
async fn a_value_that_the_service_refuses_is_named_by_its_flag() {
    let stub = Stub::start().await;
    for subcommand in ["search", "stats", "tail"] {
        let mut command = audit(subcommand, &stub.url);
        command.args(["--not-action", "X"]);
        let expected = format!(
            "audit {subcommand}: The request is invalid (HTTP 400)\n  --not-action: found \"X\", allowed: an action\n"
        );
        assert_eq!(ended(command).await, (64, String::new(), expected));
    }
}

#[tokio::test]
async fn a_failed_request_exits_with_1_and_says_what_to_do() {
    let stub = Stub::start().await;
    let (code, _, notes) = ended(audit("search", "http://127.0.0.1:9")).await;
    assert_eq!(code, 1);
    assert!(notes.contains("no response from http://127.0.0.1:9") && notes.contains("set --endpoint"), "{notes}");
    stub.state.lock().unwrap().before = Some(Box::new(|_| Some(503)));
    let (code, _, notes) = ended(audit("search", &stub.url)).await;
    let expected = "audit search: The service is unavailable (HTTP 503): a store did not respond\n";
    assert_eq!((code, notes.as_str()), (1, expected));
}

#[tokio::test]
async fn a_script_completes_the_command_line_of_each_shell() {
    for shell in ["bash", "zsh", "fish"] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_audit"));
        command.args(["completions", shell]);
        let (code, out, _) = ended(command).await;
        assert!(code == 0 && out.contains("not-actor") && out.contains("group-by"), "{shell}");
    }
}
