//! Branches, services, staff and customers: what they are made of, what is refused, and what they do to callbacks.

use ringback_domain::{ids::CustomerId, phone_number::PhoneNumber};
use serde_json::{Value as Json, json};

use super::bench::{Api, new_staff};

async fn branch(api: &Api, name: &str) -> String {
    api.post("/api/v1/branches", json!({"name": name})).await.id(201)
}

async fn service(api: &Api, name: &str, branches: &[&str]) -> String {
    api.post("/api/v1/services", json!({"name": name, "duration_minutes": 30, "branch_ids": branches})).await.id(201)
}

async fn names(api: &Api, path: &str) -> Vec<String> {
    let answer = api.get(&format!("/api/v1/{path}")).await;
    let rows = answer.data(200).as_array().expect("a list");
    assert_eq!(answer.body["meta"]["total"], rows.len(), "{path}");
    rows.iter().map(|row| row["name"].as_str().expect("a name").to_owned()).collect()
}

#[tokio::test]
async fn a_branch_keeps_its_hours_as_they_were_written() {
    for api in Api::each().await {
        let body = json!({
            "name": "Mitte", "time_zone": "Asia/Kolkata", "holidays": ["2026-12-25", "2026-01-01"],
            "opening_hours": {"mon": [["13:30", "18:00"], ["09:00", "12:30"]], "sun": []},
        });
        let made = api.post("/api/v1/branches", body).await;
        let shown = made.data(201).clone();
        assert_eq!(shown["opening_hours"], json!({"mon": [["09:00", "12:30"], ["13:30", "18:00"]], "sun": []}));
        assert_eq!(shown["holidays"], json!(["2026-01-01", "2026-12-25"]));
        assert_eq!((&shown["time_zone"], &shown["active"]), (&json!("Asia/Kolkata"), &json!(true)));
        let path = format!("/api/v1/branches/{}", made.id(201));
        assert_eq!(api.get(&path).await.data(200), &shown);
        let changed = api.patch(&path, json!({"opening_hours": {}, "active": false})).await;
        assert_eq!(changed.data(200)["opening_hours"], json!({}));
        assert_eq!(changed.data(200)["holidays"], shown["holidays"], "what is not named stays");
        assert_eq!(api.get(&path).await.data(200), changed.data(200));
        let plain = api.post("/api/v1/branches", json!({"name": "Nord"})).await;
        assert_eq!(plain.data(201)["time_zone"], "Europe/Berlin", "the company's own");
    }
}

#[tokio::test]
async fn every_wrong_field_of_a_branch_is_told_with_its_place() {
    for api in Api::each().await {
        let body = json!({
            "name": "", "time_zone": "Berlin", "holidays": ["2026-02-30", "2026-03-01", "2026-03-01"], "active": "yes", "id": "x",
            "opening_hours": {"mon": [["09:00", "08:00"]], "tue": [["09:00", "12:00"], ["11:00", "13:00"]], "day": [], "wed": "closed"},
        });
        let fields = [
            "active",
            "holidays[0]",
            "holidays[2]",
            "id",
            "name",
            "opening_hours.day",
            "opening_hours.mon[0]",
            "opening_hours.tue[1]",
            "opening_hours.wed",
            "time_zone",
        ];
        assert_eq!(api.post("/api/v1/branches", body.clone()).await.refused(), fields);
        let id = branch(&api, "Mitte").await;
        assert_eq!(api.patch(&format!("/api/v1/branches/{id}"), body).await.refused(), fields);
        let answer = api.post("/api/v1/branches", json!({"name": "x", "opening_hours": [], "holidays": null})).await;
        assert_eq!(answer.refused(), ["holidays", "opening_hours"]);
    }
}

#[tokio::test]
async fn lists_are_filtered_sorted_and_paged() {
    for api in Api::each().await {
        let (north, south) = (branch(&api, "Nord").await, branch(&api, "Süd am Park").await);
        api.patch(&format!("/api/v1/branches/{south}"), json!({"active": false})).await.data(200);
        assert_eq!(names(&api, "branches").await, ["Nord", "Süd am Park"]);
        assert_eq!(names(&api, "branches?sort=-created_at").await, ["Süd am Park", "Nord"]);
        assert_eq!(names(&api, "branches?q=park").await, ["Süd am Park"]);
        assert_eq!(names(&api, "branches?active=true").await, ["Nord"]);
        let cut = service(&api, "Cut", &[]).await;
        service(&api, "Colour", &[&south]).await;
        assert_eq!(names(&api, &format!("services?branch_id={north}")).await, ["Cut"]);
        assert_eq!(names(&api, &format!("services?branch_id={south}&sort=created_at")).await, ["Cut", "Colour"]);
        for (name, more) in [
            ("Ada Lenz", json!({"branch_id": north, "skills": [cut], "role": "manager"})),
            ("Bea Öz", json!({"branch_id": south})),
            ("Cem Ay", json!({"active": false})),
        ] {
            let mut body = new_staff(&format!("{}@example.com", &name[..3]));
            body["name"] = json!(name);
            body.as_object_mut().expect("an object").append(&mut more.as_object().expect("an object").clone());
            api.post("/api/v1/staff", body).await.id(201);
        }
        for (query, expected) in [
            ("staff", vec!["Ada Lenz", "Bea Öz", "Cem Ay"]),
            ("staff?q=öz", vec!["Bea Öz"]),
            ("staff?role=manager", vec!["Ada Lenz"]),
            ("staff?active=false", vec!["Cem Ay"]),
            (&format!("staff?branch_id={south}"), vec!["Bea Öz"]),
            (&format!("staff?service_id={cut}"), vec!["Ada Lenz"]),
        ] {
            assert_eq!(names(&api, query).await, expected, "{query}");
        }
        let page = api.get("/api/v1/staff?per_page=2&include=branch").await;
        assert_eq!(page.data(200)[0]["branch"]["name"], "Nord");
        let next = page.body["links"]["next"].as_str().expect("more").to_owned();
        let rest = api.get(next.strip_prefix("http://ringback.test").expect("our own")).await;
        assert_eq!((&rest.data(200)[0]["name"], &rest.data(200)[0]["branch"]), (&json!("Cem Ay"), &Json::Null));
        let cursor = page.body["meta"]["next_cursor"].as_str().expect("more");
        assert_eq!(api.get(&format!("/api/v1/staff?per_page=2&cursor={cursor}")).await.data(200)[0]["name"], "Cem Ay");
        let wrong = api.get("/api/v1/staff?role=boss&sort=name&active=x&branch_id=1&service_id=2&include=x&x=1").await;
        assert_eq!(wrong.refused(), ["active", "branch_id", "include", "role", "service_id", "sort", "x"]);
    }
}

#[tokio::test]
async fn every_wrong_field_of_services_and_staff_is_told() {
    for api in Api::each().await {
        let foreign = api.ask_as(axum::http::Method::POST, "/api/v1/branches", "other-admin", Some(json!({"name": "x"}))).await.id(201);
        let own = branch(&api, "Mitte").await;
        let body = json!({"name": "a\nb", "duration_minutes": 0, "branch_ids": [own, foreign, "x"], "created_at": "now"});
        assert_eq!(api.post("/api/v1/services", body).await.refused(), ["branch_ids[2]", "created_at", "duration_minutes", "name"]);
        let body = json!({"name": "a", "duration_minutes": 1, "branch_ids": [own, foreign]});
        let answer = api.post("/api/v1/services", body).await;
        assert_eq!(answer.refused(), ["branch_ids[1]"]);
        assert_eq!(answer.errors()[0]["code"], "reference");
        let body = json!({
            "name": 1, "email": "nobody", "role": "boss", "branch_id": foreign, "skills": [own], "active": 1, "present": null,
            "absent_from": "2026-13-01", "absent_until": "soon", "working_hours": {"mon": [["9:00", "17:00"]]}, "password": "x",
        });
        let fields = [
            "absent_from",
            "absent_until",
            "active",
            "branch_id",
            "email",
            "name",
            "password",
            "present",
            "role",
            "skills[0]",
            "working_hours.mon[0]",
        ];
        assert_eq!(api.post("/api/v1/staff", body.clone()).await.refused(), fields);
        let ada = api.post("/api/v1/staff", new_staff("ada@example.com")).await.id(201);
        let path = format!("/api/v1/staff/{ada}");
        assert_eq!(api.patch(&path, body).await.refused(), fields);
        api.patch(&path, json!({"absent_from": "2026-03-05"})).await.data(200);
        assert_eq!(api.patch(&path, json!({"absent_until": "2026-03-04"})).await.refused(), ["absent_until"]);
        let gone = api.patch(&path, json!({"absent_until": "2026-03-05"})).await;
        assert_eq!((&gone.data(200)["absent_from"], &gone.data(200)["absent_until"]), (&json!("2026-03-05"), &json!("2026-03-05")));
        let back = api.patch(&path, json!({"absent_from": null, "absent_until": null, "working_hours": null})).await;
        assert_eq!(back.data(200)["absent_from"], Json::Null);
    }
}

#[tokio::test]
async fn one_address_is_one_person_of_one_company() {
    for api in Api::each().await {
        let ada = api.post("/api/v1/staff", new_staff("Ada@Example.com")).await.id(201);
        assert_eq!(api.get(&format!("/api/v1/staff/{ada}")).await.data(200)["email"], "ada@example.com");
        let theirs = api.ask_as(axum::http::Method::POST, "/api/v1/staff", "other-admin", Some(new_staff("ADA@example.com"))).await;
        assert_eq!(theirs.refused(), ["email"]);
        let bea = api.post("/api/v1/staff", new_staff("bea@example.com")).await.id(201);
        assert_eq!(api.patch(&format!("/api/v1/staff/{bea}"), json!({"email": "ada@example.com"})).await.refused(), ["email"]);
        assert_eq!(api.patch(&format!("/api/v1/staff/{ada}"), json!({"email": "ADA@example.com"})).await.status, 200);
        assert_eq!(api.delete(&format!("/api/v1/staff/{ada}")).await.status, 204);
        assert_eq!(api.get(&format!("/api/v1/staff/{ada}")).await.status, 404);
        assert_eq!(api.patch(&format!("/api/v1/staff/{bea}"), json!({"email": "ada@example.com"})).await.status, 200, "it is free again");
    }
}

#[tokio::test]
async fn the_last_owner_stays_one() {
    for api in Api::each().await {
        let mut owner = new_staff("ada@example.com");
        owner["role"] = json!("owner");
        let ada = format!("/api/v1/staff/{}", api.post("/api/v1/staff", owner.clone()).await.id(201));
        for change in [json!({"role": "manager"}), json!({"active": false})] {
            assert_eq!(api.patch(&ada, change).await.status, 409);
        }
        assert_eq!(api.delete(&ada).await.status, 409);
        owner["email"] = json!("bea@example.com");
        api.post("/api/v1/staff", owner).await.id(201);
        assert_eq!(api.delete(&ada).await.status, 204);
    }
}

#[tokio::test]
async fn what_something_depends_on_stays_and_says_what_does() {
    for api in Api::each().await {
        let mitte = branch(&api, "Mitte").await;
        let cut = service(&api, "Cut", &[&mitte]).await;
        let mut ada = new_staff("ada@example.com");
        (ada["branch_id"], ada["skills"]) = (json!(mitte), json!([cut]));
        let ada = api.post("/api/v1/staff", ada).await.id(201);
        let customer = api.post("/api/v1/customers", json!({"name": "Cleo"})).await.id(201);
        let to_come = json!({
            "customer_id": customer, "branch_id": mitte, "staff_id": ada, "service_id": cut, "starts_at": "2026-03-03T10:00:00Z",
        });
        let appointment = api.post("/api/v1/appointments", to_come).await.id(201);
        let told = api.delete(&format!("/api/v1/branches/{mitte}")).await;
        assert_eq!(told.status, 409);
        assert!(told.text.contains("1 person, 1 service, 1 booked appointment"), "{}", told.text);
        for path in [format!("services/{cut}"), format!("staff/{ada}"), format!("customers/{customer}")] {
            let told = api.delete(&format!("/api/v1/{path}")).await;
            assert!(told.status == 409 && told.text.contains("1 booked appointment"), "{path}: {}", told.text);
            assert_eq!(api.get(&format!("/api/v1/{path}")).await.status, 200, "{path} is still there");
        }
        api.patch(&format!("/api/v1/appointments/{appointment}"), json!({"status": "cancelled"})).await.data(200);
        assert_eq!(api.delete(&format!("/api/v1/services/{cut}")).await.status, 204);
        assert_eq!(api.get(&format!("/api/v1/staff/{ada}")).await.data(200)["skills"], json!([]));
        for path in [format!("staff/{ada}"), format!("branches/{mitte}"), format!("customers/{customer}")] {
            assert_eq!(api.delete(&format!("/api/v1/{path}")).await.status, 204, "{path}");
            assert_eq!(api.delete(&format!("/api/v1/{path}")).await.status, 404, "{path}");
        }
        for list in ["branches", "services", "staff", "customers"] {
            assert!(names(&api, list).await.is_empty(), "{list}");
        }
    }
}

#[tokio::test]
async fn numbers_are_parsed_and_belong_to_one_customer() {
    for api in Api::each().await {
        let body = json!({"name": "Cleo <b>", "phone_numbers": ["030 901820", "+49 151 12345678"], "email": "Cleo@X.de", "language": "de"});
        let made = api.post("/api/v1/customers", body).await;
        assert_eq!(made.data(201)["phone_numbers"], json!(["+4930901820", "+4915112345678"]));
        assert_eq!((&made.data(201)["name"], &made.data(201)["email"]), (&json!("Cleo <b>"), &json!("Cleo@X.de")), "as typed");
        let cleo = made.id(201);
        let answer = api.post("/api/v1/customers", json!({"name": "x", "phone_numbers": ["0151 99999999", "0151 12345678"]})).await;
        assert_eq!(answer.refused(), ["phone_numbers[1]"]);
        assert_eq!(answer.errors()[0]["code"], "conflict");
        for (numbers, wrong) in [
            (json!(["030 901820", "+4930901820"]), "phone_numbers[1]"),
            (json!(["12"]), "phone_numbers[0]"),
            (json!([1]), "phone_numbers[0]"),
            (json!("030 901820"), "phone_numbers"),
            (Json::Null, "phone_numbers"),
        ] {
            assert_eq!(api.patch(&format!("/api/v1/customers/{cleo}"), json!({"phone_numbers": numbers})).await.refused(), [wrong]);
        }
        let body = json!({"name": null, "email": "x", "language": "German", "vip": 1, "no_call": "no", "notes": "\u{7}", "priority": 1});
        let fields = ["email", "language", "name", "no_call", "notes", "priority", "vip"];
        assert_eq!(api.post("/api/v1/customers", body).await.refused(), fields);
        let theirs = json!({"name": "x", "phone_numbers": ["030 901820"]});
        api.ask_as(axum::http::Method::POST, "/api/v1/customers", "other-write", Some(theirs)).await.id(201);
        for (query, found) in [
            ("q=cleo", true),
            ("q=5678", true),
            ("q=0151", true),
            ("q=0152", false),
            ("phone_number=030%20901820", true),
            ("phone_number=030%20901821", false),
            ("vip=true", false),
            ("no_call=false", true),
        ] {
            assert_eq!(names(&api, &format!("customers?{query}")).await.len(), usize::from(found), "{query}");
        }
        assert_eq!(api.delete(&format!("/api/v1/customers/{cleo}")).await.status, 204);
        let again = json!({"name": "Dora", "phone_numbers": ["0151 12345678"]});
        api.post("/api/v1/customers", again).await.id(201);
    }
}

#[tokio::test]
async fn open_callbacks_know_whose_number_it_is_and_who_must_not_be_rung() {
    for api in Api::each().await {
        let (phone, _) = api.full_phone(1).await;
        let attempt = api.miss(&phone, "+4915112345678").await;
        let callback = api.get("/api/v1/callbacks").await.data(200)[0]["id"].as_str().expect("an id").to_owned();
        let path = format!("/api/v1/callbacks/{callback}");
        assert_eq!(api.get(&path).await.data(200)["customer_id"], Json::Null);
        let body = json!({"name": "Cleo", "phone_numbers": ["0151 12345678"]});
        let cleo = api.post("/api/v1/customers", body).await.id(201);
        assert_eq!(api.get(&path).await.data(200)["customer_id"], json!(cleo));
        let him = format!("/api/v1/customers/{cleo}");
        api.patch(&him, json!({"phone_numbers": []})).await.data(200);
        assert_eq!(api.get(&path).await.data(200)["customer_id"], Json::Null, "it is no longer his number");
        api.patch(&him, json!({"phone_numbers": ["0151 12345678"]})).await.data(200);
        assert_eq!(api.get(&path).await.data(200)["customer_id"], json!(cleo));
        // Put off, as while a person is calling.
        const PUT_OFF: &str =
            "update attempts set look_at = $1, waiting_because = '{\"code\":\"person_calling\"}' where status = 'pending'";
        api.execute(PUT_OFF, vec![(api.now().as_millisecond() + 3_600_000).into()]).await;
        api.patch(&him, json!({"no_call": true})).await.data(200);
        const LOOK_AGAIN: &str = "update attempts set look_at = null where status = 'pending' and look_at is null";
        assert_eq!(api.execute(LOOK_AGAIN, vec![]).await, 1, "it is looked at again at once");
        assert_eq!(api.delete(&him).await.status, 204);
        let shown = api.get(&path).await;
        assert_eq!((&shown.data(200)["customer_id"], &shown.data(200)["status"]), (&Json::Null, &json!("pending")), "the promise stands");
        assert!(!attempt.is_empty());
    }
}

#[tokio::test]
async fn who_leaves_leaves_nothing_behind_that_nobody_sees() {
    for api in Api::each().await {
        let (phone, _) = api.full_phone(1).await;
        api.miss(&phone, "+4915112345678").await;
        let ada = api.post("/api/v1/staff", new_staff("ada@example.com")).await.id(201);
        let id = ringback_domain::ids::StaffId(ada.parse().expect("an id"));
        api.execute("update callbacks set assigned_to = $1, status = 'assigned', assigned_at = 0", vec![id.into()]).await;
        assert_eq!(api.delete(&format!("/api/v1/staff/{ada}")).await.status, 204);
        let callback = api.get("/api/v1/callbacks?tab=unassigned").await.data(200)[0].clone();
        assert_eq!((&callback["assigned_to"], &callback["status"]), (&Json::Null, &json!("pending")));
        let path = format!("/api/v1/callbacks/{}/timeline", callback["id"].as_str().expect("an id"));
        let told = api.get(&path).await.text;
        assert!(told.contains("callback.assigned") && told.contains("Ada Lenz left"), "{told}");
    }
}

/// A number has one owner however many ask for it at once.
#[tokio::test]
async fn of_many_who_take_a_number_at_once_one_gets_it() {
    for api in Api::each().await {
        let number = PhoneNumber::parse("+4915112345678", "DE").expect("a number");
        let api = &api;
        let takers = (0..8).map(|_| {
            let id = CustomerId(api.app.store.new_id(api.now()));
            let number = &number;
            async move { api.rows().add_customer(id, "Cleo", number, false, api.now()).await.is_ok() }
        });
        let mut got = 0;
        for taker in futures::future::join_all(takers).await {
            got += u32::from(taker);
        }
        assert_eq!(got, 1);
        assert_eq!(names(api, "customers").await.len(), 1, "those who did not get it were not written either");
    }
}
