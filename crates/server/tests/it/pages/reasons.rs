//! The board says why: why nobody is called any more, why a phone rests, why a missed call is not returned.

use ringback_domain::{
    attempt::CalledOff,
    call::{EndedHow, News},
    ids::{AgentId, PhoneId},
};
use ringback_store::{Agent, Cancelled, PhoneDeleted};

use super::{
    browser::{Answer, Browser},
    office::{Company, Office},
};

/// The facts of the outcomes, in English and in German.
async fn outcomes(browser: &mut Browser) -> (Vec<String>, Vec<String>) {
    let mut facts = Vec::new();
    for language in ["en", "de"] {
        browser.language = language;
        facts.push(browser.get("/board").await.text_of("#outcomes .facts"));
    }
    (facts.remove(0), facts.remove(0))
}

fn both(facts: (&str, &str)) -> (Vec<String>, Vec<String>) {
    (vec![facts.0.to_owned()], vec![facts.1.to_owned()])
}

#[tokio::test]
async fn who_called_an_attempt_off_is_named() {
    for office in Office::each().await {
        let company = office.company("salon").await;
        office.missed(&company, "Reception", &["+4915112345678"]).await;
        let mut browser = office.signed_in(&company).await;
        let action = browser.get("/board").await.attribute("#queue .act", "action");
        browser.post(&action, &[]).await;
        let expected = ("ended 12:00 called off by Anna Lang missed 12:00", "beendet 12:00 von Anna Lang storniert verpasst 12:00");
        assert_eq!(outcomes(&mut browser).await, both(expected));

        // Nobody of this company: a program, or somebody else's person.
        let other = office.company("other").await;
        let (phone, _) = office.missed(&other, "Desk", &["+4915112345678"]).await;
        let attempt = *office.attempts().await.last().expect("one waits");
        let stranger =
            format!("staff:{}", office.rows(company.id).staff_by_email(&company.email).await.expect("reads").expect("is there").id);
        let cancelled = office.rows(other.id).cancel_attempt(attempt, &stranger, office.now()).await.expect("is written");
        assert_eq!(cancelled, Cancelled::Yes { phone: phone.id });
        let mut browser = office.signed_in(&other).await;
        let expected = ("ended 12:00 called off over the API missed 12:00", "beendet 12:00 über die API storniert verpasst 12:00");
        assert_eq!(outcomes(&mut browser).await, both(expected));
    }
}

#[tokio::test]
async fn whoever_got_through_by_himself_is_not_shown_as_just_cancelled() {
    for office in Office::each().await {
        let company = office.company("salon").await;
        let (phone, holder) = office.missed(&company, "Reception", &["+4915112345678"]).await;
        office.talked(&phone, holder, 30).await;
        office.advance(60);
        let (again, connected) = office.rings(&phone, "+4915112345678").await;
        assert!(connected);
        office.news(&phone, again, News::Answered { by: None }).await;
        office.talked(&phone, again, 95).await;
        let mut browser = office.signed_in(&company).await;
        let expected = ("ended 12:01 got through by calling again missed 12:00", "beendet 12:01 kam selbst durch verpasst 12:00");
        assert_eq!(outcomes(&mut browser).await, both(expected));
    }
}

#[tokio::test]
async fn a_phone_that_is_gone_and_a_person_reached_over_another_are_reasons_too() {
    for office in Office::each().await {
        let company = office.company("salon").await;
        let (phone, holder) = office.missed(&company, "Reception", &["+4915112345678"]).await;
        office.ended(&phone, holder, EndedHow::NoAnswer).await;
        let deleted = office.rows(company.id).delete_phone(phone.id, "token:x", office.now()).await.expect("is written");
        assert_eq!(deleted, PhoneDeleted::Yes);
        let mut browser = office.signed_in(&company).await;
        let (english, german) = outcomes(&mut browser).await;
        assert!(english.iter().any(|facts| facts.contains("the phone was deleted")), "{english:?}");
        assert!(german.iter().any(|facts| facts.contains("der Anschluss wurde gelöscht")), "{german:?}");
        for (because, en, de) in [
            (CalledOff::Reached, "was reached meanwhile", "wurde inzwischen erreicht"),
            (CalledOff::Closed, "the request was closed meanwhile", "die Anfrage wurde inzwischen geschlossen"),
        ] {
            retell(&office, because).await;
            let (english, german) = outcomes(&mut browser).await;
            assert!(english.iter().any(|facts| facts.contains(en)), "{english:?}");
            assert!(german.iter().any(|facts| facts.contains(de)), "{german:?}");
        }
    }
}

/// Another reason for the last attempt that was called off, as the store writes it.
async fn retell(office: &Office, because: CalledOff) {
    let attempt = office.attempts().await[0];
    let data = serde_json::json!({"attempt": {"id": attempt, "because": because}}).to_string();
    office.execute("update events set data = $1 where type = 'attempt.cancelled'", vec![data.into()]).await;
}

#[tokio::test]
async fn a_missed_call_without_a_number_is_shown_though_nobody_can_return_it() {
    for office in Office::each().await {
        let (company, other) = (office.company("salon").await, office.company("other").await);
        let (phone, _) = office.missed(&company, "Reception", &[]).await;
        let mut browser = office.signed_in(&company).await;
        assert!(browser.get("/board").await.text_of("#withheld").is_empty(), "an empty list is not shown");
        for _ in 0..2 {
            office.advance(60);
            assert!(!office.rings(&phone, "").await.1);
        }
        let page = browser.get("/board").await;
        assert_eq!(page.text_of("#withheld h2"), ["Missed without a number 2"]);
        assert_eq!(page.text_of("#withheld .row"), ["Number withheld missed 12:02 busy", "Number withheld missed 12:01 busy"]);
        assert!(page.text_of("#queue .row").is_empty());
        assert!(browser.fragment("/board/live").await.text().contains("Missed without a number"), "it moves with the rest");
        assert!(browser.get("/board?show=failed").await.text_of("#withheld").is_empty(), "a count's rows are its own");
        assert!(office.signed_in(&other).await.get("/board").await.text_of("#withheld").is_empty());
        browser.language = "de";
        assert_eq!(browser.get("/board").await.text_of("#withheld .row")[0], "Nummer unterdrückt verpasst 12:02 besetzt");
        office.advance(24 * 60 * 60 + 1);
        assert!(browser.get("/board").await.text_of("#withheld").is_empty());
    }
}

async fn pause(office: &Office, phone: PhoneId, because: &'static str) {
    let until = office.now().as_millisecond() + 60_000;
    let sql = "update phone_dialing set paused_until = $2, paused_because = $3 where phone_id = $1";
    office.execute(sql, vec![phone.into(), until.into(), because.into()]).await;
}

#[tokio::test]
async fn why_a_phone_rests_is_said_in_the_readers_language_and_never_in_the_carriers_words() {
    let office = Office::sqlite().await;
    let company = office.company("salon").await;
    let (phone, _) = office.missed(&company, "Reception", &["+4915112345678"]).await;
    let mut browser = office.signed_in(&company).await;
    for (because, en, de) in [
        ("402: Insufficient funds", "the account at the carrier is not funded", "das Konto beim Anbieter ist nicht gedeckt"),
        ("cannot connect: Connection refused (os error 111)", "the carrier cannot be reached", "der Anbieter ist nicht zu erreichen"),
        (
            "circuit breaker: 5 of 6 requests failed in 120 s; last: 503: Busy",
            "too many requests to the carrier failed; last: something at the carrier has failed",
            "zu viele Anfragen an den Anbieter sind gescheitert, zuletzt: beim Anbieter ist etwas ausgefallen",
        ),
        ("Gobbledygook", "the reason is not known", "der Grund ist nicht bekannt"),
    ] {
        pause(&office, phone.id, because).await;
        for (language, sentence) in [("en", en), ("de", de)] {
            browser.language = language;
            let page = browser.get("/board").await;
            for place in [".phone .notice", "#queue .because"] {
                let told = page.text_of(place);
                assert!(told.len() == 1 && told[0].ends_with(sentence), "{because}: {told:?}");
            }
            assert!(!page.text().contains(because), "{}", page.text());
        }
    }
}

#[tokio::test]
async fn a_phone_whose_voice_agent_is_switched_off_says_so() {
    for office in Office::each().await {
        let company = office.company("salon").await;
        let phone = office.phone(&company, "Reception", 1).await;
        let now = office.now();
        let agent = Agent {
            id: AgentId(office.app.store.new_id(now)),
            name: "Mila".to_owned(),
            prompt: "You are Mila.".to_owned(),
            voice: None,
            llm: None,
            languages: Vec::new(),
            stream_url: None,
            active: true,
            created_at: now,
            updated_at: now,
        };
        office.rows(company.id).add_agent(&agent).await.expect("is new");
        office.execute("update phones set agent_id = $1 where id = $2", vec![agent.id.into(), phone.id.into()]).await;
        assert_eq!(notices(&office, &company).await.text_of(".phone .notice"), Vec::<String>::new());
        office.execute("update agents set active = $1", vec![false.into()]).await;
        let told = notices(&office, &company).await.text_of(".phone .notice");
        assert_eq!(told, ["The voice agent is switched off; it goes on taking calls here"]);
    }
}

async fn notices(office: &Office, company: &Company) -> Answer {
    office.signed_in(company).await.get("/board").await
}
