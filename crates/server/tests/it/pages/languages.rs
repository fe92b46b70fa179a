use super::{
    browser::Browser,
    office::{Office, PASSWORD},
};

#[tokio::test]
async fn pages_follow_the_browser_and_where_it_speaks_neither_language_the_company() {
    let office = Office::sqlite().await;
    let company = office.company("salon").await;
    let mut stranger = Browser::new(office.router.clone());
    assert_eq!(stranger.get("/login").await.attribute("html", "lang"), "en");
    stranger.language = "de-AT,en;q=0.5";
    let german = stranger.get("/login").await;
    assert_eq!(german.attribute("html", "lang"), "de");
    assert!(german.text().contains("E-Mail-Adresse"));
    let mut browser = office.signed_in(&company).await;
    for (language, page) in [("en-GB,en;q=0.9", "en"), ("de-AT", "de"), ("fr", "de"), ("", "de")] {
        browser.language = language;
        assert_eq!(browser.get("/board").await.attribute("html", "lang"), page, "{language:?}: the company speaks German");
    }
}

#[tokio::test]
async fn a_person_keeps_the_language_he_chose_in_every_browser_and_leaves_it_to_nobody_else() {
    for office in Office::each().await {
        let (company, other) = (office.company("salon").await, office.company("other").await);
        let lang = async |browser: &mut Browser, path| browser.get(path).await.attribute("html", "lang");
        let mut browser = office.signed_in(&company).await;
        browser.post("/preferences", &[("language", "de")]).await;
        assert_eq!((lang(&mut browser, "/board").await, lang(&mut browser, "/nowhere").await), ("de".to_owned(), "de".to_owned()));
        let mut elsewhere = office.signed_in(&company).await;
        assert_eq!((lang(&mut elsewhere, "/board").await, lang(&mut elsewhere, "/nowhere").await), ("de".to_owned(), "de".to_owned()));
        elsewhere.post("/logout", &[]).await;
        assert_eq!(lang(&mut elsewhere, "/login").await, "en", "signed out, the browser's counts");

        // What is chosen before the door is the choice of whoever goes in.
        elsewhere.post("/preferences", &[("language", "en")]).await;
        elsewhere.post("/login", &[("email", &company.email), ("password", PASSWORD)]).await;
        assert_eq!(lang(&mut elsewhere, "/board").await, "en");
        assert_eq!(lang(&mut browser, "/board").await, "en");

        // Somebody else signs in where the first one's session has ended by itself.
        browser.post("/preferences", &[("language", "de")]).await;
        browser.cookies.remove("ringback_session");
        browser.post("/login", &[("email", &other.email), ("password", PASSWORD)]).await;
        assert_eq!(lang(&mut browser, "/board").await, "en", "he has chosen nothing");
        assert_eq!(lang(&mut elsewhere, "/board").await, "de");
    }
}

#[tokio::test]
async fn a_person_chooses_language_and_theme_without_scripts_and_stays_where_he_is() {
    let office = Office::sqlite().await;
    let company = office.company("salon").await;
    let mut browser = office.signed_in(&company).await;
    let page = browser.get("/board?show=failed&said=cancelled").await;
    let next = page.attribute(".preferences [name=next]", "value");
    assert_eq!(next, "/board?show=failed", "the last move would be told again");
    assert_eq!(page.attribute(".preferences", "method"), "post");
    let english = browser.post_and_follow("/preferences", &[("next", &next), ("language", "en")]).await;
    assert!(english.text().contains("Queue"));
    assert_eq!(english.text_of("[aria-pressed=true]"), ["English", "System"]);
    let dark = browser.post_and_follow("/preferences", &[("next", &next), ("theme", "dark")]).await;
    assert_eq!((dark.attribute("html", "data-theme"), dark.attribute("html", "lang")), ("dark".to_owned(), "en".to_owned()));
    assert_eq!(dark.attribute("meta[name=color-scheme]", "content"), "dark");
    let system = browser.post_and_follow("/preferences", &[("next", &next), ("theme", "system")]).await;
    assert!(!system.body.contains("data-theme"));
    let away = browser.post("/preferences", &[("next", "https://evil.example"), ("language", "xx")]).await;
    assert_eq!(away.header("location"), Some("/board"));
}
