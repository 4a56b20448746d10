//! The archive bucket's policy, evaluated as IAM is documented to: which requests it denies, and for which principals.

use yaml_serde::Value;

use crate::template;

const BUCKET: &str = "arn:aws:s3:::archive";
const SEGMENT: &str = "arn:aws:s3:::archive/events/month=2026-11/org_id=acme/0-10-abc.parquet";
const CLAIM: &str = "arn:aws:s3:::archive/claims/org_id=acme/00000000000000000000";
const BREAK_GLASS: &str = "arn:aws:iam::123456789012:role/break-glass";
const COMPACT: &str = "arn:aws:iam::123456789012:role/audit-logs-CompactRole";

/// A request to the bucket: the principal, and the other condition keys that it has.
struct Request<'a> {
    principal: &'a str,
    action: &'a str,
    resource: &'a str,
    keys: &'a [(&'a str, &'a str)],
}

const TLS: &[(&str, &str)] = &[("aws:SecureTransport", "true")];
const TLS_CREATING: &[(&str, &str)] = &[("aws:SecureTransport", "true"), ("s3:if-none-match", "*")];
const TLS_MATCHING: &[(&str, &str)] = &[("aws:SecureTransport", "true"), ("s3:if-match", "\"tag\"")];

/// One value or several, with the references of the template as the texts that they represent.
fn texts(value: &Value) -> Vec<String> {
    if let Value::Sequence(values) = value {
        return values.iter().flat_map(texts).collect();
    }
    let text = yaml_serde::to_string(value).unwrap();
    let text = text.trim().trim_start_matches("!Sub ").trim_matches(['\'', '"']).to_owned();
    let references = [
        ("!GetAtt ArchiveBucket.Arn", BUCKET),
        ("${ArchiveBucket.Arn}", BUCKET),
        ("!Ref BreakGlassPrincipalArn", BREAK_GLASS),
        ("!GetAtt CompactRole.Arn", COMPACT),
    ];
    vec![references.iter().fold(text, |text, (reference, meant)| text.replace(reference, meant))]
}

fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((before, after)) => text
            .strip_prefix(before)
            .is_some_and(|rest| (0..=rest.len()).any(|at| rest.is_char_boundary(at) && matches(after, &rest[at..]))),
    }
}

/// Whether every condition of a statement is true. A key that a request does not have makes a negated condition true.
fn holds(conditions: &Value, request: &Request) -> bool {
    let key = |name: &str| match name {
        "aws:PrincipalArn" => Some(request.principal),
        name => request.keys.iter().find(|(key, _)| *key == name).map(|(_, value)| *value),
    };
    conditions.as_mapping().into_iter().flatten().all(|(operator, keys)| {
        keys.as_mapping().unwrap().iter().all(|(name, wanted)| {
            let (found, wanted) = (key(name.as_str().unwrap()), texts(wanted));
            match operator.as_str().unwrap() {
                "Bool" => found == Some(wanted[0].as_str()),
                "Null" => found.is_none() == (wanted[0] == "true"),
                "ArnNotEquals" => found.is_none_or(|found| !wanted.iter().any(|wanted| wanted == found)),
                other => panic!("{other} is not evaluated here"),
            }
        })
    })
}

fn is_denied(request: &Request) -> bool {
    let template = template();
    let policy = &template["Resources"]["ArchiveBucketPolicy"]["Properties"]["PolicyDocument"];
    policy["Statement"].as_sequence().unwrap().iter().any(|statement| {
        assert_eq!((statement["Effect"].as_str(), statement["Principal"].as_str()), (Some("Deny"), Some("*")));
        let any = |name: &str, text: &str| texts(&statement[name]).iter().any(|pattern| matches(pattern, text));
        any("Action", request.action) && any("Resource", request.resource) && holds(&statement["Condition"], request)
    })
}

/// Requests that delete history, or remove its protection.
const DESTRUCTIVE: &[(&str, &str)] = &[
    ("s3:DeleteObjectVersion", SEGMENT),
    ("s3:BypassGovernanceRetention", SEGMENT),
    ("s3:DeleteBucket", BUCKET),
    ("s3:PutBucketPolicy", BUCKET),
    ("s3:DeleteBucketPolicy", BUCKET),
    ("s3:PutBucketVersioning", BUCKET),
    ("s3:PutLifecycleConfiguration", BUCKET),
    ("s3:PutBucketObjectLockConfiguration", BUCKET),
    ("s3:PutEncryptionConfiguration", BUCKET),
    ("s3:PutReplicationConfiguration", BUCKET),
    ("s3:PutBucketOwnershipControls", BUCKET),
    ("s3:PutBucketPublicAccessBlock", BUCKET),
];

#[test]
fn only_the_break_glass_principal_can_delete_history_or_change_what_protects_it() {
    for &(action, resource) in DESTRUCTIVE {
        for principal in [
            "arn:aws:iam::123456789012:role/admin",
            COMPACT,
            "arn:aws:iam::123456789012:role/break-glass-2",
            "arn:aws:iam::999999999999:role/break-glass",
        ] {
            assert!(is_denied(&Request { principal, action, resource, keys: TLS }), "{principal} may {action}");
        }
        assert!(!is_denied(&Request { principal: BREAK_GLASS, action, resource, keys: TLS }), "{action}");
    }
}

/// A segment that a merge replaced.
#[test]
fn only_the_pass_and_the_break_glass_principal_delete_a_segment_and_only_the_one_that_they_mean() {
    let denies =
        |principal, keys, resource| is_denied(&Request { principal, action: "s3:DeleteObject", resource, keys });
    let other = "arn:aws:s3:::archive/inventory/list.csv";
    for principal in [COMPACT, BREAK_GLASS] {
        assert!(!denies(principal, TLS_MATCHING, SEGMENT), "{principal}");
        assert!(denies(principal, TLS, SEGMENT), "{principal} deletes whichever object has the key");
    }
    for principal in ["arn:aws:iam::123456789012:role/admin", "arn:aws:iam::123456789012:role/audit-logs-QueryRole"] {
        for keys in [TLS, TLS_MATCHING] {
            assert!(denies(principal, keys, SEGMENT) && denies(principal, keys, other), "{principal}");
        }
    }
    assert!(!denies(BREAK_GLASS, TLS, other));
}

/// A create-only key that was deleted can be created again, with other bytes.
#[test]
fn no_principal_deletes_or_overwrites_a_claim_or_a_part_of_a_log() {
    let log = "arn:aws:s3:::archive/log/org_id=acme/0a/tile/0/000";
    for principal in [BREAK_GLASS, COMPACT] {
        for resource in [CLAIM, log] {
            for action in ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject"] {
                assert!(is_denied(&Request { principal, action, resource, keys: TLS }), "{principal} may {action}");
            }
        }
        assert!(!is_denied(&Request { principal, action: "s3:PutObject", resource: CLAIM, keys: TLS_CREATING }));
    }
}

#[test]
fn the_policy_denies_nothing_that_the_functions_and_operators_do_every_day() {
    let principal = COMPACT;
    for (action, resource, keys) in [
        ("s3:PutObject", SEGMENT, TLS_CREATING),
        ("s3:GetObject", SEGMENT, TLS),
        ("s3:GetObjectVersion", SEGMENT, TLS),
        ("s3:ListBucket", BUCKET, TLS),
        ("s3:GetBucketPolicy", BUCKET, TLS),
    ] {
        assert!(!is_denied(&Request { principal, action, resource, keys }), "{action}");
    }
}

#[test]
fn nobody_overwrites_a_segment_or_talks_to_the_bucket_in_the_clear() {
    for principal in [BREAK_GLASS, COMPACT] {
        assert!(is_denied(&Request { principal, action: "s3:PutObject", resource: SEGMENT, keys: TLS }));
        let keys = &[("aws:SecureTransport", "false")];
        assert!(is_denied(&Request { principal, action: "s3:GetObject", resource: SEGMENT, keys }));
    }
}

#[test]
fn a_bucket_of_an_earlier_stack_requires_the_ledger_table_of_that_stack() {
    let template = template();
    let rule = &template["Rules"]["ArchiveKeepsItsLedger"];
    let text = |value: &Value| yaml_serde::to_string(value).unwrap();
    assert!(text(&rule["RuleCondition"]).contains("ArchiveBucketName"));
    assert!(text(&rule["Assertions"][0]["Assert"]).contains("LedgerTableName"));
}

#[test]
fn the_break_glass_principal_has_no_default_and_is_a_role_or_user() {
    let parameter = &template()["Parameters"]["BreakGlassPrincipalArn"];
    assert!(parameter.get("Default").is_none(), "the deploying principal decides");
    let pattern = parameter["AllowedPattern"].as_str().unwrap();
    assert!(pattern.starts_with("^arn:") && pattern.ends_with("(role|user)/.+$"), "{pattern}");
}
