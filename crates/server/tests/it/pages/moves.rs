use ringback_domain::call::EndedHow;

use super::{browser::Answer, office::Office};

/// How many open callbacks no attempt waits or runs for.
fn for_staff(page: &Answer) -> String {
    assert_eq!(page.text_of("span.card .label"), ["For your staff"], "it leads nowhere");
    page.text_of("span.card .count").concat()
}

#[tokio::test]
async fn somebody_who_waits_is_called_off_with_a_plain_form() {
    for office in Office::each().await {
        let company = office.company("salon").await;
        office.missed(&company, "Reception", &["+4915112345678", "+4915112345679"]).await;
        let mut browser = office.signed_in(&company).await;
        browser.post("/preferences", &[("language", "en")]).await;
        let page = browser.get("/board").await;
        assert_eq!(page.attribute("#queue .act", "method"), "post");
        assert_eq!(for_staff(&page), "0");
        let action = page.attribute("#queue .act", "action");
        let after = browser.post_and_follow(&action, &[]).await;
        assert_eq!(after.text_of("#said"), ["Cancelled. The request stays open for your staff."]);
        assert_eq!(after.text_of("#queue .number"), ["01511 2345679"]);
        assert_eq!(after.text_of("#outcomes .pill"), ["Cancelled"]);
        assert_eq!(for_staff(&after), "1", "it stays open, and the board says so");
        let again = browser.post_and_follow(&action, &[]).await;
        assert_eq!(again.text_of("#said"), ["Too late: it is already being called or is over."]);
    }
}

#[tokio::test]
async fn what_failed_is_tried_again_unless_something_stands_against_it() {
    for office in Office::each().await {
        let company = office.company("salon").await;
        let (phone, holder) = office.missed(&company, "Reception", &["+4915112345678"]).await;
        office.talked(&phone, holder, 30).await;
        let claim = office.dial(&phone).await.expect("is free");
        office.ended(&phone, claim.call, EndedHow::NoAnswer).await;
        let mut browser = office.signed_in(&company).await;
        browser.post("/preferences", &[("language", "en")]).await;
        let page = browser.get("/board?show=failed").await;
        assert!(page.text_of("#outcomes .row")[0].contains("did not pick up"), "{}", page.text());
        let action = page.attribute("#outcomes .act", "action");
        assert!(action.ends_with("/retry?show=failed"), "{action}");
        let after = browser.post_and_follow(&action, &[]).await;
        assert_eq!(after.text_of("#said"), ["It is in the queue again."]);
        assert_eq!(after.text_of("#queue .position"), ["1"]);
        assert_eq!((for_staff(&page), for_staff(&after)), ("1".to_owned(), "0".to_owned()));
        assert!(after.text_of("#outcomes .act").is_empty(), "another attempt waits: a retry would be refused");
        let again = browser.post_and_follow(&action, &[]).await;
        assert_eq!(again.text_of("#said"), ["Another attempt to this person is already waiting or running."]);
    }
}
