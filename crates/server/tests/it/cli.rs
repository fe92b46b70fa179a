//! Every command, on both engines.

use std::{
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::Stdio,
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
        refused(&["company", "create", ""], "", &["NAME"]);
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

/// What `credentials` says of an address: its hash, and whether a session opened before is still there.
async fn signs_in(store: &Store, email: &str, session: &[u8; 32]) -> (Option<String>, bool) {
    let now = "2026-03-02T11:00:00Z".parse().expect("a time");
    let known = store.credentials(email).await.expect("reads").expect("is there");
    (known.password_hash, store.session(session, now).await.expect("reads").is_some())
}

#[tokio::test]
async fn staff_who_are_there_already_get_a_password_and_another_one() {
    let user = ["user", "create", "--company", "salon-mueller", "--email", "lena@example.com", "--name", "Somebody", "--password-stdin"];
    let password = ["user", "password", "--company", "salon-mueller", "--email", "lena@example.com", "--password-stdin"];
    let session = [7; 32];
    for database in each_engine() {
        with_company(&database);
        let file = "name,email,role\nLena Lang,lena@example.com,manager\n";
        run_with_input(&database, &["import", "staff", "-", "--company", "salon-mueller"], file).result();
        let store = store(&database).await;
        assert_eq!(signs_in(&store, "lena@example.com", &session).await.0, None);

        let other_role = run_with_input(&database, &[&user[..], &["--role", "owner"]].concat(), PASSWORD);
        assert!(other_role.code == 1 && other_role.stderr.contains("--role owner is not what"), "{}", other_role.stderr);
        assert_eq!(signs_in(&store, "lena@example.com", &session).await.0, None);

        let said = run_with_input(&database, &[&user[..], &["--role", "manager"]].concat(), PASSWORD);
        assert!(said.stderr.contains("Lena Lang (manager) was there without a password"), "{}", said.stderr);
        let shown = json(&said.result());
        assert_eq!((&shown["name"], &shown["role"]), (&"Lena Lang".into(), &"manager".into()));
        let first = signs_in(&store, "lena@example.com", &session).await.0.expect("a password");
        assert!(first.starts_with("$argon2id$"));

        let again = run_with_input(&database, &user, PASSWORD);
        let next = "ringback user password --company salon-mueller --email lena@example.com --password-stdin";
        assert!(again.code == 1 && again.stderr.contains("has a password already") && again.stderr.contains(next), "{}", again.stderr);
        assert_eq!(signs_in(&store, "lena@example.com", &session).await.0.as_ref(), Some(&first), "and keeps it");

        let lena = store.credentials("lena@example.com").await.expect("reads").expect("is there");
        let now = "2026-03-02T10:00:00Z".parse().expect("a time");
        store.open_session(&session, lena.staff_id, lena.company_id, now).await.expect("opens");
        assert!(signs_in(&store, "lena@example.com", &session).await.1);
        let said = run_with_input(&database, &password, "another horse\nand what else was pasted\n");
        assert!(said.stderr.contains("no command reaches it"), "{}", said.stderr);
        assert_eq!(json(&said.result())["email"], "lena@example.com");
        let (second, signed_in) = signs_in(&store, "lena@example.com", &session).await;
        assert!(second.is_some_and(|second| second != first) && !signed_in, "another password, and the sessions have ended");

        let nobody = run_with_input(
            &database,
            &["user", "password", "--company", "salon-mueller", "--email", "m@example.com", "--password-stdin"],
            PASSWORD,
        );
        assert!(nobody.code == 1 && nobody.stderr.contains("is nobody of the company salon-mueller"), "{}", nobody.stderr);
        run(&database, &["company", "create", "Elsewhere"]).result();
        let taken = create_user(&database, "elsewhere", "lena@example.com", PASSWORD);
        assert!(taken.stderr.contains("belongs to another member of staff"), "{}", taken.stderr);
        store.db().close().await;
    }
}

#[test]
fn a_command_in_the_wrong_directory_makes_no_second_database() {
    let database = sqlite();
    let salon = ["--company", "salon"];
    for command in [
        &["credits", "add", "5"][..],
        &["export", "customers"],
        &["import", "customers", "-"],
        &["token", "create", "--name", "crm"],
        &["user", "create", "--email", "lena@example.com", "--name", "Lena", "--password-stdin"],
        &["user", "password", "--email", "lena@example.com", "--password-stdin"],
        &["pause-dialing"],
    ] {
        let arguments = [command, &salon[..]].concat();
        let mut elsewhere = ringback(&database, &arguments);
        let child = elsewhere.env_remove("RINGBACK_DATABASE_URL").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = child.spawn().expect("starts");
        // It may refuse without reading.
        let _ = child.stdin.take().expect("is piped").write_all(PASSWORD.as_bytes());
        let said: Said = child.wait_with_output().expect("ends").into();
        assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{command:?}");
        let place = database.dir().canonicalize().expect("is there").join("data/ringback.db");
        assert!(said.stderr.contains(&format!("there is no database at {}", place.display())), "{}", said.stderr);
        assert!(said.stderr.contains("--data-dir or RINGBACK_DATA_DIR"), "{}", said.stderr);
    }
    assert!(database.dir().read_dir().expect("exists").next().is_none(), "nothing is left behind");
}

#[test]
fn a_port_that_is_taken_is_told_with_what_to_do() {
    let database = sqlite();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("bound").to_string();
    for command in ["serve", "demo"] {
        let said = run(&database, &[command, "--listen", &address]);
        assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{command}");
        assert!(
            said.stderr.contains(&format!("listening on {address}")) && said.stderr.contains("--listen 127.0.0.1:0"),
            "{}",
            said.stderr
        );
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
    let commands = "serve,company create,user create,user password,token create,credits add,pause-dialing,resume-dialing,migrate,config check,config print,\
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
        for command in ["migrate", "serve"] {
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
