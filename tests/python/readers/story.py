"""A small story of two orgs, in which each named query finds something and leaves something similar out."""

ADA = ("user", "usr_ada", "Ada", "ada@acme.example")
BOB = ("user", "usr_bob", "Bob", "bob@acme.example")
NAMELESS_BOB = ("user", "usr_bob", None, None)
ALIAS = ("user", "usr_9", "Robert", "Bob@ACME.example")
KEY = ("api_key", "usr_bob", "Deploy", None)
NOBODY = ("anonymous", "anonymous", None, None)

ORGANIZATION = ("organization", "org_1", "Acme")
BOBBY = ("member", "usr_bob", "bob@acme.example")
CLEO = ("member", "usr_cleo", "cleo@acme.example")
DAN = ("member", "usr_dan", "dan@acme.example")
NAMELESS_DAN = ("member", "usr_dan", None)
FAY = ("member", "usr_fay", "fay@acme.example")
GUS = ("member", "usr_gus", "gus@acme.example")
CI = ("api_key", "key_ci", "CI")
LOGIN = ("monitor", "monitor_login", "Login")
PAY = ("monitor", "monitor_pay", "Payments")
BOARD = ("dashboard", "monitor_login", "Login")
ACCOUNT = ("user", "usr_bob", "Bob")


def event(label, at, actor, action, target, details=None, *, changes=None, failed=False, why=None, ip=None):
    """One event as JSON; `changes` are (field, old, new)."""
    if changes is not None:
        details = {"changes": [dict(zip(("field", "old", "new"), change)) for change in changes]}
    return {
        "occurred_at": at,
        "actor": dict(zip(("type", "id", "name", "email"), actor)),
        "action": action,
        "target": dict(zip(("type", "id", "name"), target)),
        "result": "failed" if failed else "succeeded",
        "failure_reason": why,
        "context": {"ip": ip},
        "details": details,
        "idempotency_key": label,
    }


ACME = [
    # Members and their roles.
    event("zoe before the year", "2025-12-31T23:59:59.999999Z", ADA, "member.invited", ("member", "usr_zoe", "zoe"), changes=[("role", None, "admin")]),
    event("gus invited", "2026-02-01T09:00:00Z", ADA, "member.invited", GUS, changes=[("role", None, "viewer")]),
    event("bob invited", "2026-03-02T09:00:00Z", ADA, "member.invited", BOBBY, changes=[("role", None, "editor")]),
    event("bob promoted", "2026-03-03T09:00:00.000001Z", ADA, "member.role_changed", BOBBY, changes=[("role", "editor", "admin")]),
    event("fay invited", "2026-03-05T09:00:00Z", ADA, "member.invited", FAY, changes=[("role", None, "viewer")]),
    event("fay removed", "2026-03-06T09:00:00Z", ADA, "member.removed", FAY),
    event("fay invited again", "2026-03-07T09:00:00Z", BOB, "member.invited", FAY, changes=[("role", None, "editor")]),
    event("gus changed", "2026-03-08T09:00:00Z", ADA, "member.role_changed", GUS, changes=[("role", "viewer", "editor")]),
    event("cleo invited", "2026-03-10T09:00:00Z", ADA, "member.invited", CLEO, changes=[("role", None, "admin")]),
    event("cleo not promoted", "2026-03-11T09:00:00Z", BOB, "member.role_changed", CLEO, changes=[("role", "admin", "owner")], failed=True, why="only the owner may"),
    event("cleo demoted", "2026-03-12T09:00:00Z", BOB, "member.role_changed", CLEO, changes=[("role", "admin", "viewer")]),
    event("dan invited", "2026-03-20T09:00:00Z", BOB, "member.invited", DAN),
    event("dan changed somehow", "2026-03-21T09:00:00Z", BOB, "member.role_changed", DAN, {"changes": "role"}),
    event("dan promoted", "2026-03-22T09:00:00Z", ADA, "member.role_changed", NAMELESS_DAN, changes=[("team", None, "ops"), ("role", "viewer", "admin")]),
    event("bob removed", "2026-03-25T09:00:00Z", ADA, "member.removed", BOBBY),
    event("handed over", "2026-04-01T09:00:00Z", ADA, "organization.ownership_transferred", ORGANIZATION, changes=[("owner", "usr_ada", "usr_cleo")]),
    # Failures.
    event("bob may not", "2026-05-02T09:00:00Z", BOB, "monitor.deleted", PAY, failed=True, why="permission denied"),
    event("bob may not pay", "2026-05-03T09:00:00Z", NAMELESS_BOB, "billing.plan_changed", ORGANIZATION, failed=True),
    event("wrong once", "2026-05-03T10:00:00Z", NOBODY, "session.created", ACCOUNT, failed=True, why="wrong password"),
    event("wrong twice", "2026-05-03T10:00:01Z", NOBODY, "session.created", ACCOUNT, failed=True, why="locked"),
    event("key may not", "2026-05-04T09:00:00Z", KEY, "monitor.deleted", PAY, failed=True, why="read only"),
    event("bob may", "2026-05-04T10:00:00Z", BOB, "monitor.created", PAY),
    # One actor.
    event("bob at first", "2026-06-01T00:00:00Z", NAMELESS_BOB, "domain.added", ("domain", "d1", "a.example"), {"n": 9007199254740993}, ip="2001:db8::1"),
    event("bob by e-mail", "2026-06-01T12:00:00Z", ALIAS, "domain.removed", ("domain", "d1", None)),
    event("not bob", "2026-06-01T13:00:00Z", ADA, "domain.added", ("domain", "d2", "b.example")),
    event("bob at last", "2026-06-02T23:59:59.999999Z", BOB, "domain.added", ("domain", "d3", "c.example"), failed=True, why="taken"),
    event("bob too late", "2026-06-03T00:00:00Z", BOB, "domain.added", ("domain", "d4", "d.example")),
    # The same name in two cases, the second one with its accent decomposed.
    event("zoe in capitals", "2026-06-15T09:00:00Z", ("user", "usr_z1", None, "ZOÉ.ΣΑΣ@acme.example"), "domain.added", ("domain", "d5", "e.example")),
    event("zoe", "2026-06-15T10:00:00Z", ("user", "usr_z2", None, "zoe\u0301.σας@acme.example"), "domain.added", ("domain", "d6", "f.example")),
    # Before an incident.
    event("too early", "2026-07-09T10:14:59.999Z", ADA, "monitor.updated", PAY),
    event("just in time", "2026-07-09T10:15:00Z", ADA, "monitor.updated", PAY, changes=[("pause", False, True)], ip="192.0.2.1"),
    event("tried", "2026-07-09T18:00:00Z", ADA, "monitor.updated", PAY, failed=True),
    event("in between", "2026-07-10T00:00:00.000001Z", KEY, "status_page.updated", ("status_page", None, None)),
    event("at the end", "2026-07-10T10:15:00Z", BOB, "monitor.deleted", PAY),
    event("too late", "2026-07-10T10:15:00.001Z", BOB, "monitor.deleted", LOGIN),
    # One monitor.
    event("login made", "2026-08-01T00:00:00Z", ADA, "monitor.created", LOGIN),
    event("login changed", "2026-08-02T09:00:00Z", ADA, "monitor.updated", LOGIN, changes=[("url", None, "https://é.example"), ("interval_s", 60, 9007199254740993)]),
    event("login not changed", "2026-08-03T09:00:00Z", BOB, "monitor.updated", LOGIN, {"note": "x"}, failed=True),
    event("login touched", "2026-08-04T09:00:00Z", BOB, "monitor.updated", LOGIN, changes=[]),
    event("login moved", "2026-08-05T09:00:00Z", NAMELESS_BOB, "monitor.updated", LOGIN, changes=[("regions", ["eu"], ["eu", "us"])]),
    event("pay changed", "2026-08-05T10:00:00Z", ADA, "monitor.updated", PAY, changes=[("url", None, "u")]),
    event("board changed", "2026-08-05T11:00:00Z", ADA, "dashboard.updated", BOARD, changes=[("url", None, "u")]),
    # One address.
    event("bob from there", "2026-09-01T09:00:00Z", BOB, "monitor.created", PAY, ip="203.0.113.7"),
    event("bob fails from there", "2026-09-02T09:00:00Z", NAMELESS_BOB, "monitor.deleted", PAY, failed=True, ip="203.0.113.7"),
    event("bob from elsewhere", "2026-09-02T10:00:00Z", BOB, "monitor.deleted", PAY, ip="203.0.113.70"),
    event("bob later", "2026-09-03T00:00:00Z", BOB, "monitor.created", PAY, ip="203.0.113.7"),
    # API keys. Berlin is two hours ahead until 25 October, then one.
    event("07:59 on Wednesday", "2026-10-21T05:59:59.999999Z", ADA, "api_key.created", CI, changes=[("scope", None, "read")], ip="192.0.2.1"),
    event("08:00 on Wednesday", "2026-10-21T06:00:00Z", ADA, "api_key.created", CI),
    event("17:59 on Wednesday", "2026-10-21T15:59:59.999999Z", ADA, "api_key.revoked", CI),
    event("18:00 on Wednesday", "2026-10-21T16:00:00Z", ADA, "api_key.revoked", CI),
    event("another action", "2026-10-21T20:00:00Z", ADA, "api_key.renamed", CI),
    event("noon on Saturday", "2026-10-24T10:00:00Z", BOB, "api_key.created", CI, failed=True),
    event("07:30 on Monday", "2026-10-26T06:30:00Z", BOB, "api_key.revoked", CI),
    event("17:30 on Monday", "2026-10-26T16:30:00Z", BOB, "api_key.revoked", CI),
]  # fmt: skip
GLOBEX = [
    event("globex admin", "2026-03-10T09:00:00Z", BOB, "member.invited", CLEO, changes=[("role", None, "admin")]),
    event("globex failure", "2026-05-03T10:00:00Z", BOB, "monitor.deleted", PAY, failed=True),
    event("globex bob", "2026-06-01T09:00:00Z", BOB, "monitor.created", LOGIN),
    event("globex incident", "2026-07-10T09:00:00Z", BOB, "monitor.deleted", LOGIN),
    event("globex monitor", "2026-08-02T09:00:00Z", BOB, "monitor.deleted", LOGIN),
    event("globex 1", "2026-09-01T09:00:00Z", KEY, "domain.added", ("domain", "d1", "a"), ip="203.0.113.7"),
    event("globex 2", "2026-09-01T09:00:01Z", KEY, "domain.added", ("domain", "d2", "b"), ip="203.0.113.7:443"),
    event("globex 3", "2026-09-01T09:00:02Z", KEY, "domain.removed", ("domain", "d2", "b"), ip="10.0.0.1, ::ffff:203.0.113.7"),
    event("globex 4", "2026-09-02T23:59:59.999999Z", ALIAS, "domain.added", ("domain", "d3", "c"), ip="203.0.113.7"),
    event("globex key", "2026-10-24T10:00:00Z", BOB, "api_key.created", CI),
]  # fmt: skip
ORGS = {"acme": ACME, "globex": GLOBEX}
