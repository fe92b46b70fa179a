use std::{pin::Pin, time::Duration};

use axum::{
    body::{Body, BodyDataStream},
    http::{Request, header},
};
use futures::StreamExt as _;
use tokio::time::timeout;
use tower::ServiceExt as _;

use super::office::{Company, Office};

struct Stream(Pin<Box<BodyDataStream>>);

impl Stream {
    async fn open(office: &Office, company: &Company) -> Self {
        let browser = office.signed_in(company).await;
        let cookies: Vec<String> = browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::get("/board/stream").header(header::COOKIE, cookies.join("; ")).header("accept-encoding", "gzip");
        let response = office.router.clone().oneshot(request.body(Body::empty()).expect("a request")).await.expect("infallible");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        assert!(!response.headers().contains_key(header::CONTENT_ENCODING), "compressed events come late");
        Self(Box::pin(response.into_body().into_data_stream()))
    }

    async fn told_within(&mut self, patience: Duration) -> bool {
        match timeout(patience, self.0.next()).await {
            Ok(Some(Ok(chunk))) => {
                assert_eq!(chunk, "event: board\ndata: changed\n\n");
                true
            }
            Ok(ended) => panic!("the stream ended: {ended:?}"),
            Err(_) => false,
        }
    }
}

const SOON: Duration = Duration::from_secs(10);
const A_MOMENT: Duration = Duration::from_millis(400);

#[tokio::test]
async fn an_open_board_hears_of_its_companys_changes_and_of_nobody_elses() {
    let office = Office::sqlite().await;
    let (ours, theirs) = (office.company("ours").await, office.company("theirs").await);
    let mut stream = Stream::open(&office, &ours).await;
    assert!(stream.told_within(SOON).await, "what happened before is made up for");
    let phone = office.phone(&theirs, "Their Line", 1).await;
    office.rings(&phone, "+4915112345678").await;
    assert!(!stream.told_within(A_MOMENT).await, "another company's change was told");
    let phone = office.phone(&ours, "Our Line", 1).await;
    office.rings(&phone, "+4915112345678").await;
    assert!(stream.told_within(SOON).await);
}

#[tokio::test]
async fn many_changes_at_once_are_told_at_most_four_times_a_second() {
    let office = Office::sqlite().await;
    let company = office.company("ours").await;
    let phone = office.phone(&company, "Our Line", 1).await;
    let mut stream = Stream::open(&office, &company).await;
    assert!(stream.told_within(SOON).await);
    let began = std::time::Instant::now();
    let mut told = 0;
    for n in 0..50 {
        office.rings(&phone, &format!("+49151123456{n:02}")).await;
        while stream.told_within(Duration::ZERO).await {
            told += 1;
        }
    }
    while stream.told_within(A_MOMENT).await {
        told += 1;
    }
    let most = began.elapsed().as_millis() / 250 + 1;
    assert!(told >= 1 && told <= most, "told {told} times in {:?}", began.elapsed());
}

#[tokio::test]
async fn a_board_ends_with_its_session() {
    let office = Office::sqlite().await;
    let company = office.company("ours").await;
    let phone = office.phone(&company, "Our Line", 1).await;
    let mut stream = Stream::open(&office, &company).await;
    assert!(stream.told_within(SOON).await);
    office.execute("delete from sessions", vec![]).await;
    office.rings(&phone, "+4915112345678").await;
    assert!(timeout(SOON, stream.0.next()).await.expect("in time").is_none(), "somebody who is signed out was told");
}

#[tokio::test]
async fn the_boards_of_one_company_leave_room_for_those_of_others() {
    let office = Office::sqlite().await;
    let (ours, theirs) = (office.company("ours").await, office.company("theirs").await);
    let browser = office.signed_in(&ours).await;
    let cookies: Vec<String> = browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut open = Vec::new();
    for nth in 0..51 {
        let request = Request::get("/board/stream").header(header::COOKIE, cookies.join("; ")).body(Body::empty()).expect("a request");
        let response = office.router.clone().oneshot(request).await.expect("infallible");
        assert_eq!(response.status().as_u16(), if nth < 50 { 200 } else { 503 });
        open.push(response);
    }
    assert!(Stream::open(&office, &theirs).await.told_within(SOON).await);
}
