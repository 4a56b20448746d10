//! What a repeat that is stored under another category than the archived event shows, until the next pass drops it.

use audit_core::Category;
use audit_tests::api::Api;
use audit_tests::rows::{event, id_in, put};
use audit_tests::walk::Search;
use audit_tests::{TestStack, instant, org};

/// The catalog of a newer version may put an action into another category, and a repeat is stored with that.
#[tokio::test]
async fn a_repeat_under_another_category_is_found_by_both_until_the_next_pass_and_then_by_the_archived_one() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    let archived = event(id_in(0, instant("2026-11-22T10:00:00Z").micros(), 0), "usr_1", 0);
    put(&stack, std::slice::from_ref(&archived)).await;
    stack.compactor().pass(&org("acme"), true, None).await.unwrap();
    let mut repeat = archived.clone();
    repeat.category = Category::from_stored("billing");
    put(&stack, &[repeat]).await;

    let categories = async |query: &str| {
        let found = Search::new("acme", query).walk(&api, 10).await;
        found.iter().map(|event| event["category"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for order in ["oldest", "newest"] {
        assert_eq!(categories(&format!("order={order}")).await, ["team"], "once, as it was archived");
        assert_eq!(categories(&format!("order={order}&category=team")).await, ["team"]);
        assert_eq!(
            categories(&format!("order={order}&category=billing")).await,
            ["billing"],
            "as the repeat was stored"
        );
        let both = categories(&format!("order={order}&category=billing&category=team")).await;
        assert_eq!(both, ["team"], "once, as it was archived");
    }
    let found = api.get(&format!("/v1/orgs/acme/events/{}", archived.id)).await.json();
    assert_eq!(found["category"], "team", "a look-up returns the archived copy");

    stack.compactor().pass(&org("acme"), true, None).await.unwrap();
    assert_eq!(categories("category=team").await, ["team"]);
    assert_eq!(categories("category=billing").await, Vec::<String>::new());
}
