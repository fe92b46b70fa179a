//! Every key there is. In the environment a key is `RINGBACK_` and its name in capitals.

pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) default: Option<&'static str>,
    /// Never printed, and also read from the file that `<name>_file` names.
    pub(super) secret: bool,
}

const fn key(name: &'static str, default: Option<&'static str>) -> Key {
    Key { name, default, secret: false }
}

const fn secret(name: &'static str) -> Key {
    Key { name, default: None, secret: true }
}

pub(super) const KEYS: [Key; 12] = [
    key("listen", Some("127.0.0.1:8080")),
    key("public_url", None),
    key("data_dir", Some("./data")),
    secret("database_url"),
    secret("redis_url"),
    secret("secret_key"),
    key("log", Some("info")),
    key("log_format", Some("text")),
    key("carrier_timeout_seconds", Some("10")),
    key("unknown_horizon_seconds", Some("90")),
    key("event_patience_seconds", Some("30")),
    key("webhook_allow_networks", None),
];

pub(super) const PREFIX: &str = "RINGBACK_";

pub(super) fn variable(name: &str) -> String {
    format!("{PREFIX}{}", name.to_uppercase())
}

/// The key with this name, and whether the name means the file that holds its value.
pub(super) fn find(name: &str) -> Option<(&'static Key, bool)> {
    if let Some(key) = KEYS.iter().find(|key| key.name == name) {
        return Some((key, false));
    }
    let of_file = name.strip_suffix("_file")?;
    KEYS.iter().find(|key| key.secret && key.name == of_file).map(|key| (key, true))
}

/// The key that somebody who wrote `name` may have meant.
pub(super) fn similar(name: &str) -> Option<&'static str> {
    let near = KEYS.iter().map(|key| (distance(key.name, name), key.name)).min()?;
    (near.0 <= 3).then_some(near.1)
}

/// Letters to change, add or take away (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, from) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in right.iter().enumerate() {
            let change = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}
