//! Making and changing customers.

use axum::{Json, extract::State};
use jiff::Timestamp;
use ringback_domain::{ids::CustomerId, phone_number::PhoneNumber};
use ringback_store::{Company, Customer as Record, CustomerSaved, TenantStore};
use utoipa::ToSchema;

use super::Customer;
use crate::{
    api::{
        SOMEBODY_ELSE,
        answer::{Answer, Created, One, one},
        body::Fields,
        caller::{May, Write},
        changed_at,
        params::{Id, NoParams},
        read, schema,
    },
    app::App,
    errors::{ApiError, Code},
};

/// What a customer is made of.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `create` reads")]
pub(super) struct NewCustomer {
    #[schema(max_length = 200)]
    name: String,
    /// E.164, or as people of the company's country write them. A number belongs to one customer.
    #[schema(max_items = 20, nullable = false)]
    phone_numbers: Option<Vec<String>>,
    #[schema(max_length = 254, format = Email)]
    email: Option<String>,
    /// BCP 47, such as `de` or `en-GB`.
    #[schema(schema_with = schema::language_or_null)]
    language: Option<String>,
    #[schema(default = false, nullable = false)]
    vip: Option<bool>,
    /// No machine ever rings this person.
    #[schema(default = false, nullable = false)]
    no_call: Option<bool>,
    #[schema(max_length = 10000)]
    notes: Option<String>,
}

/// What of a customer is to change.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `change` reads")]
pub(super) struct CustomerChange {
    #[schema(max_length = 200, nullable = false)]
    name: Option<String>,
    /// In the place of all that he has.
    #[schema(max_items = 20, nullable = false)]
    phone_numbers: Option<Vec<String>>,
    #[schema(max_length = 254, format = Email)]
    email: Option<String>,
    #[schema(schema_with = schema::language_or_null)]
    language: Option<String>,
    #[schema(nullable = false)]
    vip: Option<bool>,
    #[schema(nullable = false)]
    no_call: Option<bool>,
    #[schema(max_length = 10000)]
    notes: Option<String>,
}

const READ_ONLY: [&str; 4] = ["id", "company_id", "created_at", "updated_at"];

#[expect(clippy::option_option, reason = "left out and null mean different things")]
struct Given {
    phone_numbers: Option<Vec<PhoneNumber>>,
    email: Option<Option<String>>,
    language: Option<Option<String>>,
    vip: Option<bool>,
    no_call: Option<bool>,
    notes: Option<Option<String>>,
}

impl Given {
    /// None of the numbers may be another customer's.
    async fn read(rows: TenantStore<'_>, company: &Company, fields: &mut Fields, me: Option<CustomerId>) -> Answer<Self> {
        fields.read_only(&READ_ONLY);
        let given = Self {
            phone_numbers: fields.entries("phone_numbers", 20, |text| read::phone_number(&company.country)(text)),
            email: fields.nullable("email", read::text(read::email)),
            language: fields.nullable("language", read::text(read::language)),
            vip: fields.optional("vip", read::flag),
            no_call: fields.optional("no_call", read::flag),
            notes: fields.nullable("notes", read::prose(10_000)),
        };
        if let Some(numbers) = &given.phone_numbers {
            let taken = rows.owners_of_numbers(numbers).await?;
            for (index, number) in numbers.iter().enumerate() {
                if taken.iter().any(|(customer, theirs)| theirs == number && Some(*customer) != me) {
                    fields.refuse(&format!("phone_numbers[{index}]"), Code::Conflict, NUMBER_TAKEN);
                }
            }
        }
        Ok(given)
    }
}

const NUMBER_TAKEN: &str = "is another customer's number; take it from that one first";

/// Makes a customer. Open callbacks of his numbers know him at once.
#[utoipa::path(post, path = "/customers", tag = "customers", operation_id = "create_customer", request_body = NewCustomer,
    responses((status = 201, body = One<Customer>)), security(("token" = ["write"])))]
pub(super) async fn create(May(caller, _): May<Write>, State(app): State<App>, _: NoParams, fields: Fields) -> Answer<Created<Customer>> {
    let now = app.clock.now();
    let rows = caller.rows(&app.store);
    let customer = new(rows, &rows.own_company().await?, CustomerId(app.store.new_id(now)), now, fields).await?;
    saved(rows.create_customer(&customer).await?)?;
    Ok(Created(customer.into()))
}

/// Reads a new customer.
pub(crate) async fn new(rows: TenantStore<'_>, company: &Company, id: CustomerId, now: Timestamp, mut fields: Fields) -> Answer<Record> {
    let name = fields.required("name", read::line(200));
    let given = Given::read(rows, company, &mut fields, None).await?;
    fields.finish(|| {
        Some(Record {
            id,
            name: name?,
            email: given.email.flatten(),
            language: given.language.flatten(),
            vip: given.vip.unwrap_or(false),
            no_call: given.no_call.unwrap_or(false),
            notes: given.notes.flatten(),
            phone_numbers: given.phone_numbers.unwrap_or_default(),
            created_at: now,
            updated_at: now,
        })
    })
}

/// Changes the given fields of a customer; PUT does the same. `no_call` counts for what already waits, too.
#[utoipa::path(method(patch, put), path = "/customers/{id}", tag = "customers", operation_id = "change_customer",
    params(("id" = Uuid, Path)), request_body = CustomerChange, responses((status = 200, body = One<Customer>)),
    security(("token" = ["write"])))]
pub(super) async fn change(
    May(caller, _): May<Write>,
    State(app): State<App>,
    Id(id): Id<CustomerId>,
    _: NoParams,
    fields: Fields,
) -> Answer<Json<One<Customer>>> {
    let rows = caller.rows(&app.store);
    let seen = rows.customer(id).await?.ok_or(ApiError::NotFound)?;
    let customer = changed(rows, &rows.own_company().await?, &seen, app.clock.now(), fields).await?;
    saved(rows.save_customer(&customer, &seen).await?)?;
    Ok(one(customer.into()))
}

/// Reads what becomes of a customer who was `seen` like this.
pub(crate) async fn changed(rows: TenantStore<'_>, company: &Company, seen: &Record, now: Timestamp, mut fields: Fields) -> Answer<Record> {
    let name = fields.optional("name", read::line(200));
    let given = Given::read(rows, company, &mut fields, Some(seen.id)).await?;
    let updated_at = changed_at(seen.updated_at, now);
    let before = seen.clone();
    fields.finish(|| {
        Some(Record {
            id: before.id,
            name: name.unwrap_or(before.name),
            email: given.email.unwrap_or(before.email),
            language: given.language.unwrap_or(before.language),
            vip: given.vip.unwrap_or(before.vip),
            no_call: given.no_call.unwrap_or(before.no_call),
            notes: given.notes.unwrap_or(before.notes),
            phone_numbers: given.phone_numbers.unwrap_or(before.phone_numbers),
            created_at: before.created_at,
            updated_at,
        })
    })
}

fn saved(saved: CustomerSaved) -> Result<(), ApiError> {
    match saved {
        CustomerSaved::Yes => Ok(()),
        CustomerSaved::Changed => Err(ApiError::outrun(SOMEBODY_ELSE)),
        CustomerSaved::NumberTaken => Err(ApiError::field("phone_numbers", Code::Conflict, NUMBER_TAKEN)),
    }
}
