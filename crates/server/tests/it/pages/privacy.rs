use ringback_domain::call::EndedHow;

use super::office::Office;

#[tokio::test]
async fn nothing_of_another_company_is_ever_shown_or_touched() {
    for office in Office::each().await {
        let (ours, theirs) = (office.company("ours").await, office.company("theirs").await);
        office.customer(&theirs, "Their Secret Customer", "+4915112345678").await;
        let (phone, holder) = office.missed(&theirs, "Their Line", &["+4915112345678", "+4915112345679"]).await;
        office.talked(&phone, holder, 30).await;
        let claim = office.dial(&phone).await.expect("is free");
        office.ended(&phone, claim.call, EndedHow::Busy).await;
        let mut browser = office.signed_in(&ours).await;
        for page in ["/board", "/board?show=failed", "/board?show=pending", "/board/live"] {
            let page = browser.get(page).await;
            for secret in ["Their", "theirs", "01511 234", "+4915112345678", "30 min"] {
                assert!(!page.body.contains(secret), "{secret}: {}", page.text());
            }
            assert_eq!(page.text_of(".card .count").concat(), "00000000");
        }
        for attempt in office.attempts().await {
            for act in ["cancel", "retry"] {
                assert_eq!(browser.post(&format!("/board/attempts/{attempt}/{act}"), &[]).await.status, 404);
            }
        }
        let mut theirs = office.signed_in(&theirs).await;
        let page = theirs.get("/board").await;
        assert_eq!(page.text_of(".card .count").concat(), "10000101", "{}", page.text());
    }
}

#[tokio::test]
async fn what_people_typed_is_shown_as_they_typed_it_and_runs_nothing() {
    let office = Office::sqlite().await;
    let company = office.company("salon").await;
    let typed = r#"<img src=x onerror="alert(1)"> O'Neil & "Söhne""#;
    office.customer(&company, typed, "+4915112345678").await;
    let (phone, holder) = office.missed(&company, "<script>alert(2)</script>", &["+4915112345678"]).await;
    let mut browser = office.signed_in(&company).await;
    let page = browser.get("/board").await;
    assert_eq!(page.text_of("#queue .name"), [typed]);
    assert_eq!(page.text_of(".phone h3"), ["<script>alert(2)</script>"]);
    assert!(page.attribute("#queue form", "hx-confirm").contains(typed));
    assert!(!page.body.contains("<img src=x") && !page.body.contains("<script>alert"));
    office.talked(&phone, holder, 30).await;
    let claim = office.dial(&phone).await.expect("is free");
    assert_eq!(browser.get("/board").await.text_of(".channel .name"), [typed]);
    office.ended(&phone, claim.call, EndedHow::Busy).await;
    let page = browser.get("/board").await;
    assert_eq!(page.text_of("#outcomes .name"), [typed]);
    assert!(!page.body.contains("<img src=x"));
}
