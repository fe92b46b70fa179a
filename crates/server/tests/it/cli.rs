//! Every command, on both engines.

use ringback_domain::settings::Settings;
use ringback_server::vault::Vault;
use ringback_store::{
    Node, Patience, Store,
    db::{Db, Value},
};
use serde_json::Value as Json;

use crate::{
    engines::{TestDatabase, each_engine, sqlite},
    process::{ringback, run, run_with_input},
};

const PASSWORD: &str = "correct horse\n";

fn json(text: &str) -> Json {
    serde_json::from_str(text).expect("prints JSON")
}

fn with_company(database: &TestDatabase) -> Json {
    json(&run(database, &["company", "create", "Salon Müller", "--credits", "500"]).result())
}

fn create_user(database: &TestDatabase, company: &str, email: &str, password: &str) -> crate::process::Said {
    run_with_input(
        database,
        &["user", "create", "--company", company, "--email", email, "--name", "Lena", "--role", "owner", "--password-stdin"],
        password,
    )
}

async fn store(database: &TestDatabase) -> Store {
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
    ] {
        let said = run(&database, arguments);
        assert_eq!((said.code, said.stdout.as_str()), (2, ""), "{arguments:?}: {}", said.stderr);
    }
    let commands = "serve,company create,user create,token create,credits add,pause-dialing,resume-dialing,migrate,config check,config print,\
                    healthcheck,doctor,openapi,demo";
    for command in commands.split(',') {
        let arguments: Vec<_> = command.split(' ').chain(["--help"]).collect();
        assert!(run(&database, &arguments).result().contains("Usage: ringback"), "{command}");
    }
    assert!(database.dir().read_dir().expect("exists").next().is_none(), "help and refusals leave nothing behind");
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

/// One phone whose credentials were sealed with `key`.
async fn insert_phone(database: &TestDatabase, key: [u8; 32]) {
    let store = store(database).await;
    let company = store.company_by_slug("salon-mueller").await.expect("reads").expect("is there");
    assert_eq!(company.settings, Settings::default());
    let phone = uuid::Uuid::from_u128(7);
    let sealed = Vault::new(&key).seal(company.id, phone.into(), b"{}").expect("seals");
    let mut tx = store.db().begin().await.expect("begins");
    const PHONE: &str = "insert into phones (id, company_id, label, number, carrier, carrier_config, channels, reserved_inbound, active,
            auto_callback, when_full, max_call_seconds, ingress_key, created_at, updated_at)
        values ($1, $2, 'Front desk', '+4930901820', 'exotel', $3, 2, 0, $4, 'on', 'announce', 3600, 'key', 1, 1)";
    tx.execute(PHONE, vec![phone.into(), company.id.into(), sealed.into(), true.into()]).await.expect("inserts");
    const DIALING: &str = "insert into phone_dialing (phone_id, company_id, fence, paused_until, paused_because, breaker_open)
        values ($1, $2, 0, $3, 'HTTP 401', $4)";
    let far: Value = 4_000_000_000_000_i64.into();
    tx.execute(DIALING, vec![phone.into(), company.id.into(), far, false.into()]).await.expect("inserts");
    tx.commit().await.expect("commits");
    store.db().close().await;
}

#[tokio::test]
async fn the_doctor_finds_what_is_wrong_and_says_how_to_mend_it() {
    for database in each_engine() {
        with_company(&database);
        let healthy = run(&database, &["doctor"]);
        assert!(healthy.code == 0 && healthy.stdout.ends_with("nothing is wrong\n"), "{}{}", healthy.stdout, healthy.stderr);

        insert_phone(&database, [8; 32]).await;
        run(&database, &["credits", "add", "--company", "salon-mueller", "-450"]).result();
        let said = run(&database, &["doctor"]);
        assert_eq!(said.code, 1, "{}", said.stdout);
        for finding in [
            "sealed with another key",
            "is paused until 2096-10-02T07:06:40Z: HTTP 401",
            "has no voice agent",
            "salon-mueller has 50 credits; automatic callbacks need more than 100",
        ] {
            assert!(said.stdout.contains(finding), "{finding} is not in {}", said.stdout);
        }
        assert_eq!(
            said.stdout.matches("  mend: ").count(),
            said.stdout.matches("\nnote: ").count()
                + said.stdout.matches("wrong: ").count()
                + usize::from(said.stdout.starts_with("note: "))
        );
    }
}

#[tokio::test]
async fn the_doctor_opens_what_the_right_key_sealed() {
    let database = sqlite();
    with_company(&database);
    insert_phone(&database, [7; 32]).await;
    let said = run(&database, &["doctor"]);
    assert!(!said.stdout.contains("carrier_config of"), "{}", said.stdout);
}
