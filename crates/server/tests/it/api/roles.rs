//! What a token sees and may do that acts as one of the company's people.

use axum::http::Method;
use ringback_domain::{access::Scope, ids::StaffId};
use ringback_store::NewToken;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use super::bench::{Answer, Api, new_staff};

/// Two branches, with somebody in each role in the first.
pub(super) struct Company {
    pub(super) api: Api,
    pub(super) north: String,
    pub(super) south: String,
    /// Of the north, as managers and staff; the third belongs to no branch.
    pub(super) manager: String,
    pub(super) staff: String,
    pub(super) nowhere: String,
    /// Of the south.
    pub(super) other: String,
}

impl Company {
    pub(super) async fn each() -> Vec<Self> {
        let mut companies = Vec::new();
        for api in Api::each().await {
            companies.push(Self::of(api).await);
        }
        companies
    }

    async fn of(api: Api) -> Self {
        let north = api.post("/api/v1/branches", json!({"name": "North"})).await.id(201);
        let south = api.post("/api/v1/branches", json!({"name": "South"})).await.id(201);
        let mut ids = Vec::new();
        for (name, role, branch) in [
            ("owner", "owner", None),
            ("manager", "manager", Some(&north)),
            ("staff", "staff", Some(&north)),
            ("nowhere", "staff", None),
            ("southern", "staff", Some(&south)),
        ] {
            let mut body = new_staff(&format!("{name}@example.com"));
            (body["role"], body["branch_id"], body["name"]) = (json!(role), json!(branch), json!(name));
            let id = api.post("/api/v1/staff", body).await.id(201);
            let staff_id = Some(StaffId(id.parse().expect("an id")));
            for scope in [Scope::Write, Scope::Admin] {
                let hash = Sha256::digest(format!("{name}-{scope}")).into();
                let new = NewToken { name, hash, scope, rate_limit: u32::MAX, staff_id };
                api.rows().create_token(&new, api.now()).await.expect("is new");
            }
            ids.push(id);
        }
        let [_, manager, staff, nowhere, other] = ids.try_into().expect("five");
        Self { api, north, south, manager, staff, nowhere, other }
    }

    pub(super) async fn ask(&self, who: &str, method: Method, path: &str, body: Option<Json>) -> Answer {
        self.api.ask_as(method, &format!("/api/v1/{path}"), &format!("{who}-admin"), body).await
    }

    async fn names(&self, who: &str, list: &str) -> Vec<String> {
        let answer = self.ask(who, Method::GET, list, None).await;
        let rows = answer.data(200).as_array().expect("a list");
        assert_eq!(answer.body["meta"]["total"], rows.len(), "what is not seen is not counted");
        rows.iter().map(|row| row["name"].as_str().expect("a name").to_owned()).collect()
    }
}

#[tokio::test]
async fn each_sees_his_branch_what_is_nobodys_and_himself() {
    for it in Company::each().await {
        it.api.post("/api/v1/services", json!({"name": "Everywhere", "duration_minutes": 5})).await.id(201);
        it.api.post("/api/v1/services", json!({"name": "South only", "duration_minutes": 5, "branch_ids": [it.south]})).await.id(201);
        assert_eq!(it.names("owner", "branches").await, ["North", "South"]);
        assert_eq!(it.names("owner", "staff").await.len(), 5);
        for who in ["manager", "staff"] {
            assert_eq!(it.names(who, "branches").await, ["North"], "{who}");
            assert_eq!(it.names(who, "staff").await, ["owner", "manager", "staff", "nowhere"], "{who}");
            assert_eq!(it.names(who, "services").await, ["Everywhere"], "{who}");
        }
        assert!(it.names("nowhere", "branches").await.is_empty());
        assert_eq!(it.names("nowhere", "staff").await, ["owner", "nowhere"]);
        assert_eq!(it.names("southern", "services").await, ["Everywhere", "South only"]);
        for method in [Method::GET, Method::PATCH, Method::DELETE] {
            for path in [format!("branches/{}", it.south), format!("staff/{}", it.other)] {
                let body = (method == Method::PATCH).then(|| json!({"name": "x"}));
                assert_eq!(it.ask("manager", method.clone(), &path, body).await.status, 404, "{method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn customers_and_appointments_are_seen_where_they_belong() {
    for it in Company::each().await {
        let mut ids = Vec::new();
        for name in ["Northern", "Southern", "New"] {
            ids.push(it.api.post("/api/v1/customers", json!({"name": name})).await.id(201));
        }
        for (customer, branch) in [(&ids[0], &it.north), (&ids[1], &it.south)] {
            let body = json!({
                "customer_id": customer, "branch_id": branch, "starts_at": "2026-03-03T10:00:00Z", "ends_at": "2026-03-03T11:00:00Z",
            });
            it.api.post("/api/v1/appointments", body).await.id(201);
        }
        assert_eq!(it.names("owner", "customers").await, ["Northern", "Southern", "New"]);
        assert_eq!(it.names("staff", "customers").await, ["Northern", "New"]);
        assert_eq!(it.names("nowhere", "customers").await, ["New"]);
        assert_eq!(it.ask("staff", Method::GET, &format!("customers/{}", ids[1]), None).await.status, 404);
        let appointments = it.ask("staff", Method::GET, "appointments?include=customer", None).await;
        assert_eq!(appointments.body["meta"]["total"], 1);
        assert_eq!(appointments.data(200)[0]["customer"]["name"], "Northern");
        let theirs = json!({
            "customer_id": ids[1], "branch_id": it.south, "staff_id": it.other,
            "starts_at": "2026-03-03T10:00:00Z", "ends_at": "2026-03-03T11:00:00Z",
        });
        let refused = it.ask("staff", Method::POST, "appointments", Some(theirs)).await;
        assert_eq!(refused.refused(), ["branch_id", "customer_id", "staff_id"]);
        let given = json!({"staff_id": it.staff});
        let southern = it.api.get(&format!("/api/v1/appointments?branch_id={}", it.south)).await.data(200)[0]["id"].clone();
        it.api.patch(&format!("/api/v1/appointments/{}", southern.as_str().expect("an id")), given).await.data(200);
        assert_eq!(it.names("staff", "customers").await.len(), 3, "what was given to somebody he sees wherever it belongs");
    }
}

#[tokio::test]
async fn managers_arrange_their_branch_and_staff_only_themselves() {
    for it in Company::each().await {
        let hours = json!({"opening_hours": {"mon": [["09:00", "17:00"]]}});
        let north = format!("branches/{}", it.north);
        for (who, status) in [("owner", 200), ("manager", 200), ("staff", 403)] {
            assert_eq!(it.ask(who, Method::PATCH, &north, Some(hours.clone())).await.status, status, "{who}");
        }
        for (who, status) in [("manager", 403), ("staff", 403), ("owner", 201)] {
            assert_eq!(it.ask(who, Method::POST, "branches", Some(json!({"name": "West"}))).await.status, status, "{who}");
        }
        assert_eq!(it.ask("manager", Method::DELETE, &north, None).await.status, 403);
        let own = json!({"name": "Cut", "duration_minutes": 5, "branch_ids": [it.north]});
        let cut = it.ask("manager", Method::POST, "services", Some(own.clone())).await.id(201);
        assert_eq!(it.ask("staff", Method::POST, "services", Some(own)).await.status, 403);
        let everywhere = it.ask("manager", Method::PATCH, &format!("services/{cut}"), Some(json!({"branch_ids": []}))).await;
        assert_eq!(everywhere.status, 403, "that is for owners");
        let everywhere = it.ask("manager", Method::POST, "services", Some(json!({"name": "x", "duration_minutes": 5}))).await;
        assert_eq!(everywhere.status, 403);
        let mut new = new_staff("new@example.com");
        new["branch_id"] = json!(it.north);
        let new = it.ask("manager", Method::POST, "staff", Some(new)).await.id(201);
        let new = format!("staff/{new}");
        assert_eq!(it.ask("manager", Method::PATCH, &new, Some(json!({"role": "owner"}))).await.status, 403);
        assert_eq!(it.ask("manager", Method::PATCH, &new, Some(json!({"branch_id": null}))).await.status, 403);
        assert_eq!(it.ask("manager", Method::PATCH, &new, Some(json!({"branch_id": it.south}))).await.refused(), ["branch_id"]);
        assert_eq!(it.ask("manager", Method::PATCH, &new, Some(json!({"role": "manager"}))).await.status, 200);
        assert_eq!(it.ask("staff", Method::DELETE, &new, None).await.status, 403);
        assert_eq!(it.ask("manager", Method::DELETE, &new, None).await.status, 204);
        let himself = format!("staff/{}", it.staff);
        assert_eq!(it.ask("staff", Method::PATCH, &himself, Some(json!({"present": false}))).await.data(200)["present"], false);
        assert_eq!(it.ask("staff", Method::PATCH, &himself, Some(json!({"role": "owner"}))).await.status, 403);
        assert_eq!(it.ask("staff", Method::PATCH, &format!("staff/{}", it.manager), Some(json!({"present": false}))).await.status, 403);
        assert_eq!(it.ask("manager", Method::PATCH, &format!("staff/{}", it.nowhere), Some(json!({"present": false}))).await.status, 403);
    }
}

#[tokio::test]
async fn a_token_that_writes_sets_presence_and_no_more_of_people() {
    for it in Company::each().await {
        let path = format!("/api/v1/staff/{}", it.staff);
        for token in ["salon-write", "staff-write"] {
            assert_eq!(it.api.ask_as(Method::PATCH, &path, token, Some(json!({"present": false}))).await.status, 200, "{token}");
            let refused = it.api.ask_as(Method::PATCH, &path, token, Some(json!({"name": "x"}))).await;
            assert!(refused.status == 403 && refused.text.contains("scope admin"), "{token}: {}", refused.text);
        }
    }
}

#[tokio::test]
async fn a_token_of_somebody_who_left_is_none() {
    for it in Company::each().await {
        assert_eq!(it.ask("staff", Method::GET, "staff", None).await.status, 200);
        assert_eq!(it.api.delete(&format!("/api/v1/staff/{}", it.staff)).await.status, 204);
        assert_eq!(it.ask("staff", Method::GET, "staff", None).await.status, 401);
    }
}

#[tokio::test]
async fn what_happens_elsewhere_is_not_told() {
    for it in Company::each().await {
        let (phone, _) = it.api.full_phone(1).await;
        let callback = it.api.inbound(&phone, "+4915112345678").await.callback.expect("a callback");
        let south = ringback_domain::ids::BranchId(it.south.parse().expect("an id"));
        it.api.execute("update callbacks set branch_id = $1", vec![south.into()]).await;
        for (who, sees) in [("owner", true), ("southern", true), ("staff", false), ("nowhere", false)] {
            for list in ["events", "calls"] {
                let answer = it.ask(who, Method::GET, list, None).await;
                assert_eq!(answer.status, 200);
                assert_eq!(answer.text.contains(&callback.to_string()), sees, "{who} {list}");
            }
        }
    }
}
