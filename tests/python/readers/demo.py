"""What each named query finds of the incident in `serve --demo`. The other events of the demo are random."""

from datetime import date, timedelta

from readers.cases import Case, days, months, range_of_days

ORG = "demo"
INTRUDER_IP = "203.0.113.66"
POLICIES = ["escalation_policy_payments", "escalation_policy_platform", "escalation_policy_security"]
MONITORS = ["monitor_payments_api", "monitor_ledger", "monitor_login", "monitor_vault", "monitor_audit_export"]
DENIED = "permission denied: only the owner can delete the main page"


def deleted(kind, ids):
    return [(f"{kind}.deleted", id) for id in ids]


def cases(day):
    """The cases, for the day of the incident."""
    that_day = days(ORG, day, day)
    weeks_before = str(date.fromisoformat(day) - timedelta(days=70))
    by_key = [*deleted("escalation_policy", POLICIES), *deleted("monitor", MONITORS)]
    by_user = [("session.created", "usr_08"), ("api_key.created", "key_backup_sync")]
    changes = [*by_user, *by_key[:3], ("member.role_changed", "usr_11"), *by_key[3:]]
    keys = [("api_key.created", "usr_08", INTRUDER_IP)]
    if date.fromisoformat(day).weekday() >= 5:
        # Revoked in the morning of a day without working hours.
        keys.append(("api_key.revoked", "usr_01", "198.51.100.10"))
    return [
        Case("admin_rights", that_day, [("usr_11", "admin", False, "member.role_changed", "usr_08")],
             ["member_id", "role", "still_held", "action", "given_by"], about="usr_11"),
        Case("api_keys_outside_hours", that_day, keys, ["action", "actor_id", "ip"], about="key_backup_sync"),
        Case("changes_before_incident",
             {"org_id": ORG} | months(day, day) | {"from": f"{day} 02:00:00", "up to": f"{day} 03:00:00"},
             changes[::-1], ["action", "target_id"], about=INTRUDER_IP),
        Case("changes_to_monitor", that_day | {"monitor id": "monitor_vault"},
             [("key_backup_sync", "monitor.deleted", "Tresor", None)],
             ["actor_id", "action", "target_name", "field"], about="key_backup_sync"),
        Case("everything_by_actor", that_day | {"actor id": "key_backup_sync", "or e-mail": ""},
             [*((*it, "succeeded", None, INTRUDER_IP) for it in by_key),
              ("status_page.deleted", "status_page_main", "failed", DENIED, INTRUDER_IP)],
             ["action", "target_id", "result", "failure_reason", "ip"]),
        Case("failed_actions_by_actor", that_day,
             [("api_key", "key_backup_sync", "backup-sync", 1, "status_page.deleted", DENIED)],
             ["actor_type", "actor_id", "actor_name", "failures", "actions", "last_reason"], about="key_backup_sync"),
        Case("ip_across_orgs", range_of_days(day, day) | {"ip": INTRUDER_IP}, [
            ("demo", "api_key", "key_backup_sync", 9, 1, "escalation_policy.deleted, monitor.deleted, status_page.deleted"),
            ("demo", "anonymous", "anonymous", 3, 3, "session.created"),
            ("demo", "user", "usr_08", 3, 0, "api_key.created, member.role_changed, session.created"),
        ], ["org_id", "actor_type", "actor_id", "events", "failures", "actions"]),
        Case("new_members_access_review", days(ORG, weeks_before, day),
             [("usr_90", "zoë@acme.example", "usr_01", "editor", 1, False)],
             ["member_id", "member_name", "invited_by", "latest_role", "role_changes", "has_access"], about="usr_90"),
    ]  # fmt: skip
