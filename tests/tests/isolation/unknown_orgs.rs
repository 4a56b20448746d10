//! A caller learns that an org is unknown or has no audit logs, and nothing about its events.

use audit_tests::TestStack;
use audit_tests::api::Api;

use crate::gateway::{Caller, Gateway};
use crate::routes::{EVENT, documented};

const NO_EVENT: &str = "0193535e-9e4b-774b-8000-000000000005";

/// Asserts that all routes that `needs` picks refuse `org` in one and the same way, for an id that exists and others.
async fn assert_refused_alike(stack: &TestStack, org: &str, ids: &[&str], problem: &str, plan_alone: bool) {
    let gateway = Gateway::of(stack);
    for route in documented().iter().filter(|route| if plan_alone { route.needs_plan() } else { route.needs_org() }) {
        let mut told: Option<String> = None;
        for id in ids {
            let answer = gateway.call(route, org, id, &Caller::verified()).await;
            assert_eq!(answer.problem(), problem, "{route:?} {id}");
            assert!(told.is_none_or(|told| told == answer.text), "{route:?} {id}: {}", answer.text);
            told = Some(answer.text);
        }
        assert!(told.is_some());
    }
}

#[tokio::test]
async fn an_unknown_org_is_404_on_every_route_whatever_else_is_wrong() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    let id = api.record("acme", &[EVENT.to_owned()]).await.remove(0).0;
    assert_refused_alike(&stack, "nobody", &[&id, NO_EVENT, "no-id"], "unknown-org", false).await;
    for query in ["limit=0", "cursor=x", "form=1", ""] {
        assert_eq!(api.get(&format!("/v1/orgs/nobody/events?{query}")).await.problem(), "unknown-org", "{query}");
    }
    assert_eq!(api.post("/v1/orgs/nobody/events", "not JSON").await.problem(), "unknown-org");
}

#[tokio::test]
async fn an_org_that_lost_the_plan_is_403_for_events_that_are_there_and_that_are_not() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    let archived = api.record("acme", &[EVENT.to_owned()]).await.remove(0).0;
    api.archive().await;
    let hot = api.record("acme", &[EVENT.to_owned()]).await.remove(0).0;
    api.put("/v1/orgs/acme", r#"{"name":"Acme","plan":"team"}"#).await;
    assert_refused_alike(&stack, "acme", &[&archived, &hot, NO_EVENT, "no-id"], "plan-required", true).await;
}
