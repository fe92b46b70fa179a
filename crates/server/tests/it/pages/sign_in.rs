use ringback_store::db::Value;

use super::{
    browser::Browser,
    office::{Office, PASSWORD},
};

#[tokio::test]
async fn a_person_signs_in_goes_on_to_where_he_was_going_and_out_again() {
    for office in Office::each().await {
        let company = office.company("salon").await;
        let mut browser = Browser::new(office.router.clone());
        assert_eq!(browser.get("/").await.header("location"), Some("/board"));
        let turned_away = browser.get("/board?show=failed").await;
        assert_eq!(turned_away.header("location"), Some("/login?next=%2Fboard%3Fshow%3Dfailed"));
        let form = browser.get("/login?next=%2Fboard%3Fshow%3Dfailed").await;
        assert_eq!(form.attribute("input[name=next]", "value"), "/board?show=failed");
        let fields = [("email", " Owner@SALON.example "), ("password", PASSWORD), ("next", "/board?show=failed")];
        let answer = browser.post("/login", &fields).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some("/board?show=failed")));
        let cookie = answer.header("set-cookie").expect("a session");
        assert!(cookie.contains("; HttpOnly") && cookie.contains("; SameSite=Lax") && !cookie.contains("Secure"), "{cookie}");
        let board = browser.get("/board").await;
        assert!(board.text().contains("Company salon"));
        assert_eq!(board.header("cache-control"), Some("no-store"));
        assert_eq!(browser.get("/login").await.header("location"), Some("/board"));
        let kept = browser.cookies.clone();
        let out = browser.post("/logout", &[]).await;
        assert_eq!((out.header("location"), out.header("clear-site-data")), (Some("/login"), Some("\"cache\"")));
        assert_eq!(browser.get("/board").await.status, 303);
        browser.cookies = kept;
        assert_eq!(browser.get("/board").await.status, 303, "the token outlived the sign-out");
        assert!(company.email.starts_with("owner"));
    }
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_person_are_told_the_same_and_what_to_do_next() {
    let office = Office::sqlite().await;
    let company = office.company("salon").await;
    let mut browser = Browser::new(office.router.clone());
    let wrong = browser.post("/login", &[("email", &company.email), ("password", "wrong password")]).await;
    let unknown = browser.post("/login", &[("email", "nobody@salon.example"), ("password", "wrong password")]).await;
    for answer in [&wrong, &unknown] {
        assert_eq!(answer.status, 422);
        assert!(answer.text_of("[role=alert]")[0].contains("ask whoever runs Ringback for you"), "{}", answer.text());
        assert_eq!(answer.attribute("#password", "aria-describedby"), "wrong");
    }
    assert_eq!(wrong.attribute("#email", "value"), company.email, "what was right is not asked again");
    assert!(!wrong.body.contains("wrong password\""), "the password came back");
    let empty = browser.post("/login", &[]).await;
    assert_eq!(empty.status, 422);
    assert!(empty.text().contains("Please enter"));
    assert!(browser.cookies.is_empty());
}

#[tokio::test]
async fn what_is_no_address_is_nobody_and_told_as_any_unknown_one() {
    for office in Office::each().await {
        let mut browser = Browser::new(office.router.clone());
        for email in ["a\0b@x.de", "\0", "not an address", &format!("{}@x.de", "a".repeat(300))] {
            let answer = browser.post("/login", &[("email", email), ("password", "wrong password")]).await;
            assert_eq!(answer.status, 422, "{email:?}: {}", answer.text());
            assert_eq!(answer.attribute("#password", "aria-describedby"), "wrong", "{email:?}");
        }
    }
}

#[tokio::test]
async fn guessing_is_slowed_down_and_the_person_gets_in_later() {
    let office = Office::sqlite().await;
    let company = office.company("salon").await;
    let mut browser = Browser::new(office.router.clone());
    for _ in 0..5 {
        assert_eq!(browser.post("/login", &[("email", &company.email), ("password", "guess")]).await.status, 422);
    }
    let blocked = browser.post("/login", &[("email", &company.email), ("password", PASSWORD)]).await;
    assert_eq!((blocked.status, blocked.header("retry-after")), (429, Some("900")));
    assert!(blocked.text().contains("wait 15 minutes"), "{}", blocked.text());
    office.advance(15 * 60);
    assert_eq!(browser.post("/login", &[("email", &company.email), ("password", PASSWORD)]).await.status, 303);
}

#[tokio::test]
async fn guessing_at_once_is_guessing_as_often() {
    let office = Office::sqlite().await;
    let company = office.company("salon").await;
    let guesses = (0..40).map(|_| {
        let (mut browser, email) = (Browser::new(office.router.clone()), company.email.clone());
        async move { browser.post("/login", &[("email", &email), ("password", "guess")]).await.status }
    });
    let answers = futures::future::join_all(guesses).await;
    assert_eq!(answers.iter().filter(|status| **status == 422).count(), 5, "{answers:?}");
    assert!(answers.iter().all(|status| matches!(status, 422 | 429)), "{answers:?}");
}

#[tokio::test]
async fn another_site_cannot_post_here_nor_send_anybody_away() {
    let office = Office::sqlite().await;
    let company = office.company("salon").await;
    let mut browser = office.signed_in(&company).await;
    browser.site = "cross-site";
    let refused = browser.post("/logout", &[]).await;
    assert_eq!(refused.status, 403);
    assert!(refused.text().contains("This request came from another site"), "{}", refused.text());
    assert_eq!(browser.get("/board").await.status, 200, "the session was ended from elsewhere");
    let foreign = axum::http::Request::post("/logout").header("origin", "https://evil.example");
    assert_eq!(browser.send(foreign, String::new()).await.status, 403);
    let mut stranger = Browser::new(office.router.clone());
    let fields = [("email", company.email.as_str()), ("password", PASSWORD), ("next", "//evil.example/board")];
    assert_eq!(stranger.post("/login", &fields).await.header("location"), Some("/board"));
}

#[tokio::test]
async fn a_session_lasts_while_it_is_used_and_thirty_days_more() {
    for office in Office::each().await {
        let company = office.company("salon").await;
        let mut browser = office.signed_in(&company).await;
        let day = 24 * 60 * 60;
        for _ in 0..3 {
            office.advance(29 * day);
            assert_eq!(browser.get("/board").await.status, 200);
        }
        office.advance(30 * day + 1);
        assert_eq!(browser.get("/board").await.status, 303);
    }
}

#[tokio::test]
async fn who_is_no_longer_active_is_out_at_once_and_stays_out() {
    let office = Office::sqlite().await;
    let company = office.company("salon").await;
    let mut browser = office.signed_in(&company).await;
    office.execute("update staff set active = $1", vec![Value::Bool(false)]).await;
    assert_eq!(browser.get("/board").await.status, 303);
    let fragment = browser.fragment("/board/live").await;
    assert_eq!((fragment.status, fragment.header("hx-redirect")), (401, Some("/login?next=%2Fboard")));
    assert_eq!(browser.post("/login", &[("email", &company.email), ("password", PASSWORD)]).await.status, 422);
}

#[tokio::test]
async fn over_https_the_cookie_is_bound_to_the_host_and_to_https() {
    let office = Office::at("https://ringback.test").await;
    let company = office.company("salon").await;
    let mut browser = Browser::new(office.router.clone());
    let answer = browser.post("/login", &[("email", &company.email), ("password", PASSWORD)]).await;
    let cookie = answer.header("set-cookie").expect("a session");
    assert!(cookie.starts_with("__Host-ringback_session=") && cookie.ends_with("; Secure") && cookie.contains("; Path=/;"), "{cookie}");
    assert_eq!(browser.get("/board").await.status, 200);
}

#[tokio::test]
async fn an_address_that_leads_nowhere_says_so_and_where_to_go() {
    let office = Office::sqlite().await;
    let mut browser = Browser::new(office.router.clone());
    let lost = browser.get("/nope").await;
    assert_eq!(lost.status, 404);
    assert!(lost.text().contains("This is not here"), "{}", lost.text());
    assert!(lost.text_of(".me").is_empty());
    let company = office.company("salon").await;
    let lost = office.signed_in(&company).await.get("/nope").await;
    assert_eq!((lost.status, lost.text_of(".company")), (404, vec!["Company salon".to_owned()]), "{}", lost.text());
    assert_eq!((lost.attribute("nav a", "href"), lost.attribute(".me", "action")), ("/board".to_owned(), "/logout".to_owned()));
    assert!(lost.text_of("nav [aria-current]").is_empty(), "it is not the board");
    let api = browser.get("/api/v1/nope").await;
    assert_eq!((api.status, api.header("content-type")), (401, Some("application/problem+json")), "programs are told in their words");
}
