//! What cells call by name and the API by id.

use std::collections::HashMap;

use ringback_domain::phone_number::PhoneNumber;
use ringback_store::{BranchFilter, Mark, ServiceFilter, StaffFilter, Start, TenantStore, Window, db};
use uuid::Uuid;

use super::{cells::BETWEEN, columns::Thing};

/// The branches, services, people and phones of a company.
pub(super) struct Names {
    branches: Named,
    services: Named,
    staff: Named,
    phones: Named,
    country: String,
}

/// Things of one kind.
#[derive(Default)]
struct Named {
    /// In small letters; several may be called the same.
    ids: HashMap<String, Vec<Uuid>>,
    names: HashMap<Uuid, String>,
}

const PAGE: u32 = 500;
/// More names than these are not listed in an error.
const LISTED: usize = 10;

impl Names {
    pub(super) async fn load(rows: TenantStore<'_>, country: &str) -> db::Result<Self> {
        let mut names = Self {
            branches: Named::default(),
            services: Named::default(),
            staff: Named::default(),
            phones: Named::default(),
            country: country.to_owned(),
        };
        let mut next = Some(BEGINNING);
        while let Some(start) = next {
            let slice = rows.branches(&BranchFilter::default(), false, Window { limit: PAGE, start }).await?;
            next = slice.next.map(Start::After);
            slice.rows.into_iter().for_each(|it| names.branches.add(it.id.0, it.name));
        }
        next = Some(BEGINNING);
        while let Some(start) = next {
            let slice = rows.services(&ServiceFilter::default(), false, Window { limit: PAGE, start }).await?;
            next = slice.next.map(Start::After);
            slice.rows.into_iter().for_each(|it| names.services.add(it.id.0, it.name));
        }
        next = Some(BEGINNING);
        while let Some(start) = next {
            let slice = rows.people(&StaffFilter::default(), false, Window { limit: PAGE, start }).await?;
            next = slice.next.map(Start::After);
            for it in slice.rows {
                names.staff.also(it.id.0, &it.name);
                names.staff.add(it.id.0, it.email);
            }
        }
        next = Some(BEGINNING);
        while let Some(start) = next {
            let slice = rows.phones(Window { limit: PAGE, start }).await?;
            next = slice.next.map(Start::After);
            for it in slice.rows {
                names.phones.also(it.id.0, it.number.reveal());
                names.phones.add(it.id.0, it.label);
            }
        }
        Ok(names)
    }

    fn of(&self, thing: Thing) -> &Named {
        match thing {
            Thing::Branch => &self.branches,
            Thing::Service => &self.services,
            Thing::Staff => &self.staff,
            Thing::Phone => &self.phones,
        }
    }

    /// The id of what is called so; an id is itself.
    pub(super) fn id(&self, thing: Thing, text: &str) -> Result<String, String> {
        if let Ok(id) = Uuid::try_parse(text) {
            return Ok(id.to_string());
        }
        let named = self.of(thing);
        let number = || PhoneNumber::parse(text, &self.country).ok().filter(|_| thing == Thing::Phone);
        let ids = named.ids.get(&text.to_lowercase()).or_else(|| named.ids.get(number()?.reveal()));
        match ids.map(Vec::as_slice) {
            Some([id]) => Ok(id.to_string()),
            Some(ids) => Err(format!("names {} {}; give the id of one of them", ids.len(), thing.several())),
            None => Err(format!("names none of the company's {}{}", thing.several(), named.listed())),
        }
    }

    /// How it is called, where the name leads back to it.
    pub(super) fn name(&self, thing: Thing, id: &str) -> String {
        let name = Uuid::try_parse(id).ok().and_then(|id| self.of(thing).names.get(&id));
        let leads_back = |name: &&String| !name.contains(BETWEEN) && name.trim() == *name && self.id(thing, name).is_ok_and(|it| it == id);
        name.filter(leads_back).cloned().unwrap_or_else(|| id.to_owned())
    }
}

const BEGINNING: Start = Start::After(Mark { key: 0, id: Uuid::nil() });

impl Named {
    fn add(&mut self, id: Uuid, name: String) {
        self.also(id, &name);
        self.names.insert(id, name);
    }

    fn also(&mut self, id: Uuid, name: &str) {
        let ids = self.ids.entry(name.trim().to_lowercase()).or_default();
        if !ids.contains(&id) {
            ids.push(id);
        }
    }

    fn listed(&self) -> String {
        let mut names: Vec<&str> = self.names.values().map(String::as_str).collect();
        names.sort_unstable();
        match names.len() {
            0 => "; it has none".to_owned(),
            1..=LISTED => format!("; it has: {}", names.join(", ")),
            _ => String::new(),
        }
    }
}

impl Thing {
    fn several(self) -> &'static str {
        match self {
            Self::Branch => "branches",
            Self::Service => "services",
            Self::Staff => "people",
            Self::Phone => "phones",
        }
    }
}
