use std::collections::BTreeSet;

use axum::http::Request;

use super::{
    browser::{Answer, Browser, selector},
    office::Office,
};

/// Every address that the page takes something from.
fn taken_from(page: &Answer) -> BTreeSet<String> {
    let html = page.html();
    let mut found = BTreeSet::new();
    for (css, attribute) in [("[src]", "src"), ("link[href]", "href"), ("use[href]", "href")] {
        found.extend(
            html.select(&selector(css))
                .filter_map(|element| element.attr(attribute))
                .map(|it| it.split('#').next().unwrap_or(it).to_owned()),
        );
    }
    found
}

#[tokio::test]
async fn everything_that_a_page_takes_is_ours_is_there_and_may_be_kept() {
    let office = Office::sqlite().await;
    let company = office.company("salon").await;
    office.missed(&company, "Reception", &["+4915112345678"]).await;
    let mut browser = office.signed_in(&company).await;
    let assets = taken_from(&browser.get("/board").await);
    assert!(assets.len() >= 5, "{assets:?}");
    for path in &assets {
        assert!(path.starts_with("/assets/"), "{path}");
        let plain = browser.get(path).await;
        assert_eq!(plain.status, 200, "{path}");
        assert_eq!(plain.header("cache-control"), Some("public, max-age=31536000, immutable"), "{path}");
        assert_eq!(plain.header("content-encoding"), None);
        let gzip = browser.send(Request::get(path).header("accept-encoding", "gzip, br"), String::new()).await;
        assert_eq!(gzip.header("content-encoding"), Some("gzip"), "{path}");
        assert_eq!(gzip.header("content-type"), plain.header("content-type"));
    }
    let html = browser.get("/board").await.html();
    let sprite = browser.get(assets.iter().find(|path| path.contains("icons")).expect("a sprite")).await;
    for icon in html.select(&selector("use[href]")).filter_map(|element| element.attr("href")?.split_once('#')) {
        assert!(sprite.body.contains(&format!("id=\"{}\"", icon.1)), "{icon:?}");
    }
}

#[tokio::test]
async fn a_page_allows_nothing_inline_nothing_foreign_and_no_frame() {
    let office = Office::sqlite().await;
    let company = office.company("salon").await;
    office.missed(&company, "Reception", &["+4915112345678"]).await;
    let mut pages = vec![Browser::new(office.router.clone()).get("/login").await];
    pages.push(office.signed_in(&company).await.get("/board").await);
    for page in pages {
        let policy = page.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
        assert!(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"));
        for (header, value) in [("x-content-type-options", "nosniff"), ("referrer-policy", "same-origin"), ("cache-control", "no-store")] {
            assert_eq!(page.header(header), Some(value));
        }
        assert!(page.header("permissions-policy").is_some_and(|it| it.contains("microphone=()")));
        let html = page.html();
        assert_eq!(html.select(&selector("style, [style], script:not([src])")).count(), 0);
        let everything = selector("*");
        let handlers = html.select(&everything).flat_map(|it| it.value().attrs()).filter(|(name, _)| name.starts_with("on"));
        assert_eq!(handlers.count(), 0);
    }
}

#[tokio::test]
async fn what_is_not_there_says_what_to_do() {
    let office = Office::sqlite().await;
    let company = office.company("salon").await;
    let mut browser = office.signed_in(&company).await;
    let nobody = "/board/attempts/0195a8a0-0000-7000-8000-000000000000/cancel";
    let answer = browser.post(nobody, &[]).await;
    assert_eq!(answer.status, 404);
    assert!(answer.text().contains("To the board"), "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
}
