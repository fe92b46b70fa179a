//! Who may use each route. A route that is mounted and not here fails the suite.

use axum::http::Method;
use ringback_domain::access::Scope::{self, Admin, Operator, Read, Write};

/// Of a company's people, whose tokens are all of a sufficient scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// It is nobody's in particular.
    Anybody,
    /// Whoever sees the thing, or what the body names: those of its branch, and owners. To others it is not there.
    Seer,
    /// Owners, and the managers of its branch. Staff of the branch see it and may not.
    Arranger,
    /// Owners alone, although others see it.
    Owner,
}
use Who::{Anybody, Arranger, Owner, Seer};

/// What one route of the API needs, and which of the company's things its path names.
pub(super) struct Route {
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) scope: Scope,
    pub(super) of: &'static str,
    pub(super) who: Who,
}

impl Route {
    pub(super) fn at(&self, id: &str) -> String {
        self.path.replace("{id}", id)
    }

    pub(super) fn is_stream(&self) -> bool {
        self.path.ends_with("/stream")
    }
}

const fn api(method: Method, path: &'static str, scope: Scope, of: &'static str, who: Who) -> Route {
    Route { method, path, scope, of, who }
}

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const PUT: Method = Method::PUT;
const PATCH: Method = Method::PATCH;
const DELETE: Method = Method::DELETE;

pub(super) static API: [Route; 94] = [
    api(GET, "/api/v1/appointments", Read, "", Anybody),
    api(POST, "/api/v1/appointments", Write, "", Seer),
    api(GET, "/api/v1/appointments/{id}", Read, "appointment", Seer),
    api(PATCH, "/api/v1/appointments/{id}", Write, "appointment", Seer),
    api(PUT, "/api/v1/appointments/{id}", Write, "appointment", Seer),
    api(DELETE, "/api/v1/appointments/{id}", Write, "appointment", Seer),
    api(GET, "/api/v1/branches", Read, "", Anybody),
    api(POST, "/api/v1/branches", Write, "", Owner),
    api(GET, "/api/v1/branches/{id}", Read, "branch", Seer),
    api(PATCH, "/api/v1/branches/{id}", Write, "branch", Arranger),
    api(PUT, "/api/v1/branches/{id}", Write, "branch", Arranger),
    api(DELETE, "/api/v1/branches/{id}", Write, "branch", Owner),
    api(GET, "/api/v1/customers", Read, "", Anybody),
    api(POST, "/api/v1/customers", Write, "", Anybody),
    api(GET, "/api/v1/customers/{id}", Read, "customer", Seer),
    api(PATCH, "/api/v1/customers/{id}", Write, "customer", Seer),
    api(PUT, "/api/v1/customers/{id}", Write, "customer", Seer),
    api(DELETE, "/api/v1/customers/{id}", Write, "customer", Seer),
    api(GET, "/api/v1/services", Read, "", Anybody),
    api(POST, "/api/v1/services", Write, "", Owner),
    api(GET, "/api/v1/services/{id}", Read, "service", Seer),
    api(PATCH, "/api/v1/services/{id}", Write, "service", Arranger),
    api(PUT, "/api/v1/services/{id}", Write, "service", Arranger),
    api(DELETE, "/api/v1/services/{id}", Write, "service", Arranger),
    api(GET, "/api/v1/staff", Read, "", Anybody),
    api(POST, "/api/v1/staff", Admin, "", Owner),
    api(GET, "/api/v1/staff/{id}", Read, "staff", Seer),
    api(PATCH, "/api/v1/staff/{id}", Write, "staff", Arranger),
    api(PUT, "/api/v1/staff/{id}", Write, "staff", Arranger),
    api(DELETE, "/api/v1/staff/{id}", Admin, "staff", Arranger),
    api(GET, "/api/v1/agents", Read, "", Anybody),
    api(POST, "/api/v1/agents", Admin, "", Anybody),
    api(GET, "/api/v1/agents/{id}", Read, "agent", Anybody),
    api(PATCH, "/api/v1/agents/{id}", Admin, "agent", Anybody),
    api(PUT, "/api/v1/agents/{id}", Admin, "agent", Anybody),
    api(DELETE, "/api/v1/agents/{id}", Admin, "agent", Anybody),
    api(GET, "/api/v1/callbacks", Read, "", Anybody),
    api(POST, "/api/v1/callbacks", Write, "", Anybody),
    api(POST, "/api/v1/callbacks/bulk", Write, "", Anybody),
    api(PATCH, "/api/v1/callbacks/{id}", Write, "callback", Seer),
    api(PUT, "/api/v1/callbacks/{id}", Write, "callback", Seer),
    api(DELETE, "/api/v1/callbacks/{id}", Write, "callback", Seer),
    api(POST, "/api/v1/callbacks/{id}/restore", Write, "callback", Seer),
    api(POST, "/api/v1/callbacks/{id}/assign", Write, "callback", Seer),
    api(POST, "/api/v1/callbacks/{id}/auto-assign", Write, "callback", Seer),
    api(POST, "/api/v1/callbacks/{id}/reassign", Write, "callback", Seer),
    api(POST, "/api/v1/callbacks/{id}/contact", Write, "callback", Seer),
    api(POST, "/api/v1/callbacks/{id}/complete", Write, "callback", Seer),
    api(POST, "/api/v1/callbacks/{id}/cancel", Write, "callback", Seer),
    api(POST, "/api/v1/callbacks/{id}/escalate", Write, "callback", Seer),
    api(POST, "/api/v1/callbacks/{id}/snooze", Write, "callback", Seer),
    api(POST, "/api/v1/callbacks/{id}/reopen", Write, "callback", Seer),
    api(POST, "/api/v1/callbacks/{id}/split", Write, "callback", Seer),
    api(POST, "/api/v1/callbacks/{id}/claim", Write, "callback", Seer),
    api(POST, "/api/v1/callbacks/{id}/release", Write, "callback", Seer),
    api(GET, "/api/v1/callbacks/tabs", Read, "", Anybody),
    api(GET, "/api/v1/callbacks/missed", Read, "", Anybody),
    api(GET, "/api/v1/callbacks/missed/stats", Read, "", Anybody),
    api(DELETE, "/api/v1/callbacks/missed/{id}", Write, "attempt", Seer),
    api(POST, "/api/v1/callbacks/missed/{id}/retry", Write, "attempt", Seer),
    api(GET, "/api/v1/callbacks/{id}", Read, "callback", Seer),
    api(GET, "/api/v1/callbacks/{id}/timeline", Read, "callback", Seer),
    api(GET, "/api/v1/calls", Read, "", Anybody),
    api(GET, "/api/v1/calls/{id}", Read, "call", Seer),
    api(GET, "/api/v1/calls/{id}/agent-context", Read, "call", Seer),
    api(GET, "/api/v1/campaigns", Read, "", Anybody),
    api(POST, "/api/v1/campaigns", Write, "", Seer),
    api(GET, "/api/v1/campaigns/{id}", Read, "campaign", Seer),
    api(PATCH, "/api/v1/campaigns/{id}", Write, "campaign", Seer),
    api(PUT, "/api/v1/campaigns/{id}", Write, "campaign", Seer),
    api(DELETE, "/api/v1/campaigns/{id}", Write, "campaign", Seer),
    api(POST, "/api/v1/campaigns/{id}/start", Write, "campaign", Seer),
    api(POST, "/api/v1/campaigns/{id}/pause", Write, "campaign", Seer),
    api(POST, "/api/v1/campaigns/{id}/complete", Write, "campaign", Seer),
    api(POST, "/api/v1/campaigns/{id}/cancel", Write, "campaign", Seer),
    api(GET, "/api/v1/company", Read, "", Anybody),
    api(PATCH, "/api/v1/company", Admin, "", Anybody),
    api(GET, "/api/v1/credits", Read, "", Anybody),
    api(GET, "/api/v1/credits/transactions", Read, "", Anybody),
    api(POST, "/api/v1/credits/transactions", Operator, "", Anybody),
    api(GET, "/api/v1/events", Read, "", Anybody),
    api(GET, "/api/v1/stream", Read, "", Anybody),
    api(GET, "/api/v1/intake-keys", Admin, "", Anybody),
    api(POST, "/api/v1/intake-keys", Admin, "", Seer),
    api(GET, "/api/v1/intake-keys/{id}", Admin, "intake_key", Seer),
    api(DELETE, "/api/v1/intake-keys/{id}", Admin, "intake_key", Seer),
    api(POST, "/api/v1/intake-keys/{id}/rotate", Admin, "intake_key", Seer),
    api(GET, "/api/v1/phones", Read, "", Anybody),
    api(POST, "/api/v1/phones", Admin, "", Anybody),
    api(GET, "/api/v1/phones/{id}", Read, "phone", Seer),
    api(PATCH, "/api/v1/phones/{id}", Admin, "phone", Seer),
    api(PUT, "/api/v1/phones/{id}", Admin, "phone", Seer),
    api(DELETE, "/api/v1/phones/{id}", Admin, "phone", Seer),
    api(POST, "/api/v1/phones/{id}/rotate-key", Admin, "phone", Seer),
];

/// Who lets somebody in where no token is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    /// Nothing of any company is behind it.
    Open,
    /// A key in the path, which names one phone or one company.
    Key,
    /// A person who is signed in.
    Session,
    /// A token of scope `admin`.
    Admin,
    /// Behind the API's gate, and nothing is there.
    Nowhere,
}

pub(super) struct Beside {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) door: Door,
}

/// The routes outside the API.
pub(super) fn beside_the_api() -> Vec<Beside> {
    use Door::{Admin, Key, Nowhere, Open, Session};
    let named = [
        ("GET", "/", Open),
        ("GET", "/api/docs", Open),
        ("GET", "/api/docs/", Open),
        ("GET", "/api/docs/{file}", Open),
        ("GET", "/api/v1/openapi.json", Open),
        ("ANY", "/api/v1/", Nowhere),
        ("GET", "/livez", Open),
        ("GET", "/readyz", Open),
        ("GET", "/metrics", Admin),
        ("GET", "/login", Open),
        ("POST", "/login", Open),
        ("POST", "/logout", Open),
        ("POST", "/preferences", Open),
        ("GET", "/board", Session),
        ("GET", "/board/live", Session),
        ("GET", "/board/stream", Session),
        ("POST", "/board/attempts/{id}/retry", Session),
        ("POST", "/board/attempts/{id}/cancel", Session),
        ("POST", "/intake/{kind}/{key}", Key),
        ("ANY", "/voice/{carrier}/{key}/incoming", Key),
        ("ANY", "/voice/{carrier}/{key}/status", Key),
        ("ANY", "/voice/{carrier}/{key}/ended", Key),
    ];
    named.into_iter().map(|(method, path, door)| Beside { method, path: path.to_owned(), door }).collect()
}
