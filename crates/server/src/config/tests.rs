use std::{fs, path::PathBuf};

use super::{Config, Flags, Problem, sources};

/// A directory of its own for one test.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        let dir = std::env::temp_dir().join(format!("ringback-config-{:016x}", rand::random::<u64>()));
        fs::create_dir(&dir).expect("a new directory");
        Self(dir)
    }

    fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, content).expect("can be written");
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn load(flags: &Flags, environment: &[(&str, &str)]) -> Result<Config, Vec<Problem>> {
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::from(sources::gather(flags, environment))
}

fn problems(environment: &[(&str, &str)]) -> Vec<String> {
    load(&Flags::default(), environment).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

#[test]
fn flags_win_over_the_environment_the_environment_over_the_file_and_the_file_over_defaults() {
    let scratch = Scratch::new();
    let toml = "listen = '127.0.0.1:1'\ndata_dir = '/of/file'\nevent_patience_seconds = 7\nlog = 'debug'\n";
    let config = Some(scratch.file("it.toml", toml));
    let flags = Flags { config, data_dir: Some("/of/flag".into()), listen: None };
    let config = load(&flags, &[("RINGBACK_LISTEN", "127.0.0.1:2"), ("RINGBACK_DATA_DIR", "/of/variable")]).expect("in order");
    assert_eq!(config.listen, "127.0.0.1:2");
    assert_eq!(config.data_dir, PathBuf::from("/of/flag"));
    assert_eq!(config.patience.events.as_secs(), 7);
    assert_eq!(config.patience.unknown_horizon.as_secs(), 90);
    assert_eq!(config.log.as_deref(), Some("debug"));
    assert_eq!(config.database_url(), "sqlite:/of/flag/ringback.db");
    let source = |key: &str| config.effective().into_iter().find(|(name, ..)| *name == key).map(|(_, _, source)| source);
    assert_eq!(source("data_dir").as_deref(), Some("--data-dir"));
    assert_eq!(source("listen").as_deref(), Some("RINGBACK_LISTEN"));
    assert_eq!(source("log"), Some(scratch.0.join("it.toml").display().to_string()));
    assert_eq!(source("log_format").as_deref(), Some("default"));
}

#[test]
fn an_unknown_key_is_named_with_the_one_that_was_meant() {
    let scratch = Scratch::new();
    assert_eq!(problems(&[("RINGBACK_LISTN", "x")]), ["RINGBACK_LISTN is not a key; did you mean RINGBACK_LISTEN?"]);
    let file = scratch.file("it.toml", "publc_url = 'https://x.example'\n[database]\nurl = 'x'\n");
    let found = load(&Flags { config: Some(file), ..Flags::default() }, &[]).err().expect("two problems");
    let found: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert!(found.iter().any(|it| it.starts_with("database in ") && it.contains("is not a key")), "{found:?}");
    assert!(found.iter().any(|it| it.starts_with("publc_url in ") && it.ends_with("did you mean public_url?")), "{found:?}");
}

#[test]
fn variables_of_tests_and_of_kubernetes_are_none_of_ours_and_empty_ones_are_not_set() {
    let foreign = [
        ("RINGBACK_TEST_POSTGRES", "postgres://x"),
        ("RINGBACK_SERVICE_HOST", "10.0.0.1"),
        ("RINGBACK_PORT", "tcp://10.0.0.1:80"),
        ("RINGBACK_PORT_80_TCP_ADDR", "10.0.0.1"),
        ("RINGBACK_PUBLIC_URL", ""),
    ];
    assert!(load(&Flags::default(), &foreign).expect("in order").public_url.is_none());
}

#[test]
fn every_value_that_is_not_accepted_is_told_with_what_is_and_without_secrets() {
    let wrong = [
        ("RINGBACK_LISTEN", "8080"),
        ("RINGBACK_PUBLIC_URL", "ftp://x"),
        ("RINGBACK_DATABASE_URL", "mysql://root:hush@db/x"),
        ("RINGBACK_SECRET_KEY", "aHVzaA=="),
        ("RINGBACK_LOG", "a=b=c"),
        ("RINGBACK_LOG_FORMAT", "xml"),
        ("RINGBACK_CARRIER_TIMEOUT_SECONDS", "0"),
        ("RINGBACK_UNKNOWN_HORIZON_SECONDS", "ten"),
        ("RINGBACK_EVENT_PATIENCE_SECONDS", "-1"),
        ("RINGBACK_REDIS_URL", "hush"),
        ("RINGBACK_WEBHOOK_ALLOW_NETWORKS", "10.0.0.0/8,10.0.0.0/33"),
    ];
    let found = problems(&wrong);
    for (variable, _) in wrong {
        assert_eq!(found.iter().filter(|it| it.starts_with(&format!("{variable} "))).count(), 1, "{variable}: {found:?}");
    }
    assert!(!found.iter().any(|it| it.contains("hush") || it.contains("aHVz")), "{found:?}");
}

#[test]
fn a_secret_comes_from_the_file_that_is_named_and_from_one_place_only() {
    let scratch = Scratch::new();
    let file = scratch.file("url", "postgres://ringback:hush@db/ringback\n");
    let file = file.to_str().expect("plain");
    let config = load(&Flags::default(), &[("RINGBACK_DATABASE_URL_FILE", file)]).expect("in order");
    assert_eq!(config.database_url(), "postgres://ringback:hush@db/ringback");
    assert!(!config.effective().iter().any(|(_, value, _)| value.as_ref().is_some_and(|value| value.contains("hush"))));

    let both = problems(&[("RINGBACK_DATABASE_URL", "sqlite:x.db"), ("RINGBACK_DATABASE_URL_FILE", file)]);
    assert!(both.len() == 1 && both[0].contains("both set"), "{both:?}");
    let gone = problems(&[("RINGBACK_SECRET_KEY_FILE", "/does/not/exist")]);
    assert!(gone.len() == 1 && gone[0].starts_with("RINGBACK_SECRET_KEY_FILE names"), "{gone:?}");
    let not_secret = problems(&[("RINGBACK_LISTEN_FILE", file)]);
    assert!(not_secret.len() == 1 && not_secret[0].contains("is not a key"), "{not_secret:?}");
}

#[test]
fn the_secret_key_is_required_with_postgresql_and_made_once_for_sqlite() {
    use std::os::unix::fs::PermissionsExt as _;

    let scratch = Scratch::new();
    let postgres = load(&Flags::default(), &[("RINGBACK_DATABASE_URL", "postgres://db/x")]).expect("in order");
    assert!(postgres.secret_key().is_err_and(|problem| problem.to_string().starts_with("RINGBACK_SECRET_KEY is required")));
    // "-_" is "+/" in the URL-safe letters, and the padding may be missing.
    let given = load(&Flags::default(), &[("RINGBACK_SECRET_KEY", "-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_8")]).expect("in order");
    assert_eq!(given.secret_key().map(|key| key[..2].to_vec()), Ok(vec![0xfb, 0xff]));

    let flags = Flags { data_dir: Some(scratch.0.join("data")), ..Flags::default() };
    let sqlite = load(&flags, &[]).expect("in order");
    assert!(sqlite.secret_key_is_missing());
    sqlite.make_data_dir().expect("is made");
    let made: Vec<_> = std::thread::scope(|scope| {
        let racing: Vec<_> = (0..8).map(|_| scope.spawn(|| sqlite.secret_key().expect("is made"))).collect();
        racing.into_iter().map(|it| it.join().expect("ends")).collect()
    });
    assert!(made.iter().all(|key| *key == made[0]), "all of a race get the first one's");
    let permissions = |name: &str| scratch.0.join(name).metadata().expect("exists").permissions().mode() & 0o777;
    assert_eq!((permissions("data"), permissions("data/secret.key")), (0o700, 0o600));
    assert_eq!(fs::read_dir(scratch.0.join("data")).expect("exists").count(), 1, "no draft is left");
}

#[test]
fn a_restart_is_the_same_node_and_a_second_process_is_another() {
    let scratch = Scratch::new();
    let config = load(&Flags { data_dir: Some(scratch.0.clone()), ..Flags::default() }, &[]).expect("in order");
    let first = config.node_name().expect("is made");
    let name = first.name.clone();
    let second = config.node_name().expect("is made up");
    assert!(!first.is_a_second() && second.is_a_second() && second.name != name);
    drop(first);
    assert_eq!(config.node_name().expect("is kept").name, name);
}

#[test]
fn a_public_address_is_kept_without_its_last_slash_and_a_path_with_odd_letters_is_still_that_path() {
    let config =
        load(&Flags { data_dir: Some("/a?b%c#d".into()), ..Flags::default() }, &[("RINGBACK_PUBLIC_URL", "https://x.example/base/")]);
    let config = config.expect("in order");
    assert_eq!(config.public_url.as_deref(), Some("https://x.example/base"));
    assert_eq!(config.database_url(), "sqlite:/a%3fb%25c%23d/ringback.db");
}
