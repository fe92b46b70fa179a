//! Every command, on both engines.

use std::{
    os::unix::fs::PermissionsExt as _,
    path::Path,
    time::{Duration, Instant},
};

use ringback_store::{Node, Patience, Store, db::Db};
use serde_json::Value as Json;

use crate::{
    engines::{TestDatabase, each_engine, sqlite},
    process::{Said, Serving, ringback, run, run_with_input},
};

const PASSWORD: &str = "correct horse\n";

fn json(text: &str) -> Json {
    serde_json::from_str(text).expect("prints JSON")
}

pub(crate) fn with_company(database: &TestDatabase) -> Json {
    json(&run(database, &["company", "create", "Salon Müller", "--credits", "500"]).result())
}

fn create_user(database: &TestDatabase, company: &str, email: &str, password: &str) -> crate::process::Said {
    run_with_input(
        database,
        &["user", "create", "--company", company, "--email", email, "--name", "Lena", "--role", "owner", "--password-stdin"],
        password,
    )
}

pub(crate) async fn store(database: &TestDatabase) -> Store {
    let db = Db::connect(&database.url).await.expect("is there");
    Store::new(db, Node { name: "test".to_owned(), run: uuid::Uuid::nil() }, Patience::default(), None)
}

#[test]
fn a_company_its_people_and_tokens_are_made_in_a_database_that_was_not_there() {
    for database in each_engine() {
        let company = with_company(&database);
        assert_eq!(company["slug"], "salon-mueller");
        assert_eq!((&company["country"], &company["locale"], &company["time_zone"]), (&"DE".into(), &"de".into(), &"Europe/Berlin".into()));
        assert_eq!(company["credits"], 500);
        let elsewhere = json(&run(&database, &["company", "create", "Chai", "--country", "in"]).result());
        assert_eq!((&elsewhere["locale"], &elsewhere["time_zone"]), (&"en".into(), &"Asia/Kolkata".into()));

        let user = json(&create_user(&database, "salon-mueller", "Lena@Example.com", PASSWORD).result());
        assert_eq!(
            (&user["email"], &user["role"], &user["company"]),
            (&"lena@example.com".into(), &"owner".into(), &"salon-mueller".into())
        );

        let token =
            run(&database, &["token", "create", "--company", "salon-mueller", "--name", "crm", "--staff", "lena@example.com"]).result();
        assert!(token.starts_with("rb_") && token.len() == 46 && !token.contains(char::is_whitespace), "{token}");
    }
}

#[tokio::test]
async fn a_token_and_a_password_are_stored_as_hashes() {
    use sha2::{Digest as _, Sha256};

    for database in each_engine() {
        with_company(&database);
        let user = json(&create_user(&database, "salon-mueller", "lena@example.com", PASSWORD).result());
        let arguments = ["token", "create", "--company", "salon-mueller", "--name", "crm", "--scope", "admin", "--rate-limit", "100000"];
        let token = run(&database, &[&arguments[..], &["--staff", "lena@example.com"]].concat()).result();
        let store = store(&database).await;
        let stored = store.token(&Sha256::digest(&token).into()).await.expect("reads").expect("is there");
        assert_eq!((stored.scope.as_str(), stored.rate_limit), ("admin", 100_000));
        assert_eq!(stored.staff_id.map(|id| id.to_string()).as_deref(), user["id"].as_str());
        let hashes = store.db().all::<(String,)>("select password_hash from staff", vec![]).await.expect("reads");
        assert!(hashes.len() == 1 && hashes[0].0.starts_with("$argon2id$"));
        store.db().close().await;
    }
}

#[test]
fn what_is_not_accepted_is_one_line_each_with_the_field_and_nothing_on_stdout() {
    for database in each_engine() {
        with_company(&database);
        create_user(&database, "salon-mueller", "lena@example.com", PASSWORD).result();
        let refused = |arguments: &[&str], input: &str, fields: &[&str]| {
            let said = run_with_input(&database, arguments, input);
            assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{arguments:?}: {}", said.stderr);
            let named: Vec<_> = said.stderr.lines().map(|line| line.strip_prefix("error: ").and_then(|it| it.split(' ').next())).collect();
            assert_eq!(named, fields.iter().map(|field| Some(*field)).collect::<Vec<_>>(), "{}", said.stderr);
        };
        let company = ["company", "create", " ", "--slug", "A", "--country", "XX", "--locale", "fr", "--time-zone", "Mars"];
        refused(&company, "", &["NAME", "--slug", "--country", "--locale", "--time-zone"]);
        refused(&["company", "create", "Salon Müller"], "", &["--slug"]);
        let user = |company, email| ["user", "create", "--company", company, "--name", "Lena", "--password-stdin", "--email", email];
        refused(&user("salon-mueller", "lena"), "short", &["--email", "--password-stdin"]);
        refused(&user("salon-mueller", "LENA@example.com"), PASSWORD, &["--email"]);
        refused(&user("nobody", "mia@example.com"), PASSWORD, &["--company"]);
        refused(&["token", "create", "--company", "salon-mueller", "--name", "x", "--staff", "mia@example.com"], "", &["--staff"]);
        refused(&["credits", "add", "--company", "salon-mueller", "0"], "", &["AMOUNT"]);
        refused(&["pause-dialing", "--company", "nobody"], "", &["--company"]);
    }
}

#[test]
fn wrong_usage_ends_with_2_and_every_command_explains_itself() {
    let database = sqlite();
    for arguments in [
        &["frobnicate"][..],
        &["company", "create"],
        &["user", "create", "--company", "a", "--email", "a@example.com", "--name", "A"],
        &["token", "create", "--company", "a", "--name", "a", "--scope", "root"],
        &["token", "create", "--company", "a", "--name", "a", "--rate-limit", "0"],
        &["credits", "add", "--company", "a", "much"],
        &["voice-tools", "https://x.example/intake/other/key"],
        &["voice-tools", "https://x.example/intake/vapi/"],
    ] {
        let said = run(&database, arguments);
        assert_eq!((said.code, said.stdout.as_str()), (2, ""), "{arguments:?}: {}", said.stderr);
    }
    let commands = "serve,company create,user create,token create,credits add,pause-dialing,resume-dialing,migrate,config check,config print,\
                    healthcheck,doctor,openapi,voice-tools,demo,import customers,import staff,import callbacks,export customers,\
                    export staff,export callbacks";
    for command in commands.split(',') {
        let arguments: Vec<_> = command.split(' ').chain(["--help"]).collect();
        assert!(run(&database, &arguments).result().contains("Usage: ringback"), "{command}");
    }
    assert!(database.dir().read_dir().expect("exists").next().is_none(), "help and refusals leave nothing behind");
}

#[test]
fn the_tools_of_a_voice_agent_are_printed_as_its_platform_wants_them() {
    let database = sqlite();
    for (platform, url_at) in [("retell", "/0/url"), ("vapi", "/0/server/url")] {
        let url = format!("https://ringback.example/intake/{platform}/key");
        let tools = json(&run(&database, &["voice-tools", &url]).result());
        assert_eq!(tools.as_array().map(Vec::len), Some(4));
        assert_eq!(tools.pointer(url_at).and_then(|it| it.as_str()), Some(url.as_str()));
    }
}

#[test]
fn the_openapi_document_needs_no_configuration() {
    let database = sqlite();
    let mut openapi = ringback(&database, &["openapi"]);
    let output = openapi.env("RINGBACK_NONSENSE", "x").output().expect("starts");
    let document = json(&String::from_utf8(output.stdout).expect("UTF-8"));
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["paths"]["/api/v1/phones"]["post"].is_object());
}

#[test]
fn credits_are_added_and_removed_and_the_new_balance_is_printed() {
    for database in each_engine() {
        with_company(&database);
        let add =
            |amount: &str| run(&database, &["credits", "add", "--company", "salon-mueller", amount, "--reason", "invoice 7"]).result();
        assert_eq!(add("250"), "750");
        assert_eq!(add("-800"), "-50");
    }
}

#[tokio::test]
async fn the_kill_switch_of_all_and_that_of_one_company_are_two() {
    for database in each_engine() {
        with_company(&database);
        let store = store(&database).await;
        let switches = async || {
            let company = store.company_by_slug("salon-mueller").await.expect("reads").expect("is there");
            (store.dialing_paused().await.expect("reads"), company.dialing_paused)
        };
        run(&database, &["pause-dialing", "--company", "salon-mueller"]).result();
        assert_eq!(switches().await, (false, true));
        run(&database, &["pause-dialing"]).result();
        assert_eq!(switches().await, (true, true));
        let told = run(&database, &["resume-dialing", "--company", "salon-mueller"]).result();
        assert!(told.contains("still paused"), "{told}");
        assert_eq!(switches().await, (true, false));
        run(&database, &["resume-dialing"]).result();
        assert_eq!(switches().await, (false, false));
        store.db().close().await;
    }
}

#[test]
fn many_nodes_that_migrate_at_once_all_succeed() {
    for database in each_engine() {
        std::thread::scope(|scope| {
            let nodes: Vec<_> = (0..6).map(|_| scope.spawn(|| run(&database, &["migrate"]))).collect();
            for node in nodes {
                node.join().expect("ends").result();
            }
        });
        assert_eq!(run(&database, &["migrate"]).result(), "the database is up to date");
    }
}

#[test]
fn the_configuration_is_explained_and_its_secrets_are_not_printed() {
    let database = sqlite();
    let mut print = ringback(&database, &["config", "print"]);
    print
        .env("RINGBACK_DATABASE_URL", "postgres://ringback:hush@db.example/ringback")
        .env("RINGBACK_REDIS_URL", "redis://:hush@redis.example");
    let printed = String::from_utf8(print.output().expect("starts").stdout).expect("UTF-8");
    assert!(printed.contains("db.example") && printed.contains("# RINGBACK_DATABASE_URL"), "{printed}");
    assert!(!printed.contains("hush") && !printed.contains(crate::process::SECRET_KEY), "{printed}");

    std::fs::write(database.dir().join("ringback.toml"), "listen = '127.0.0.1:1'\ncariers = 3\n").expect("can be written");
    let said = run(&database, &["config", "check"]);
    assert_eq!(said.code, 1);
    assert!(said.stdout.contains("wrong: cariers in ringback.toml is not a key"), "{}", said.stdout);
    let said = run(&database, &["migrate"]);
    assert_eq!((said.code, said.stdout.as_str()), (1, ""));
    assert!(said.stderr.starts_with("error: cariers in ringback.toml"), "{}", said.stderr);
}

#[test]
fn a_filter_of_the_log_that_filters_nothing_is_refused_and_says_what_is_accepted() {
    let database = sqlite();
    for (filter, named) in [
        ("deubg", "\"deubg\""),
        ("info,ringback_server", "\"ringback_server\""),
        ("ringback_server=loud", "\"ringback_server=loud\""),
        ("ringback_server=", "\"ringback_server=\""),
        ("=debug", "\"=debug\""),
        ("ringback_sever=debug", "no module ringback_sever"),
        ("info,ringback_server[=debug", "is not a filter"),
    ] {
        let said: Said = ringback(&database, &["config", "check"]).env("RINGBACK_LOG", filter).output().expect("starts").into();
        assert_eq!(said.code, 1, "{filter}: {}", said.stdout);
        assert!(said.stdout.contains("wrong: RINGBACK_LOG") && said.stdout.contains(named), "{filter}: {}", said.stdout);
        let accepted = ["off, error, warn, info, debug, trace", "ringback_telephony"];
        assert!(accepted.iter().any(|it| said.stdout.contains(it)), "{filter}: {}", said.stdout);
    }
    std::fs::write(database.dir().join("ringback.toml"), "log = 'deubg'\n").expect("can be written");
    assert!(run(&database, &["config", "check"]).stdout.contains("wrong: log in ringback.toml holds \"deubg\""));
    for filter in ["debug", "OFF", "info,ringback_server=debug,sqlx=warn", "warn,hyper::client=trace", "info,[request{id=7}]=debug"] {
        let said: Said = ringback(&database, &["config", "check"]).env("RINGBACK_LOG", filter).output().expect("starts").into();
        assert_eq!(said.code, 0, "{filter}: {}", said.stdout);
    }
}

#[test]
fn a_database_that_does_not_answer_is_told_of_at_once_with_the_cause() {
    let database = sqlite();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let mute = listener.local_addr().expect("bound").port();
    let gone = std::net::TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port that was free").port();
    for (port, cause) in [(gone, "connection refused"), (mute, "no answer within 2.5 s")] {
        for command in ["migrate", "serve", "doctor"] {
            let url = format!("postgres://ringback:hush@127.0.0.1:{port}/ringback");
            let since = Instant::now();
            let said: Said = ringback(&database, &[command]).env("RINGBACK_DATABASE_URL", url).output().expect("starts").into();
            assert!(since.elapsed() < Duration::from_secs(3), "{command} took {:?}", since.elapsed());
            assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{}", said.stderr);
            let told = format!("error: no PostgreSQL answers at 127.0.0.1:{port}: {cause}");
            assert!(said.stderr.contains(&told), "{}", said.stderr);
            assert!(said.stderr.contains("RINGBACK_DATABASE_URL") && !said.stderr.contains("hush"), "{}", said.stderr);
        }
    }
}

#[test]
fn what_lies_in_the_data_directory_is_for_us_alone() {
    let database = sqlite();
    let dir = database.dir().join("deep/data");
    let mut command = ringback(&database, &["serve", "--listen", "127.0.0.1:0", "--data-dir", "deep/data"]);
    let serving = Serving::of(command.env_remove("RINGBACK_DATABASE_URL").env_remove("RINGBACK_SECRET_KEY"));
    let mode = |path: &Path| path.metadata().expect("is there").permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    for name in ["ringback.db", "ringback.db-wal", "ringback.db-shm", "secret.key", "node"] {
        assert_eq!(mode(&dir.join(name)), 0o600, "{name}");
    }
    assert_eq!(serving.stop().0.code, 0);
}

#[test]
fn the_demo_says_that_it_reads_no_configuration_file() {
    let said = run(&sqlite(), &["demo", "--config", "ringback.toml"]);
    assert_eq!((said.code, said.stdout.as_str()), (2, ""));
    assert!(said.stderr.contains("the demo reads no configuration file"), "{}", said.stderr);
}
