use super::{browser::Browser, office::Office};

#[tokio::test]
async fn signed_out_pages_follow_the_browser_and_signed_in_ones_the_company() {
    let office = Office::sqlite().await;
    let company = office.company("salon").await;
    let mut stranger = Browser::new(office.router.clone());
    assert_eq!(stranger.get("/login").await.attribute("html", "lang"), "en");
    stranger.language = "de-AT,en;q=0.5";
    let german = stranger.get("/login").await;
    assert_eq!(german.attribute("html", "lang"), "de");
    assert!(german.text().contains("E-Mail-Adresse"));
    let mut browser = office.signed_in(&company).await;
    assert_eq!(browser.language, "en-GB,en;q=0.9");
    assert!(browser.get("/board").await.text().contains("Warteschlange"), "the company speaks German");
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
