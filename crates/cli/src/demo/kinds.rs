//! The kinds of things the company has. A `#` in a name becomes a number.

use super::shelf::Kind;

pub(super) static MONITOR: Kind = Kind {
    noun: "monitor",
    comes: "created",
    changes: "updated",
    goes: "deleted",
    names: &[
        "API health, region #",
        "Checkout – Zürich #",
        "Login page #",
        "Search latency p99 #",
        "ログイン監視 #",
        "Warenkorb #",
        "DNS: shop-#.acme.example",
        "TLS expiry, edge #",
        "Cron: nightly export #",
        "Écran d’accueil #",
    ],
    fields: &[
        ("interval_s", &["30", "60", "180", "300"]),
        ("timeout_ms", &["2500", "5000", "10000"]),
        ("paused", &["false", "true"]),
        ("regions", &[r#"["eu"]"#, r#"["eu","us"]"#, r#"["eu","us","ap"]"#]),
    ],
};

pub(super) static ESCALATION_POLICY: Kind = Kind {
    noun: "escalation_policy",
    comes: "created",
    changes: "updated",
    goes: "deleted",
    names: &["Payments, first line #", "Plattform-Bereitschaft #", "Data team #", "Entrepôt #", "Customer-facing #"],
    fields: &[("repeat", &["0", "1", "3"]), ("wait_min", &["5", "10", "15", "30"])],
};

pub(super) static ON_CALL_SCHEDULE: Kind = Kind {
    noun: "on_call_schedule",
    comes: "created",
    changes: "updated",
    goes: "deleted",
    names: &["Weekdays #", "Wochenend-Rotation Köln #", "Follow the sun #", "Feiertage #", "夜間当番 #"],
    fields: &[
        ("on_call", &["Bruno Carvalho", "Chiara Rossi", "Дмитро Шевченко", "Göran Åkesson", "Nguyễn Thị Hoa"]),
        ("handover", &["Monday 09:00", "Wednesday 10:00", "Friday 16:00"]),
    ],
};

pub(super) static STATUS_PAGE: Kind = Kind {
    noun: "status_page",
    comes: "created",
    changes: "updated",
    goes: "deleted",
    names: &["status-#.acme.example", "Partners #", "Öffentlich #", "Internal 🔧 #"],
    fields: &[
        ("headline", &["All systems operational", "Wir untersuchen eine Störung", "Scheduled maintenance"]),
        ("public", &["true", "false"]),
    ],
};

pub(super) static DOMAIN: Kind = Kind {
    noun: "domain",
    comes: "added",
    changes: "",
    goes: "removed",
    names: &["shop-#.acme.example", "api-#.acme.example", "bücher-#.example", "cdn-#.acme.example"],
    fields: &[],
};

pub(super) static CLOUD_ACCOUNT: Kind = Kind {
    noun: "cloud_account",
    comes: "connected",
    changes: "",
    goes: "disconnected",
    names: &["aws production #", "aws sandbox #", "gcp analytics #", "azure entra #"],
    fields: &[("access", &["read-only"])],
};

pub(super) static REPOSITORY: Kind = Kind {
    noun: "repository",
    comes: "connected",
    changes: "",
    goes: "disconnected",
    names: &["acme/checkout-#", "acme/infra-#", "acme/mobile-#", "acme/docs-#"],
    fields: &[("branch", &["main", "trunk", "release"])],
};

pub(super) static API_KEY: Kind = Kind {
    noun: "api_key",
    comes: "created",
    changes: "",
    goes: "revoked",
    names: &["Grafana #", "Deploy bot #", "Load test #", "Schlüssel für Berichte #"],
    fields: &[("scope", &["read", "write"]), ("expires_in_days", &["30", "90", "365"])],
};

pub(super) static MEMBER: Kind = Kind {
    noun: "member",
    comes: "invited",
    changes: "role_changed",
    goes: "removed",
    names: &[
        "contractor-#@partner.example",
        "trainee-#@acme.example",
        "support-#@acme.example",
        "jürgen-#@acme.example",
    ],
    fields: &[("role", &["viewer", "editor", "admin"])],
};
