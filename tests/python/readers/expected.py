"""What each named query finds in the story.

Rows contain the labels of events instead of their ids. Instants are UTC, except for the local time of API keys.
"""

from readers.cases import Case, days, months, range_of_days

SCOPE = '{"changes":[{"field":"scope","old":null,"new":"read"}]}'
ADA, BOB = ("usr_ada", "Ada"), ("usr_bob", "Bob")
LOGIN = ("Login",)

CASES = [
    Case("admin_rights", days("acme", "2026-01-01", "2026-12-31"), [
        ("usr_bob", "bob@acme.example", "admin", "2026-03-03 09:00:00.000001", "2026-03-25 09:00:00.000000", False, "member.role_changed", *ADA, "bob promoted"),
        ("usr_cleo", "cleo@acme.example", "admin", "2026-03-10 09:00:00.000000", "2026-03-12 09:00:00.000000", False, "member.invited", *ADA, "cleo invited"),
        ("usr_dan", None, "admin", "2026-03-22 09:00:00.000000", None, True, "member.role_changed", *ADA, "dan promoted"),
        ("usr_cleo", None, "owner", "2026-04-01 09:00:00.000000", None, True, "organization.ownership_transferred", *ADA, "handed over"),
    ]),
    Case("api_keys_outside_hours", days("acme", "2026-10-01", "2026-10-31"), [
        ("07:59 on Wednesday", "2026-10-21 07:59:59.999999", "api_key.created", "succeeded", "user", *ADA, "key_ci", "CI", "192.0.2.1", SCOPE),
        ("18:00 on Wednesday", "2026-10-21 18:00:00.000000", "api_key.revoked", "succeeded", "user", *ADA, "key_ci", "CI", None, None),
        ("noon on Saturday", "2026-10-24 12:00:00.000000", "api_key.created", "failed", "user", *BOB, "key_ci", "CI", None, None),
        ("07:30 on Monday", "2026-10-26 07:30:00.000000", "api_key.revoked", "succeeded", "user", *BOB, "key_ci", "CI", None, None),
    ]),
    Case("changes_before_incident", {"org_id": "acme"} | months("2026-07-09", "2026-07-10") | {"from": "2026-07-09 10:15:00", "up to": "2026-07-10 10:15:00"}, [
        ("at the end", "2026-07-10 10:15:00.000000", "user", *BOB, "monitor.deleted", "monitor", "monitor_pay", "Payments", None, None),
        ("in between", "2026-07-10 00:00:00.000001", "api_key", "usr_bob", "Deploy", "status_page.updated", "status_page", None, None, None, None),
        ("just in time", "2026-07-09 10:15:00.000000", "user", *ADA, "monitor.updated", "monitor", "monitor_pay", "Payments", "192.0.2.1", '{"changes":[{"field":"pause","old":false,"new":true}]}'),
    ]),
    Case("changes_to_monitor", days("acme", "2026-08-01", "2026-08-31", **{"monitor id": "monitor_login"}), [
        ("login made", "2026-08-01 00:00:00.000000", *ADA, "monitor.created", "succeeded", *LOGIN, None, None, None),
        ("login changed", "2026-08-02 09:00:00.000000", *ADA, "monitor.updated", "succeeded", *LOGIN, "interval_s", "60", "9007199254740993"),
        ("login changed", "2026-08-02 09:00:00.000000", *ADA, "monitor.updated", "succeeded", *LOGIN, "url", "null", '"https://é.example"'),
        ("login not changed", "2026-08-03 09:00:00.000000", *BOB, "monitor.updated", "failed", *LOGIN, None, None, None),
        ("login touched", "2026-08-04 09:00:00.000000", *BOB, "monitor.updated", "succeeded", *LOGIN, None, None, None),
        ("login moved", "2026-08-05 09:00:00.000000", "usr_bob", None, "monitor.updated", "succeeded", *LOGIN, "regions", '["eu"]', '["eu","us"]'),
    ]),
    Case("everything_by_actor", days("acme", "2026-06-01", "2026-06-02", **{"actor id": "usr_bob", "or e-mail": "BOB@acme.example"}), [
        ("bob at first", "2026-06-01 00:00:00.000000", "domain.added", "succeeded", None, "domain", "d1", "a.example", "2001:db8::1", None, None, '{"n":9007199254740993}'),
        ("bob by e-mail", "2026-06-01 12:00:00.000000", "domain.removed", "succeeded", None, "domain", "d1", None, None, None, None, None),
        ("bob at last", "2026-06-02 23:59:59.999999", "domain.added", "failed", "taken", "domain", "d3", "c.example", None, None, None, None),
    ]),
    Case("everything_by_actor", days("acme", "2026-06-15", "2026-06-15", **{"actor id": "none", "or e-mail": "Zoé.σασ@ACME.example"}), [
        ("zoe in capitals", "2026-06-15 09:00:00.000000", "domain.added", "succeeded", None, "domain", "d5", "e.example", None, None, None, None),
        ("zoe", "2026-06-15 10:00:00.000000", "domain.added", "succeeded", None, "domain", "d6", "f.example", None, None, None, None),
    ]),
    Case("failed_actions_by_actor", days("acme", "2026-05-01", "2026-05-31"), [
        ("anonymous", "anonymous", None, 2, "session.created", "2026-05-03 10:00:00.000000", "2026-05-03 10:00:01.000000", "locked"),
        ("user", "usr_bob", None, 2, "billing.plan_changed, monitor.deleted", "2026-05-02 09:00:00.000000", "2026-05-03 09:00:00.000000", None),
        ("api_key", "usr_bob", "Deploy", 1, "monitor.deleted", "2026-05-04 09:00:00.000000", "2026-05-04 09:00:00.000000", "read only"),
    ]),
    Case("ip_across_orgs", range_of_days("2026-09-01", "2026-09-02") | {"ip": "203.0.113.7"}, [
        ("globex", "api_key", "usr_bob", None, 3, 0, "domain.added, domain.removed", "2026-09-01 09:00:00.000000", "2026-09-01 09:00:02.000000"),
        ("acme", "user", "usr_bob", None, 2, 1, "monitor.created, monitor.deleted", "2026-09-01 09:00:00.000000", "2026-09-02 09:00:00.000000"),
        ("globex", "user", "usr_9", "Bob@ACME.example", 1, 0, "domain.added", "2026-09-02 23:59:59.999999", "2026-09-02 23:59:59.999999"),
    ]),
    Case("new_members_access_review", days("acme", "2026-03-01", "2026-11-22"), [
        ("usr_fay", "fay@acme.example", "2026-03-07 09:00:00.000000", "usr_bob", "editor", 0, True, "2026-03-06 09:00:00.000000"),
        ("usr_cleo", "cleo@acme.example", "2026-03-10 09:00:00.000000", "usr_ada", "viewer", 1, True, None),
        ("usr_dan", None, "2026-03-20 09:00:00.000000", "usr_bob", "admin", 2, True, None),
        ("usr_bob", "bob@acme.example", "2026-03-02 09:00:00.000000", "usr_ada", "admin", 1, False, "2026-03-25 09:00:00.000000"),
    ]),
]  # fmt: skip
