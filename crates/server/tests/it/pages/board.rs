use ringback_domain::{
    call::{EndedHow, News},
    campaign::{InboundMisses, Move, State},
    ids::CampaignId,
};
use ringback_store::{Campaign, CampaignMoved, db::Value};

use super::{
    browser::{Answer, Browser},
    office::{Company, Office},
};

async fn english(office: &Office, company: &Company) -> Browser {
    office.signed_in(company).await
}

async fn german(office: &Office, company: &Company) -> Browser {
    let mut browser = office.signed_in(company).await;
    browser.language = "de-DE";
    browser
}

fn counts(page: &Answer) -> Vec<(String, String)> {
    let counts = page.text_of(".card .count");
    page.text_of(".card .label").into_iter().zip(counts).filter(|(_, count)| count != "0").collect()
}

#[tokio::test]
async fn the_board_shows_who_is_on_the_line_who_waits_and_what_came_of_it() {
    for office in Office::each().await {
        let company = office.company("salon").await;
        office.customer(&company, "Petra Sommer", "+4915112345678").await;
        let (phone, holder) = office.missed(&company, "Reception", &["+4915112345678", "+442071838750", "+4915112345679"]).await;
        office.news(&phone, holder, News::Answered { by: None }).await;
        let mut browser = english(&office, &company).await;
        let page = browser.get("/board").await;
        assert_eq!(page.text_of(".occupancy"), ["1 of 1 busy"]);
        assert_eq!(page.text_of(".channel .state"), ["Talking, inbound"]);
        assert_eq!(page.text_of(".channel .elapsed"), ["0:00"]);
        // Whom the machine may not ring has no place in its queue.
        assert_eq!(page.text_of("#queue .position"), ["1", "2", "– later"]);
        assert_eq!(page.text_of("#queue .who"), ["Petra Sommer 01511 2345678", "01511 2345679", "+44 20 7183 8750"]);
        assert_eq!(page.attribute("#queue .number", "href"), "tel:+4915112345678");
        assert_eq!(page.text_of("#queue .row:first-child .pill"), ["Waiting", "High"]);
        assert_eq!(page.text_of("#queue .row:first-child .facts"), ["missed 12:00 busy"]);
        assert_eq!(page.text_of("#queue .because")[0], "all channels are busy");
        office.talked(&phone, holder, 95).await;
        let claim = office.dial(&phone).await.expect("is free");
        let page = browser.get("/board").await;
        assert_eq!(page.text_of(".channel"), ["Channel 1: Ringing 0:00 Petra Sommer 01511 2345678 missed 12:00"]);
        assert_eq!(counts(&page), [("Waiting".to_owned(), "2".to_owned()), ("Being called".to_owned(), "1".to_owned())]);
        office.talked(&phone, claim.call, 75).await;
        let page = browser.get("/board").await;
        assert_eq!(page.text_of(".channel"), ["Channel 1: free"]);
        assert_eq!(page.text_of("#outcomes .row"), ["Reached Petra Sommer 01511 2345678 ended 12:00 1:15 min missed 12:00"]);
        // Whom the machine may not ring is passed over, and it is said why.
        let next = office.dial(&phone).await.expect("is free");
        let page = browser.get("/board").await;
        assert_eq!(page.text_of(".channel .who"), ["01511 2345679"]);
        assert_eq!(page.text_of("#queue .row .who"), ["+44 20 7183 8750"]);
        assert_eq!(page.text_of("#queue .position"), ["– later"]);
        assert_eq!(page.text_of("#queue .because"), ["calls to GB are not allowed: for your staff"]);
        office.ended(&phone, next.call, EndedHow::Busy).await;
    }
}

#[tokio::test]
async fn the_same_board_in_german() {
    let office = Office::sqlite().await;
    let company = office.company("salon").await;
    let (phone, holder) = office.missed(&company, "Empfang", &["+4915112345678", "+4915112345679"]).await;
    office.talked(&phone, holder, 30).await;
    let claim = office.dial(&phone).await.expect("is free");
    office.ended(&phone, claim.call, EndedHow::NoAnswer).await;
    let page = german(&office, &company).await.get("/board").await;
    assert_eq!(page.text_of("h2"), ["Anschlüsse", "Warteschlange 1", "Letzte Ergebnisse"]);
    assert_eq!(page.text_of(".channel"), ["Kanal 1: frei"]);
    assert_eq!(page.text_of("#queue .because"), ["ist als Nächstes dran"]);
    assert_eq!(page.text_of("#outcomes .row"), ["Gescheitert 01511 2345678 beendet 12:00 nicht abgenommen verpasst 12:00 Erneut"]);
    assert_eq!(page.text_of(".zone"), ["Alle Zeiten: Europe/Berlin"]);
}

#[tokio::test]
async fn a_new_company_is_told_what_comes_next() {
    let office = Office::sqlite().await;
    let company = office.company("salon").await;
    let page = english(&office, &company).await.get("/board").await;
    let empty = page.text_of(".empty");
    assert!(empty[0].contains("POST /api/v1/phones"), "{empty:?}");
    assert!(empty[1].contains("returned by itself"), "{empty:?}");
    assert!(empty[2].contains("listed here"), "{empty:?}");
}

#[tokio::test]
async fn every_count_leads_to_exactly_its_rows() {
    for office in Office::each().await {
        let company = office.company("salon").await;
        let (phone, holder) = office.missed(&company, "Reception", &["+4915112345671", "+4915112345672", "+4915112345673"]).await;
        let campaign = running_campaign(&office, &company, &phone).await;
        for held in ["+4915112345674", "+4915112345675"] {
            office.rings(&phone, held).await;
        }
        office.talked(&phone, holder, 30).await;
        let reached = office.dial(&phone).await.expect("is free");
        office.talked(&phone, reached.call, 40).await;
        let failed = office.dial(&phone).await.expect("is free");
        office.ended(&phone, failed.call, EndedHow::Busy).await;
        let mut browser = english(&office, &company).await;
        let all = browser.get("/board").await;
        let expected = [("Waiting", "1"), ("On hold", "2"), ("For your staff", "1"), ("Reached today", "1"), ("Failed today", "1")];
        assert_eq!(counts(&all), expected.map(|(label, count)| (label.to_owned(), count.to_owned())));
        for (show, list, numbers) in [
            ("pending", "#queue", vec!["01511 2345673"]),
            ("on_hold", "#queue", vec!["01511 2345674", "01511 2345675"]),
            ("insufficient_credits", "#queue", vec![]),
            ("completed", "#outcomes", vec!["01511 2345671"]),
            ("failed", "#outcomes", vec!["01511 2345672"]),
        ] {
            assert_eq!(all.attribute(&format!("a[href*='show={show}']"), "href"), format!("/board?show={show}{list}"));
            let page = browser.get(&format!("/board?show={show}")).await;
            assert_eq!(page.text_of(&format!("{list} .number")), numbers, "{show}");
            assert_eq!(page.attribute(".card[aria-current]", "href"), format!("/board{list}"), "a second click leads back");
            assert_eq!(page.attribute("#live", "hx-get"), format!("/board/live?show={show}"), "what moves stays filtered");
        }
        let held = browser.get("/board?show=on_hold").await;
        assert_eq!(held.text_of("#queue .because")[0], "waits for campaign “Autumn”");
        assert_eq!(held.text_of("#queue .row:first-child .pill"), ["On hold", "Low"]);
        assert!(all.text_of(".phone .notice")[0].contains("“Autumn” is running"));
        let moved = office.rows(company.id).move_campaign(campaign, Move::Complete, "operator", office.now()).await;
        assert!(matches!(moved, Ok(CampaignMoved::Yes(_))));
        assert_eq!(browser.get("/board").await.text_of("#queue .position"), ["1", "2", "3"]);
    }
}

async fn running_campaign(office: &Office, company: &Company, phone: &ringback_store::IngressPhone) -> CampaignId {
    let id = CampaignId(office.app.store.new_id(office.now()));
    let campaign = Campaign {
        id,
        phone_id: phone.id,
        name: "Autumn".to_owned(),
        state: State::Draft,
        inbound_misses: InboundMisses::AfterCampaign,
        max_channels: None,
        created_at: office.now(),
        updated_at: office.now(),
    };
    office.rows(company.id).add_campaign(&campaign).await.expect("is new");
    let moved = office.rows(company.id).move_campaign(id, Move::Start, "operator", office.now()).await;
    assert!(matches!(moved, Ok(CampaignMoved::Yes(_))));
    id
}

#[tokio::test]
async fn what_stands_against_dialing_is_said_where_it_belongs() {
    for office in Office::each().await {
        let company = office.company("salon").await;
        let (phone, _) = office.missed(&company, "Reception", &["+4915112345678"]).await;
        let mut browser = english(&office, &company).await;
        office.app.store.add_credits(company.id, -9_950, "test", "operator", office.now()).await.expect("is written");
        let page = browser.get("/board").await;
        assert!(page.text_of("#live > .notice")[0].starts_with("Credits are short: 50 left, more than 100 are needed."), "{}", page.text());
        assert_eq!(counts(&page), [("No credits".to_owned(), "1".to_owned())]);
        assert_eq!(page.text_of("#queue .row .pill")[0], "No credits");
        assert_eq!(page.text_of("#queue .because"), ["credits are short: 50 free, more than 100 needed"]);
        office.app.store.add_credits(company.id, 1_000, "test", "operator", office.now()).await.expect("is written");
        let until = office.now().as_millisecond() + 60_000;
        let paused = "update phone_dialing set paused_until = $2, paused_because = $3 where phone_id = $1";
        office.execute(paused, vec![phone.id.into(), until.into(), "401: Authenticate".into()]).await;
        let page = browser.get("/board").await;
        assert_eq!(page.text_of(".phone .notice"), ["No automatic calls until 12:01:14: the carrier does not accept the credentials"]);
        assert_eq!(page.text_of("#queue .because"), ["phone paused until 12:01: the carrier does not accept the credentials"]);
        office.app.store.set_dialing_paused(Some(company.id), true, office.now()).await.expect("is written");
        let page = browser.get("/board").await;
        assert!(page.text_of("#live > .notice")[0].starts_with("The operator has paused"));
        assert_eq!(page.text_of("#queue .because"), ["paused by the operator"]);
        office.execute("update phones set active = $1", vec![Value::Bool(false)]).await;
        assert!(browser.get("/board").await.text_of(".phone .notice")[0].starts_with("Switched off"));
    }
}

#[tokio::test]
async fn a_long_queue_is_cut_and_the_rest_is_a_number() {
    for office in Office::each().await {
        let company = office.company("salon").await;
        let numbers: Vec<String> = (0..60).map(|n| format!("+49151123456{n:02}")).collect();
        let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
        let (_, holder) = office.missed(&company, "Reception", &numbers).await;
        let second = office.phone(&company, "Second", 12).await;
        let mut browser = english(&office, &company).await;
        let page = browser.get("/board").await;
        assert_eq!(page.text_of("#queue .row").len(), 50);
        assert_eq!(page.text_of("#queue .more"), ["10 more are waiting behind them."]);
        assert_eq!(page.text_of("#queue .badge"), ["60"]);
        assert_eq!(page.text_of("#queue .number")[0], "01511 2345600");
        assert!(page.text_of("#queue .facts")[0].ends_with("busy via Reception"), "with two phones it says which");
        assert_eq!(page.text_of(".phone:last-child .more"), ["and 6 more free channels"]);
        assert_ne!(holder.to_string(), second.id.to_string());
    }
}

#[tokio::test]
async fn one_more_is_one_and_not_many() {
    let office = Office::sqlite().await;
    let company = office.company("salon").await;
    let numbers: Vec<String> = (0..51).map(|n| format!("+49151123456{n:02}")).collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    office.missed(&company, "Reception", &numbers).await;
    let page = english(&office, &company).await.get("/board").await;
    assert_eq!(page.text_of("#queue .more"), ["1 more is waiting behind them."]);
    let page = german(&office, &company).await.get("/board").await;
    assert_eq!(page.text_of("#queue .more"), ["Dahinter wartet 1 weitere Person."]);
    assert_eq!(page.text_of("#queue .badge"), ["51"]);
}

#[tokio::test]
async fn a_call_that_was_asked_for_is_not_told_as_a_missed_one() {
    for office in Office::each().await {
        let company = office.company("salon").await;
        let (phone, holder) = office.missed(&company, "Reception", &["+4915112345678"]).await;
        office.execute("update attempts set missed_reason = null", vec![]).await;
        let mut browser = english(&office, &company).await;
        assert_eq!(browser.get("/board").await.text_of("#queue .facts"), ["asked for 12:00"]);
        office.talked(&phone, holder, 30).await;
        let claim = office.dial(&phone).await.expect("is free");
        assert_eq!(browser.get("/board").await.text_of(".channel .note"), ["asked for 12:00"]);
        office.ended(&phone, claim.call, EndedHow::Busy).await;
        browser.language = "de";
        assert_eq!(browser.get("/board").await.text_of("#outcomes .facts"), ["beendet 12:00 besetzt erbeten 12:00"]);
    }
}

#[tokio::test]
async fn the_way_back_stands_where_the_rows_are_fewer() {
    let office = Office::sqlite().await;
    let company = office.company("salon").await;
    let mut browser = english(&office, &company).await;
    for (show, filtered, other) in
        [("failed", "#outcomes", "#queue"), ("completed", "#outcomes", "#queue"), ("pending", "#queue", "#outcomes")]
    {
        let page = browser.get(&format!("/board?show={show}")).await;
        assert_eq!(page.attribute(&format!("{filtered} .filter a"), "href"), "/board", "{show}");
        assert!(page.text_of(&format!("{other} .filter")).is_empty(), "{show}");
        assert!(page.text_of(&format!("{other} .empty strong")).len() == 1, "{show}: what is not filtered is just empty");
    }
}

#[tokio::test]
async fn without_scripts_the_board_reads_moves_and_refreshes() {
    let office = Office::sqlite().await;
    let company = office.company("salon").await;
    office.missed(&company, "Reception", &["+4915112345678"]).await;
    let mut browser = english(&office, &company).await;
    let page = browser.get("/board?show=pending").await;
    assert!(page.body.contains(r#"<noscript><meta http-equiv="refresh" content="15;url=/board?show=pending"></noscript>"#));
    assert!(page.body.contains(r#"<a href="/board?show=pending">Refresh</a>"#));
    for form in ["#queue .act", ".me", ".preferences"] {
        assert_eq!(page.attribute(form, "method"), "post");
        assert!(page.attribute(form, "action").starts_with('/'));
    }
    let fragment = browser.fragment("/board/live?show=pending").await;
    assert!(!fragment.body.contains("<html") && fragment.text().contains("Queue"), "{}", fragment.body);
}

/// A shared phone's channels are everybody's to see, the person on one only to those of his branch; a branch's own phone is its own.
#[tokio::test]
async fn staff_see_on_the_board_whom_their_branch_calls() {
    for office in Office::each().await {
        let company = office.company("salon").await;
        office.missed(&company, "Reception", &["+4915112345678", "+4915112345679"]).await;
        let (north, south) = (uuid::Uuid::now_v7(), uuid::Uuid::now_v7());
        for (id, number) in [(north, "+4915112345678"), (south, "+4915112345679")] {
            const BRANCH: &str =
                "insert into branches (id, company_id, name, time_zone, opening_hours, holidays, active, created_at, updated_at)
                values ($1, $2, 'x', 'Europe/Berlin', '{}', '[]', $3, 0, 0)";
            office.execute(BRANCH, vec![id.into(), company.id.into(), true.into()]).await;
            office.execute("update callbacks set branch_id = $1 where number = $2", vec![id.into(), number.into()]).await;
        }
        const TALKS: &str =
            "update calls set callback_id = (select id from callbacks where branch_id = $1) where number = '+4915199999999'";
        office.execute(TALKS, vec![south.into()]).await;
        let owner = office.signed_in(&company).await.get("/board").await;
        assert_eq!(owner.text_of("#queue .who"), ["01511 2345678", "01511 2345679"]);
        office.execute("update staff set role = 'staff', branch_id = $1", vec![north.into()]).await;
        let mut browser = office.signed_in(&company).await;
        let page = browser.get("/board").await;
        assert_eq!(page.text_of("#queue .who"), ["01511 2345678"]);
        assert_eq!(counts(&page), [("Waiting".to_owned(), "1".to_owned())]);
        assert_eq!(page.text_of(".occupancy"), ["1 of 1 busy"]);
        assert_eq!(page.text_of(".channel .who"), ["Somebody of another branch"]);
        let attempts = office.attempts().await;
        assert_eq!(browser.post(&format!("/board/attempts/{}/cancel", attempts[1]), &[]).await.status, 404);
        assert_eq!(browser.post(&format!("/board/attempts/{}/cancel", attempts[0]), &[]).await.status, 303);
        let page = browser.get("/board").await;
        assert_eq!(page.text_of("#outcomes .row").len(), 1);
        assert_eq!(counts(&page), [("For your staff".to_owned(), "1".to_owned())]);
        office.execute("update staff set branch_id = $1", vec![south.into()]).await;
        let page = office.signed_in(&company).await.get("/board").await;
        assert_eq!(counts(&page), [("Waiting".to_owned(), "1".to_owned())], "another branch's callback was counted");
        assert!(page.text_of("#outcomes .row").is_empty());
        assert_eq!(page.text_of(".channel .who").len(), 1);
        assert_ne!(page.text_of(".channel .who"), ["Somebody of another branch"]);
        office.execute("update phones set branch_id = $1", vec![north.into()]).await;
        assert!(office.signed_in(&company).await.get("/board").await.text_of(".channel").is_empty());
    }
}
