//! `ringback doctor`: finds what is wrong, and says how to mend it.

use std::{fs, os::unix::fs::PermissionsExt as _};

use ringback_domain::settings::Settings;
use ringback_server::vault::Vault;
use ringback_store::db::Value;

use crate::{
    cli::{store, with_company},
    engines::{TestDatabase, each_engine, sqlite},
    process::{Said, ringback, run},
};

const CONFIG: &[u8] = br#"{"account_sid": "salon1", "api_key": "the-key", "api_token": "the-token", "app_id": "42"}"#;

/// One phone whose credentials were sealed with `key`.
async fn insert_phone(database: &TestDatabase, key: [u8; 32]) {
    let store = store(database).await;
    let company = store.company_by_slug("salon-mueller").await.expect("reads").expect("is there");
    assert_eq!(company.settings, Settings::default());
    let phone = uuid::Uuid::from_u128(7);
    let sealed = Vault::new(&key).seal(company.id, phone, CONFIG).expect("seals");
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
        assert!(healthy.code == 0 && healthy.stdout.ends_with("no faults; 1 note to look at\n"), "{}{}", healthy.stdout, healthy.stderr);

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
        assert!(said.stdout.ends_with("2 faults to mend, 3 notes to look at\n"), "{}", said.stdout);
        assert_eq!(
            said.stdout.matches("  mend: ").count(),
            said.stdout.matches("\nnote: ").count()
                + said.stdout.matches("wrong: ").count()
                + usize::from(said.stdout.starts_with("note: "))
        );
    }
}

/// A callback of each company's own making, planted as no code of ours would write it.
async fn plant(store: &ringback_store::Store, nth: u128, columns: &'static str) -> String {
    let company = store.company_by_slug("salon-mueller").await.expect("reads").expect("is there").id;
    let id = uuid::Uuid::from_u128(1000 + nth);
    let number = format!("+49151234567{nth:02}");
    let mut tx = store.db().begin().await.expect("begins");
    const PERSON: &str = "insert into people (company_id, number, last_asked_at) values ($1, $2, 1)";
    tx.execute(PERSON, vec![company.into(), number.clone().into()]).await.expect("inserts");
    const CALLBACK: &str = "insert into callbacks (id, company_id, number, customer_name, status, priority, priority_reason, source,
            metadata, due_at, warns_at, acts_at, merged_count, created_at, updated_at)
        values ($1, $2, $3, 'Ada', 'pending', 'normal', 'test', 'api', '{}', 4000000000000, 3999999999000, 3999999999000, 0, 1, 1)";
    tx.execute(CALLBACK, vec![id.into(), company.into(), number.into()]).await.expect("inserts");
    tx.execute(columns, vec![id.into()]).await.expect("plants");
    tx.commit().await.expect("commits");
    id.to_string()
}

#[tokio::test]
async fn the_doctor_names_everybody_who_is_being_forgotten_and_the_mend() {
    for database in each_engine() {
        with_company(&database);
        let store = store(&database).await;
        for (nth, columns, kind, because, mend) in [
            (
                1,
                "update callbacks set status = 'assigned' where id = $1",
                "wrong",
                "nobody has it",
                "assign it to somebody who is there; one that is contacted is reassigned",
            ),
            (
                2,
                "update callbacks set acts_at = null where id = $1",
                "wrong",
                "time passes it by",
                "give it a due time (PATCH due_at), or cancel it",
            ),
            (
                3,
                "update callbacks set due_at = 1000, warns_at = 900, acts_at = 900 where id = $1",
                "wrong",
                "its time came and nothing was done",
                "start the server; where it runs, its log says at clockwork.* what keeps it",
            ),
            (
                4,
                "update callbacks set status = 'expired', acts_at = null where id = $1",
                "note",
                "expired, and nobody has closed or reopened it",
                "reopen it and call back, or cancel it",
            ),
        ] {
            let id = plant(&store, nth, columns).await;
            let said = run(&database, &["doctor"]).stdout;
            let finding = said.lines().position(|line| line.starts_with(kind) && line.contains(&id) && line.ends_with(because));
            let finding = finding.unwrap_or_else(|| panic!("{because} of {id} is not in {said}"));
            assert_eq!(said.lines().nth(finding + 1), Some(format!("  mend: {mend}").as_str()));
        }
        assert_eq!(run(&database, &["doctor"]).code, 1);
        store.db().close().await;
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

#[tokio::test]
async fn a_phone_that_can_connect_nobody_is_named() {
    let database = sqlite();
    with_company(&database);
    insert_phone(&database, [7; 32]).await;
    let sentence = "phone \"Front desk\" (00000000-0000-0000-0000-000000000007) of salon-mueller has nothing to connect calls with";
    assert!(!run(&database, &["doctor"]).stdout.contains(sentence));
    let store = store(&database).await;
    let company = store.company_by_slug("salon-mueller").await.expect("reads").expect("is there").id;
    let phone = uuid::Uuid::from_u128(7);
    let set_up = async |config: &str| {
        let sealed = Vault::new(&[7; 32]).seal(company, phone, config.as_bytes()).expect("seals");
        let mut tx = store.db().begin().await.expect("begins");
        let sql = "update phones set carrier = 'twilio', carrier_config = $1 where id = $2";
        assert_eq!(tx.execute(sql, vec![sealed.into(), phone.into()]).await.expect("updates"), 1);
        tx.commit().await.expect("commits");
        run(&database, &["doctor"]).stdout
    };
    let mute = set_up(r#"{"account_sid": "AC1", "auth_token": "x"}"#).await;
    assert!(mute.contains(&format!("wrong: {sentence}")) && mute.contains("carrier_config.stream_url"), "{mute}");
    let speaking = set_up(r#"{"account_sid": "AC1", "auth_token": "x", "stream_url": "wss://agent.example/x"}"#).await;
    assert!(!speaking.contains(sentence), "{speaking}");
    let broken = set_up(r#"{"account_sid": "AC1", "colour": "red"}"#).await;
    assert!(broken.contains("is not accepted: auth_token is required; colour is not known here"), "{broken}");
    store.db().close().await;
}

#[test]
fn nothing_wrong_and_nothing_to_note_are_two_things() {
    let database = sqlite();
    with_company(&database);
    let doctor = || -> Said {
        let mut doctor = ringback(&database, &["doctor"]);
        doctor.env("RINGBACK_PUBLIC_URL", "https://ringback.example.com").output().expect("starts").into()
    };
    assert_eq!(doctor().result(), "nothing is wrong");
    let file = database.dir().join("ringback.db");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("is ours");
    let said = doctor();
    let open = format!("wrong: {} can be opened by other accounts (mode 644)\n  mend: chmod 600 {0}", file.display());
    assert!(said.code == 1 && said.stdout.contains(&open), "{}", said.stdout);
    assert!(said.stdout.ends_with("1 fault to mend\n"), "{}", said.stdout);
}

#[test]
fn a_data_directory_that_is_none_is_named() {
    let database = sqlite();
    let file = database.dir().join("notes.txt");
    fs::write(&file, "mine").expect("a file");
    let said: Said = ringback(&database, &["doctor"]).env("RINGBACK_DATA_DIR", &file).output().expect("starts").into();
    let wrong = format!("wrong: {} is not a directory\n  mend: name another one", file.display());
    assert!(said.code == 1 && said.stdout.contains(&wrong), "{}{}", said.stdout, said.stderr);
}

#[test]
fn a_database_that_does_not_answer_hides_no_other_fault() {
    let database = sqlite();
    let file = database.dir().join("notes.txt");
    fs::write(&file, "mine").expect("a file");
    let gone = std::net::TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port that was free").port();
    let mut doctor = ringback(&database, &["doctor"]);
    doctor.env("RINGBACK_DATABASE_URL", format!("postgres://ringback:hush@127.0.0.1:{gone}/ringback"));
    doctor.env("RINGBACK_PUBLIC_URL", "http://ringback.example.com").env("RINGBACK_DATA_DIR", &file);
    let said: Said = doctor.output().expect("starts").into();
    for wrong in [
        format!("wrong: {} is not a directory", file.display()),
        "wrong: RINGBACK_PUBLIC_URL is http://ringback.example.com".to_owned(),
        format!("wrong: the database could not be looked at: no PostgreSQL answers at 127.0.0.1:{gone}: connection refused"),
    ] {
        assert!(said.stdout.contains(&wrong), "{wrong} is not in {}{}", said.stdout, said.stderr);
    }
    assert!(said.code == 1 && said.stdout.ends_with("3 faults to mend\n"), "{}", said.stdout);
    assert!(said.stderr.is_empty() && !said.stdout.contains("hush"), "{}", said.stderr);
}

#[tokio::test]
async fn the_doctor_changes_nothing() {
    for database in each_engine() {
        let untouched = run(&database, &["doctor"]);
        assert!(
            untouched.stdout.contains("database yet") || untouched.stdout.contains("migrations are not applied"),
            "{}",
            untouched.stdout
        );
        with_company(&database);
        let store = store(&database).await;
        let mut tx = store.db().begin().await.expect("begins");
        const BEHIND: &str = "delete from _sqlx_migrations where version = (select max(version) from _sqlx_migrations)";
        tx.execute(BEHIND, vec![]).await.expect("deletes");
        tx.commit().await.expect("commits");
        for _ in 0..2 {
            let said = run(&database, &["doctor"]);
            assert!(said.code == 1 && said.stdout.contains("wrong: 1 migrations are not applied"), "{}", said.stdout);
        }
        store.db().close().await;
    }
}
