use serde_json::{Value, json};

use super::action;

/// A record with the needed members and some more.
fn record(more: Value) -> Value {
    let mut record = json!({
        "eventTime": "2024-03-01T09:30:00Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": "PutObject",
        "eventID": "6f1c2f0e-0000-4000-8000-000000000001",
    });
    record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    record
}

fn event(more: Value) -> Value {
    serde_json::from_str(&super::event(&record(more).to_string()).unwrap()).unwrap()
}

#[test]
fn a_record_becomes_an_event() {
    let more = json!({
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::1:user/ada", "principalId": "AIDA", "userName": "ada"},
        "sourceIPAddress": "192.0.2.7",
        "userAgent": "aws-cli/2",
        "requestID": "req-1",
        "resources": [{"ARN": "arn:aws:s3:::b", "accountId": "1", "type": "AWS::S3::Bucket"}, {"ARN": "other"}],
    });
    assert_eq!(
        event(more.clone()),
        json!({
            "occurred_at": "2024-03-01T09:30:00Z",
            "actor": {"type": "user", "id": "arn:aws:iam::1:user/ada", "name": "ada"},
            "action": "s3.put_object",
            "target": {"type": "AWS::S3::Bucket", "id": "arn:aws:s3:::b"},
            "result": "succeeded",
            "context": {"ip": "192.0.2.7", "user_agent": "aws-cli/2", "request_id": "req-1"},
            "idempotency_key": "6f1c2f0e-0000-4000-8000-000000000001",
            "details": record(more),
        })
    );
}

#[test]
fn the_details_are_the_text_of_the_record() {
    let line = r#" {"eventTime":"2024-03-01T09:30:00Z", "eventSource":"s3.amazonaws.com","eventName":"X",
        "n":9007199254740993,"one":1.0,"t":"\u00e9\/","b":1,"a":1e400} "#;
    let event = super::event(line).unwrap();
    assert!(event.ends_with(&format!(r#""details":{}}}"#, line.trim())), "{event}");
    let key = super::Sha256::of(line.as_bytes()).to_string();
    assert!(event.contains(&format!(r#""idempotency_key":"{key}""#)), "without an eventID the line is the key");
}

#[test]
fn the_actor_is_read_from_the_identity() {
    let actor = |identity: Value| event(json!({"userIdentity": identity}))["actor"].clone();
    let issuer = json!({"sessionIssuer": {"userName": "deploy"}});
    assert_eq!(
        actor(json!({"type": "AssumedRole", "principalId": "AROA:ci", "sessionContext": issuer})),
        json!({"type": "user", "id": "AROA:ci", "name": "deploy"})
    );
    assert_eq!(
        actor(json!({"type": "FederatedUser", "arn": "a", "sessionContext": issuer})),
        json!({"type": "user", "id": "a"})
    );
    assert_eq!(
        actor(json!({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"})),
        json!({"type": "service", "id": "ec2.amazonaws.com"})
    );
    assert_eq!(
        actor(json!({"accountId": "1", "invokedBy": "rds.amazonaws.com"})),
        json!({"type": "service", "id": "rds.amazonaws.com"})
    );
    assert_eq!(
        actor(json!({"type": "AWSAccount", "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL"})),
        json!({"type": "anonymous", "id": "ANONYMOUS_PRINCIPAL"})
    );
    assert_eq!(actor(json!({"type": "AWSAccount", "accountId": "1"})), json!({"type": "user", "id": "1"}));
    assert_eq!(actor(json!({"type": "Root"})), json!({"type": "user", "id": "Root"}));
    for nobody in [json!(null), json!({})] {
        assert_eq!(actor(nobody), json!({"type": "anonymous", "id": "unknown"}));
    }
}

#[test]
fn the_target_is_the_first_name_in_the_parameters_where_no_resource_has_one() {
    let target = |more: Value| event(more).get("target").cloned();
    let parameters = json!({"instanceId": "i-1", "roleName": "r"});
    let role = Some(json!({"type": "role", "id": "r"}));
    assert_eq!(target(json!({"requestParameters": parameters})), role);
    assert_eq!(target(json!({"resources": [{"type": "AWS::X"}], "requestParameters": parameters})), role);
    assert_eq!(target(json!({"resources": [{"ARN": "arn:x"}]})), Some(json!({"id": "arn:x"})));
    let set = json!({"instancesSet": {"items": [{"instanceId": "i-2"}]}, "bucketName": ""});
    assert_eq!(target(json!({"requestParameters": set})), Some(json!({"type": "instance", "id": "i-2"})));
    assert_eq!(target(json!({"requestParameters": "text", "resources": null})), None);
}

#[test]
fn an_error_code_is_a_failure_with_a_reason_that_fits() {
    let failed = |more: Value| {
        let event = event(more);
        assert_eq!(event["result"], "failed");
        event["failure_reason"].as_str().unwrap().to_owned()
    };
    assert_eq!(failed(json!({"errorCode": "AccessDenied", "errorMessage": "no"})), "AccessDenied: no");
    assert_eq!(failed(json!({"errorCode": "AccessDenied"})), "AccessDenied");
    let fits = "é".repeat(1_020);
    assert_eq!(failed(json!({"errorCode": "Code12", "errorMessage": fits})), format!("Code12: {fits}"));
    assert_eq!(failed(json!({"errorCode": "Code123", "errorMessage": fits})), "Code123");
    assert_eq!(event(json!({"errorCode": null, "errorMessage": "stray"}))["result"], "succeeded");
}

#[test]
fn the_ip_is_kept_only_where_it_is_one() {
    let context = |source: &str| event(json!({"sourceIPAddress": source})).get("context").cloned();
    assert_eq!(context("2001:db8::1"), Some(json!({"ip": "2001:db8::1"})));
    for name in ["AWS Internal", "rds.amazonaws.com", "", "192.0.2.1:80"] {
        assert_eq!(context(name), None, "{name}");
    }
}

#[test]
fn a_line_that_is_not_a_record_is_rejected() {
    assert_eq!(super::event("{}").unwrap_err(), "not a CloudTrail record: eventTime is missing");
    assert!(super::event(r#"{"eventTime":"t","eventSource":"s"}"#).unwrap_err().contains("eventName"));
    for line in ["[]", "x", "{", r#"{"a":01}"#] {
        assert!(super::event(line).unwrap_err().starts_with("not a JSON object"), "{line}");
    }
}

#[test]
fn names_become_snake_case_with_acronyms_as_one_word() {
    for (name, snake) in [
        ("GetObject", "get_object"),
        ("DescribeVPCs", "describe_vpcs"),
        ("DescribeVPCsInUse", "describe_vpcs_in_use"),
        ("DescribeVpcs", "describe_vpcs"),
        ("ListMFADevices", "list_mfa_devices"),
        ("SendSSHPublicKey", "send_ssh_public_key"),
        ("CreateDBInstance", "create_db_instance"),
        ("DescribeDBs", "describe_dbs"),
        ("DescribeEC2Instances", "describe_ec2_instances"),
        ("AddPermission20150331v2", "add_permission20150331v2"),
        ("ListTagsLogGroup", "list_tags_log_group"),
        ("REST.GET.OBJECT", "rest_get_object"),
        ("Already_Snake-Kebab", "already_snake_kebab"),
        ("ÉtatCivil", "tat_civil"),
    ] {
        assert_eq!(action("s3.amazonaws.com", name), format!("s3.{snake}"));
    }
}

#[test]
fn every_source_and_name_becomes_one_well_formed_word() {
    assert_eq!(action("ec2-instance-connect.amazonaws.com", "A"), "ec2_instance_connect.a");
    assert_eq!(action("Some.Other.Source", "A"), "some_other_source.a");
    assert_eq!(action("2fa.amazonaws.com", "日本"), "x_2fa.unknown");
}
