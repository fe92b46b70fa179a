//! `ringback serve` from start to end: ready, measured, logged, stopped.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use ringback_store::db::Db;

use crate::{
    engines::each_engine,
    process::{Serving, run, run_with_input},
};

#[test]
fn a_server_is_alive_ready_and_gone_at_sigterm_with_everything_on_disk() {
    for database in each_engine() {
        let server = Serving::start(&database);
        assert_eq!(server.get("/livez", None).0, 200);
        let (_, ready) = server.get("/readyz", None);
        for check in ["database", "migrations", "dispatcher"] {
            assert!(ready.contains(&format!("\"{check}\":{{\"ok\":true}}")), "{ready}");
        }
        assert!(run(&database, &["healthcheck", "--listen", &server.address]).result().contains("\"ready\":true"));
        let address = server.address.clone();
        let (said, took) = server.stop();
        assert_eq!(said.code, 0, "{}", said.stderr);
        assert!(took < Duration::from_secs(10), "took {took:?}");
        assert!(said.stderr.contains("server.stopped\""), "{}", said.stderr);
        assert_eq!(run(&database, &["healthcheck", "--listen", &address]).code, 1);
    }
}

#[test]
fn a_client_that_never_finishes_its_request_does_not_keep_the_server_from_stopping() {
    let database = crate::engines::sqlite();
    let server = Serving::start(&database);
    let mut client = TcpStream::connect(&server.address).expect("listens");
    client.write_all(b"POST /voice/exotel/key/status HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc").expect("takes a request");
    // Answered after the unfinished one was taken: the server has it in hand.
    assert_eq!(server.get("/livez", None).0, 200);
    let (said, took) = server.stop();
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(took < Duration::from_secs(10), "took {took:?}");
}

#[test]
fn a_stream_of_events_ends_with_the_server() {
    let database = crate::engines::sqlite();
    let server = Serving::start(&database);
    run(&database, &["company", "create", "Salon Lang"]).result();
    let token = run(&database, &["token", "create", "--company", "salon-lang", "--name", "crm"]).result();
    let mut client = TcpStream::connect(&server.address).expect("listens");
    write!(client, "GET /api/v1/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n").expect("takes a request");
    let mut begin = [0; 15];
    client.read_exact(&mut begin).expect("answers");
    assert_eq!(&begin, b"HTTP/1.1 200 OK");
    let (said, took) = server.stop();
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(took < Duration::from_secs(4), "took {took:?}");
    client.read_to_end(&mut Vec::new()).expect("the stream was ended, not broken");
}

#[tokio::test]
async fn a_server_whose_migrations_are_gone_is_alive_but_not_ready() {
    for database in each_engine() {
        let server = Serving::start(&database);
        let db = Db::connect(&database.url).await.expect("is there");
        let mut tx = db.begin().await.expect("begins");
        tx.execute("delete from _sqlx_migrations where version = (select max(version) from _sqlx_migrations)", vec![])
            .await
            .expect("deletes");
        tx.commit().await.expect("commits");
        let (status, ready) = server.get("/readyz", None);
        assert_eq!(status, 503);
        assert!(ready.contains("\"ready\":false") && ready.contains("ringback migrate"), "{ready}");
        assert_eq!(server.get("/livez", None).0, 200);
        assert_eq!(run(&database, &["healthcheck", "--listen", &server.address]).code, 1);
        db.close().await;
    }
}

#[test]
fn commands_work_beside_a_running_server_and_metrics_want_a_token_of_scope_admin() {
    for database in each_engine() {
        let server = Serving::start(&database);
        run(&database, &["company", "create", "Salon Lang", "--credits", "5"]).result();
        assert_eq!(run(&database, &["credits", "add", "--company", "salon-lang", "10"]).result(), "15");
        let token =
            |scope| run(&database, &["token", "create", "--company", "salon-lang", "--name", "prometheus", "--scope", scope]).result();
        assert_eq!(server.get("/metrics", None).0, 401);
        assert_eq!(server.get("/metrics", Some("rb_guess")).0, 401);
        assert_eq!(server.get("/metrics", Some(&token("write"))).0, 403);
        assert_eq!(server.get("/metrics", Some(&token("operator"))).0, 200);
        let (status, text) = server.get("/metrics", Some(&token("admin")));
        assert_eq!(status, 200);
        for line in [
            "ringback_attempts{status=\"insufficient_credits\"} 0",
            "ringback_callbacks_open{status=\"assigned\"} 0",
            "ringback_channels_in_use 0",
            "ringback_freed_to_dial_seconds_count 0",
            "ringback_missed_to_dial_seconds_bucket{le=\"+Inf\"} 0",
        ] {
            assert!(text.lines().any(|it| it == line), "{line} is not in {text}");
        }
    }
}

#[test]
fn the_access_log_names_routes_and_never_the_key_in_a_path() {
    let database = crate::engines::sqlite();
    let server = Serving::start_with(&database, &[("RINGBACK_LOG_FORMAT", "json"), ("RINGBACK_LOG", "debug,sqlx=info")]);
    assert_eq!(server.get("/voice/exotel/hush-hush/status", None).0, 404);
    assert_eq!(server.get("/nowhere/hush-hush", None).0, 404);
    let (said, _) = server.stop();
    assert!(!said.stderr.contains("hush"), "{}", said.stderr);
    let lines: Vec<serde_json::Value> = said.stderr.lines().map(|line| serde_json::from_str(line).expect("every line is JSON")).collect();
    let of = |event: &str| lines.iter().filter(|line| line["event"] == event).cloned().collect::<Vec<_>>();
    assert_eq!(of("server.listening")[0]["address"], server_address(&lines));
    let requests = of("http.request");
    let carrier = requests.iter().find(|line| line["route"] == "/voice/{carrier}/{key}/status").expect("is logged");
    assert_eq!((&carrier["method"], &carrier["status"]), (&"GET".into(), &404.into()));
    assert!(carrier["duration_ms"].as_f64().is_some_and(|duration| duration > 0.0));
    assert!(requests.iter().any(|line| line["route"] == "none"));
}

fn server_address(lines: &[serde_json::Value]) -> serde_json::Value {
    let url = lines.iter().find_map(|line| line["public_url"].as_str()).expect("the address is logged");
    url.trim_start_matches("http://").into()
}

#[cfg(target_os = "linux")]
#[test]
fn the_memory_that_a_password_takes_is_given_back() {
    let database = crate::engines::sqlite();
    run(&database, &["company", "create", "Salon Lang"]).result();
    let user = ["user", "create", "--company", "salon-lang", "--email", "lena@example.com", "--name", "Lena", "--password-stdin"];
    run_with_input(&database, &user, "correct horse").result();
    let server = Serving::start(&database);
    let sign_in = || assert_eq!(server.post_form("/login", "email=lena%40example.com&password=correct+horse"), 303);
    // As many at once as one person may try from one address.
    for _ in 0..6 {
        std::thread::scope(|scope| (0..5).for_each(|_| drop(scope.spawn(sign_in))));
    }
    // One hash takes 19 MiB. Kept and scattered by the allocator they were 200 and more.
    assert!(server.own_memory_mib() < 30, "holds {} MiB", server.own_memory_mib());
}
