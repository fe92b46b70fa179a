use serde_json::{Value as Json, json};

use super::bench::{Api, new_agent};

fn path_of(link: &Json) -> String {
    link.as_str().expect("a link").strip_prefix("http://ringback.test").expect("ours").to_owned()
}

async fn names(api: &Api, path: &str) -> (Vec<String>, Json) {
    let answer = api.get(path).await;
    let names = answer.data(200).as_array().expect("a list").iter().map(|it| it["name"].as_str().expect("a name").to_owned());
    (names.collect(), answer.body)
}

async fn seven_agents(api: &Api) {
    for n in 1..=7 {
        let mut agent = new_agent();
        agent["name"] = json!(format!("{n}"));
        api.post("/api/v1/agents", agent).await.id(201);
    }
}

#[tokio::test]
async fn pages_link_to_each_other() {
    for api in Api::each().await {
        seven_agents(&api).await;
        let (first, body) = names(&api, "/api/v1/agents?per_page=3").await;
        assert_eq!(first, ["1", "2", "3"]);
        assert_eq!((&body["meta"]["page"], &body["meta"]["per_page"], &body["meta"]["total"]), (&json!(1), &json!(3), &json!(7)));
        assert_eq!(body["links"]["prev"], Json::Null);
        let (second, body) = names(&api, &path_of(&body["links"]["next"])).await;
        assert_eq!(second, ["4", "5", "6"]);
        assert_eq!(names(&api, &path_of(&body["links"]["prev"])).await.0, first);
        let (last, body) = names(&api, &path_of(&body["links"]["last"])).await;
        assert_eq!(last, ["7"]);
        assert_eq!((&body["links"]["next"], &body["meta"]["next_cursor"]), (&Json::Null, &Json::Null));
        assert_eq!(names(&api, &path_of(&body["links"]["first"])).await.0, first);
        let (beyond, _) = names(&api, "/api/v1/agents?per_page=3&page=9").await;
        assert!(beyond.is_empty());
        let (all, body) = names(&api, "/api/v1/agents").await;
        assert_eq!((all.len(), &body["meta"]["per_page"]), (7, &json!(20)));
    }
}

#[tokio::test]
async fn a_cursor_goes_on_where_it_was_whatever_comes_and_goes() {
    for api in Api::each().await {
        seven_agents(&api).await;
        let answer = api.get("/api/v1/agents?per_page=3").await;
        let cursor = answer.body["meta"]["next_cursor"].as_str().expect("a cursor").to_owned();
        let second = answer.data(200)[1]["id"].as_str().expect("an id").to_owned();
        assert_eq!(api.delete(&format!("/api/v1/agents/{second}")).await.status, 204);
        let (next, body) = names(&api, &format!("/api/v1/agents?per_page=3&cursor={cursor}")).await;
        assert_eq!(next, ["4", "5", "6"]);
        assert_eq!(names(&api, &path_of(&body["links"]["next"])).await.0, ["7"]);
    }
}

#[tokio::test]
async fn equal_rows_are_never_shown_twice_or_skipped() {
    for api in Api::each().await {
        let (phone, _) = api.full_phone(1).await;
        // All in one millisecond.
        for n in 10..23 {
            api.miss(&phone, &format!("+49151123456{n}")).await;
        }
        for sort in ["created_at", "-created_at", "due_at", "-due_at", "priority", "-priority"] {
            let mut seen = Vec::new();
            let mut path = format!("/api/v1/callbacks?per_page=5&sort={sort}");
            loop {
                let answer = api.get(&path).await;
                seen.extend(answer.data(200).as_array().expect("a list").iter().map(|it| it["id"].as_str().expect("an id").to_owned()));
                let Some(cursor) = answer.body["meta"]["next_cursor"].as_str() else { break };
                path = format!("/api/v1/callbacks?per_page=5&sort={sort}&cursor={cursor}");
            }
            assert_eq!(seen.len(), 13, "{sort}");
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), 13, "{sort}");
        }
        let cursor = api.get("/api/v1/callbacks?per_page=5").await.body["meta"]["next_cursor"].as_str().expect("a cursor").to_owned();
        assert_eq!(api.get(&format!("/api/v1/callbacks?sort=due_at&cursor={cursor}")).await.refused(), ["cursor"]);
        let mut seen = 0;
        let mut path = "/api/v1/callbacks/missed?limit=5".to_owned();
        loop {
            let answer = api.get(&path).await;
            seen += answer.data(200).as_array().expect("a list").len();
            if answer.body["links"]["next"].is_null() {
                assert!(path.ends_with("offset=10"), "{path}");
                assert!(path_of(&answer.body["links"]["prev"]).ends_with("offset=5"));
                break;
            }
            path = path_of(&answer.body["links"]["next"]);
        }
        assert_eq!(seen, 13);
    }
}

#[tokio::test]
async fn a_long_list_is_counted_to_ten_thousand_and_estimated_beyond() {
    for api in Api::each().await {
        let mut tx = api.app.store.db().begin().await.expect("begins");
        for _ in 0..10_000 {
            const SQL: &str = "insert into credit_entries (id, company_id, amount, balance, type, reason, actor, metadata, created_at)
                values ($1, $2, 0, 0, 'addition', 'x', 'x', '{}', 0)";
            tx.execute(SQL, vec![api.app.store.new_id(api.now()).into(), api.company.into()]).await.expect("inserts");
        }
        tx.commit().await.expect("commits");
        let list = api.get("/api/v1/credits/transactions?per_page=1").await;
        assert_eq!((&list.body["meta"]["total"], &list.body["meta"]["total_estimated"]), (&json!(10_000), &json!(true)));
        assert_eq!(list.body["links"]["last"], Json::Null);
        api.execute("delete from credit_entries where created_at > 0", vec![]).await;
        let list = api.get("/api/v1/credits/transactions?per_page=1").await;
        assert_eq!((&list.body["meta"]["total"], list.body["meta"].get("total_estimated")), (&json!(10_000), None));
    }
}

#[tokio::test]
async fn missed_calls_are_paged_by_offset_or_like_every_list() {
    for api in Api::each().await {
        let (phone, _) = api.full_phone(1).await;
        for n in 10..17 {
            api.miss(&phone, &format!("+49151123456{n}")).await;
            api.advance(1);
        }
        let ids = async |query: &str| {
            let answer = api.get(&format!("/api/v1/callbacks/missed{query}")).await;
            let ids = answer.data(200).as_array().expect("a list").iter().map(|it| it["id"].as_str().expect("an id").to_owned());
            (ids.collect::<Vec<_>>(), answer.body)
        };
        let (all, body) = ids("").await;
        assert_eq!((all.len(), &body["meta"]["per_page"]), (7, &json!(50)));
        let (second, body) = ids("?limit=3&offset=3").await;
        assert_eq!(second, all[3..6]);
        assert_eq!(
            (&body["meta"]["page"], &body["meta"]["per_page"], &body["meta"]["total"]),
            (&json!(2), &json!(3), &json!(7)),
            "the page that the offset begins"
        );
        let cursor = body["meta"]["next_cursor"].as_str().expect("a cursor").to_owned();
        assert_eq!(ids(&format!("?per_page=3&cursor={cursor}")).await.0, all[6..]);
        assert_eq!(path_of(&body["links"]["last"]), "/api/v1/callbacks/missed?limit=3&offset=6");
        let (paged, body) = ids("?per_page=3&page=2").await;
        assert_eq!(paged, second);
        assert_eq!(path_of(&body["links"]["next"]), "/api/v1/callbacks/missed?per_page=3&page=3");
        assert_eq!(ids("?page=1").await.1["meta"]["per_page"], 20);
        let both = api.get("/api/v1/callbacks/missed?offset=3&page=2").await;
        assert_eq!((both.refused(), &both.errors()[0]["code"]), (vec!["offset"], &json!("conflict")));
        let elsewhere = api.get(&format!("/api/v1/callbacks?cursor={cursor}")).await;
        assert_eq!(elsewhere.refused(), ["cursor"], "of another list");
    }
}
