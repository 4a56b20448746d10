//! Who acts in the demo. Addresses and names are reserved for documentation.

/// Somebody or something that acts.
#[derive(Debug)]
pub(super) struct Actor {
    pub(super) kind: &'static str,
    pub(super) id: &'static str,
    pub(super) name: Option<&'static str>,
    pub(super) email: Option<&'static str>,
    /// Where its requests come from; none for what runs inside the product.
    pub(super) ips: &'static [&'static str],
    pub(super) user_agent: Option<&'static str>,
}

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const SAFARI: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15";
const CHROME: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36";
/// What the intruder uses.
pub(super) const CURL: &str = "curl/8.9.1";
/// Where the intruder comes from; nobody else does.
pub(super) const INTRUDER_IP: &str = "203.0.113.66";

const fn person(
    id: &'static str,
    name: &'static str,
    email: &'static str,
    ips: &'static [&'static str],
    user_agent: &'static str,
) -> Actor {
    Actor { kind: "user", id, name: Some(name), email: Some(email), ips, user_agent: Some(user_agent) }
}

const fn machine(kind: &'static str, id: &'static str, name: &'static str) -> Actor {
    Actor { kind, id, name: Some(name), email: None, ips: &[], user_agent: None }
}

const fn api_key(
    id: &'static str,
    name: &'static str,
    ips: &'static [&'static str],
    user_agent: &'static str,
) -> Actor {
    Actor { ips, user_agent: Some(user_agent), ..machine("api_key", id, name) }
}

/// The owner.
pub(super) static ADA: &Actor = &PEOPLE[0];
/// The admin whose session the intruder has.
pub(super) static MAREK: &Actor = &PEOPLE[7];

/// The people: an owner, then those who edit; the last [`VIEWERS`] may only look.
pub(super) static PEOPLE: [Actor; 12] = [
    person("usr_01", "Ada Lindqvist", "ada@acme.example", &["198.51.100.10", "2001:db8:1::10"], FIREFOX),
    person("usr_02", "Bruno Carvalho", "bruno@acme.example", &["198.51.100.10", "203.0.113.21"], CHROME),
    person("usr_03", "Chiara Rossi", "chiara@acme.example", &["198.51.100.10"], SAFARI),
    person("usr_04", "Дмитро Шевченко", "dmytro@acme.example", &["203.0.113.34", "2001:db8:4::1"], FIREFOX),
    person("usr_05", "Élodie Garnier", "elodie@acme.example", &["198.51.100.11"], SAFARI),
    person("usr_06", "Fatima Al-Sayed", "fatima@acme.example", &["198.51.100.11", "203.0.113.40"], CHROME),
    person("usr_07", "Göran Åkesson", "goran@acme.example", &["2001:db8:7::a1"], FIREFOX),
    person("usr_08", "Marek Dvořák", "marek@acme.example", &["198.51.100.10", "203.0.113.52"], CHROME),
    person("usr_09", "Nguyễn Thị Hoa", "hoa@acme.example", &["198.51.100.12"], CHROME),
    person("usr_10", "Owen O'Brien", "owen@acme.example", &["203.0.113.77"], SAFARI),
    person("usr_11", "Priya Nair", "priya@acme.example", &["198.51.100.12", "2001:db8:b::5"], FIREFOX),
    person("usr_12", "佐藤 美咲", "misaki@acme.example", &["203.0.113.90"], SAFARI),
];

/// How many of the people may only look.
pub(super) const VIEWERS: usize = 3;

/// The API keys of everyday work.
pub(super) static API_KEYS: [Actor; 3] = [
    api_key("key_terraform", "Terraform", &["192.0.2.15"], "terraform-provider-acme/4.2.0"),
    api_key("key_ci", "CI: déploiement", &["192.0.2.16", "192.0.2.17"], "acme-cli/2.8.1"),
    api_key("key_import", "Asset import", &["2001:db8:c1::7"], "python-requests/2.32.5"),
];

/// The API key that the intruder makes.
pub(super) static INTRUDER_KEY: Actor = api_key("key_backup_sync", "backup-sync", &[INTRUDER_IP], CURL);

/// Services of the product.
pub(super) static SERVICES: [Actor; 2] =
    [machine("service", "svc_rotation", "Rotation planner"), machine("service", "svc_discovery", "Asset discovery")];

/// The product itself.
pub(super) static SYSTEM: Actor = machine("system", "system", "System");

const NOBODY: Actor = Actor { kind: "anonymous", id: "anonymous", name: None, email: None, ips: &[], user_agent: None };

/// Somebody who has not signed in.
pub(super) static ANONYMOUS: Actor =
    Actor { ips: &["192.0.2.201", "192.0.2.202", "2001:db8:ff::9"], user_agent: Some(CHROME), ..NOBODY };

/// The intruder before signing in.
pub(super) static INTRUDER: Actor = Actor { ips: &[INTRUDER_IP], user_agent: Some(CURL), ..NOBODY };

/// The intruder, signed in as Marek.
pub(super) static FALSE_MAREK: Actor =
    Actor { ips: &[INTRUDER_IP], ..person("usr_08", "Marek Dvořák", "marek@acme.example", &[], CURL) };
