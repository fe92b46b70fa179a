//! A browser without a screen and without JavaScript: cookies, links, forms.

use std::collections::BTreeMap;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, header},
};
use scraper::{ElementRef, Html, Selector};
use tower::ServiceExt as _;

pub(super) struct Browser {
    router: Router,
    pub(super) cookies: BTreeMap<String, String>,
    pub(super) language: &'static str,
    /// What the browser says of where a post comes from.
    pub(super) site: &'static str,
}

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Browser {
    pub(super) fn new(router: Router) -> Self {
        Self { router, cookies: BTreeMap::new(), language: "en-GB,en;q=0.9", site: "same-origin" }
    }

    pub(super) async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path), String::new()).await
    }

    /// As htmx asks for a fragment.
    pub(super) async fn fragment(&mut self, path: &str) -> Answer {
        self.send(Request::get(path).header("hx-request", "true"), String::new()).await
    }

    pub(super) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request =
            Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").header("sec-fetch-site", self.site);
        self.send(request, body).await
    }

    /// The page behind a post, as a browser follows it.
    pub(super) async fn post_and_follow(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.post(path, fields).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        let next = answer.header("location").expect("somewhere to go").to_owned();
        self.get(&next).await
    }

    pub(super) async fn send(&mut self, request: axum::http::request::Builder, body: String) -> Answer {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request
            .header(header::HOST, "ringback.test")
            .header(header::COOKIE, cookies.join("; "))
            .header(header::ACCEPT_LANGUAGE, self.language)
            .body(Body::from(body))
            .expect("a request");
        let (parts, body) = self.router.clone().oneshot(request).await.expect("infallible").into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("text");
            let (name, value) = cookie.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let bytes = to_bytes(body, usize::MAX).await.expect("an answer");
        let answer = Answer { status: parts.status.as_u16(), headers: parts.headers, body: String::from_utf8_lossy(&bytes).into_owned() };
        assert!(answer.status < 500, "{}", answer.body);
        answer
    }
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("text"))
    }

    pub(super) fn html(&self) -> Html {
        Html::parse_document(&self.body)
    }

    /// What is there to read, in one line.
    pub(super) fn text(&self) -> String {
        self.text_of("body").join(" ")
    }

    /// What is there to read in each of these elements.
    pub(super) fn text_of(&self, css: &str) -> Vec<String> {
        self.html().select(&selector(css)).map(visible).collect()
    }

    #[track_caller]
    pub(super) fn attribute(&self, css: &str, name: &str) -> String {
        let html = self.html();
        let found = html.select(&selector(css)).next().and_then(|element| element.attr(name));
        found.unwrap_or_else(|| panic!("no {css} with {name} in {}", self.body)).to_owned()
    }
}

pub(super) fn selector(css: &str) -> Selector {
    Selector::parse(css).expect("a selector")
}

fn visible(element: ElementRef<'_>) -> String {
    element.text().flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}
