//! What people may do whose tokens are all of a sufficient scope (`docs/adr/0005-who-sees-what.md`), with the things of a
//! branch: the northern one.

use std::collections::BTreeSet;

use axum::http::Method;
use ringback_domain::{access::Scope, ids::StaffId};
use ringback_store::NewToken;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use super::{
    super::bench::{Api, new_staff},
    table::{API, Route, Who},
    things::{MARK, Things, everything, secrets, tells_none},
};

/// By how much they may do: whoever is refused is asked before something changes.
const PEOPLE: [Person; 5] = [
    Person { name: "southern staff", role: "staff", northern: false },
    Person { name: "southern manager", role: "manager", northern: false },
    Person { name: "northern staff", role: "staff", northern: true },
    Person { name: "northern manager", role: "manager", northern: true },
    Person { name: "owner", role: "owner", northern: false },
];

struct Person {
    name: &'static str,
    role: &'static str,
    northern: bool,
}

impl Person {
    fn is_owner(&self) -> bool {
        self.role == "owner"
    }

    fn sees(&self) -> bool {
        self.northern || self.is_owner()
    }

    fn answer(&self, route: &Route) -> Expected {
        let allowed = match route.who {
            Who::Anybody => return Expected::Done,
            Who::Owner => self.is_owner(),
            Who::Arranger => self.role != "staff",
            Who::Seer => true,
        };
        match (route.of.is_empty(), self.sees()) {
            (true, false) if route.who == Who::Seer => Expected::NoReference,
            (false, false) => Expected::NotThere,
            _ if allowed => Expected::Done,
            _ => Expected::Forbidden,
        }
    }

    /// His token's text.
    async fn hired(&self, api: &Api, branches: [&str; 2], scope: Scope) -> String {
        let email = format!("{}@example.com", uuid::Uuid::now_v7());
        let mut body = new_staff(&email);
        let branch = if self.northern { branches[0] } else { branches[1] };
        (body["role"], body["branch_id"], body["name"]) = (json!(self.role), json!(branch), json!(self.name));
        let id = api.post("/api/v1/staff", body).await.id(201);
        let new = NewToken {
            name: self.name,
            hash: Sha256::digest(&email).into(),
            scope,
            rate_limit: u32::MAX,
            staff_id: Some(StaffId(id.parse().expect("an id"))),
        };
        api.rows().create_token(&new, api.now()).await.expect("is new");
        email
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// Or not possible now.
    Done,
    Forbidden,
    NotThere,
    /// What the body names is not there.
    NoReference,
}

impl Expected {
    fn is(self, status: u16) -> bool {
        match self {
            Self::Done => (200..300).contains(&status) || status == 409,
            Self::Forbidden => status == 403,
            Self::NotThere => status == 404,
            Self::NoReference => status == 422,
        }
    }
}

#[tokio::test]
async fn each_may_do_with_a_things_branch_what_his_role_allows() {
    for api in Api::each().await {
        let south = api.post("/api/v1/branches", json!({"name": "South"})).await.id(201);
        let mut wrong = Vec::new();
        for route in API.iter().filter(|route| !route.is_stream()) {
            let mut things = Things::make(&api).await;
            let mut gone = false;
            for person in &PEOPLE {
                if gone {
                    things = Things::make(&api).await;
                }
                let token = person.hired(&api, [&things["branch"], &south], Scope::Operator).await;
                let answer = api.ask_as(route.method.clone(), &route.at(&things[route.of]), &token, things.body(route)).await;
                let expected = person.answer(route);
                if !expected.is(answer.status) {
                    let said: String = answer.text.chars().take(150).collect();
                    wrong.push(format!(
                        "{} {} by {}: {} instead of {expected:?}: {}",
                        route.method, route.path, person.name, answer.status, said
                    ));
                }
                gone = route.method == Method::DELETE && answer.status == 204;
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

#[tokio::test]
async fn no_list_and_no_count_shows_things_of_another_branch() {
    for api in Api::each().await {
        let south = api.post("/api/v1/branches", json!({"name": "South"})).await.id(201);
        // What belongs to no branch is everybody's: what was there before, and agents.
        let mut everybodys: BTreeSet<String> = everything(&api).await.iter().flat_map(ids_of).collect();
        let things = Things::make(&api).await;
        let secrets = secrets(&api).await;
        everybodys.extend([api.company.to_string(), things["agent"].to_owned()]);
        for person in &PEOPLE[..2] {
            let token = person.hired(&api, [&things["branch"], &south], Scope::Operator).await;
            everybodys.extend(ids_of(&api.ask_as(Method::GET, "/api/v1/staff", &token, None).await.body));
            let hidden = secrets.iter().filter(|it| !everybodys.contains(*it) && *it != MARK && !it.contains('@')).cloned().collect();
            for route in API.iter().filter(|it| it.of.is_empty() && it.method == Method::GET && !it.is_stream()) {
                let answer = api.ask_as(Method::GET, route.path, &token, None).await;
                let what = format!("{} by {}", route.path, person.name);
                assert_eq!(answer.status, 200, "{what}");
                tells_none(&answer.text, &hidden, "", &what);
                let marked = answer.text.matches(MARK).count() - answer.text.matches(&format!("{MARK} agents")).count();
                assert_eq!(marked, 0, "{what}: {}", answer.text);
            }
            let stats = api.ask_as(Method::GET, "/api/v1/callbacks/missed/stats", &token, None).await;
            assert!(stats.data(200).as_object().expect("counts").values().all(|count| *count == 0), "{}", stats.text);
        }
    }
}

fn ids_of(list: &Json) -> Vec<String> {
    let rows = list["data"].as_array().into_iter().flatten();
    rows.filter_map(|row| row["id"].as_str().map(str::to_owned)).collect()
}
