//! A new person.

use axum::extract::State;
use jiff::{Timestamp, civil::Date};
use ringback_domain::{
    access::Role,
    business_time::OpeningHours,
    ids::{BranchId, ServiceId, StaffId},
};
use ringback_store::{Staff as Record, TenantStore};
use utoipa::ToSchema;

use super::{EMAIL_TAKEN, READ_ONLY, Staff, arranged};
use crate::{
    api::{
        answer::{Answer, Created, One},
        body::Fields,
        caller::{Administer, May},
        params::NoParams,
        read, schema,
    },
    app::App,
    errors::{ApiError, Code},
};

/// What a person is made of. `ringback user create` lets him sign in.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `create` reads")]
pub(super) struct NewStaff {
    #[schema(max_length = 100)]
    name: String,
    #[schema(max_length = 254, format = Email)]
    email: String,
    /// `staff` when it is left out.
    #[schema(schema_with = schema::role)]
    role: Option<Role>,
    #[schema(value_type = Option<Uuid>)]
    branch_id: Option<BranchId>,
    #[schema(value_type = Option<Vec<Uuid>>, max_items = 1000, nullable = false)]
    skills: Option<Vec<ServiceId>>,
    #[schema(default = true, nullable = false)]
    active: Option<bool>,
    /// At work, set by hand.
    #[schema(default = true, nullable = false)]
    present: Option<bool>,
    /// Absent from this day on, by the clocks of the branch.
    #[schema(value_type = Option<String>, format = Date)]
    absent_from: Option<Date>,
    /// The last day of the absence.
    #[schema(value_type = Option<String>, format = Date)]
    absent_until: Option<Date>,
    /// At work in these hours, by the clocks of the branch; null or without any block: at any hour.
    #[schema(schema_with = schema::working_hours)]
    working_hours: Option<OpeningHours>,
}

/// The fields that may be left out, of a new person as of a changed one.
#[expect(clippy::option_option, reason = "left out and null mean different things")]
pub(super) struct Given {
    pub(super) role: Option<Role>,
    pub(super) branch_id: Option<Option<BranchId>>,
    pub(super) skills: Option<Vec<ServiceId>>,
    pub(super) active: Option<bool>,
    pub(super) present: Option<bool>,
    pub(super) absent_from: Option<Option<Date>>,
    pub(super) absent_until: Option<Option<Date>>,
    pub(super) working_hours: Option<Option<OpeningHours>>,
}

impl Given {
    /// Branch and skills must be the company's own.
    pub(super) async fn read(rows: TenantStore<'_>, fields: &mut Fields) -> Answer<Self> {
        fields.read_only(&READ_ONLY);
        let given = Self {
            role: fields.optional("role", read::text(read::word)),
            branch_id: fields.nullable("branch_id", read::text(read::id)),
            skills: fields.entries("skills", 1000, read::id),
            active: fields.optional("active", read::flag),
            present: fields.optional("present", read::flag),
            absent_from: fields.nullable("absent_from", read::text(read::date)),
            absent_until: fields.nullable("absent_until", read::text(read::date)),
            working_hours: fields.nullable_shaped("working_hours", OpeningHours::read),
        };
        if let Some(branch) = given.branch_id.flatten()
            && rows.branch(branch).await?.is_none()
        {
            fields.refuse("branch_id", Code::Reference, "is not the id of one of the company's branches");
        }
        if let Some(skills) = &given.skills {
            let known = rows.services_of(skills).await?;
            for (index, skill) in skills.iter().enumerate() {
                if known.iter().all(|service| service.id != *skill) {
                    fields.refuse(&format!("skills[{index}]"), Code::Reference, "is not the id of one of the company's services");
                }
            }
        }
        Ok(given)
    }
}

/// Makes a person, who cannot sign in.
#[utoipa::path(post, path = "/staff", tag = "staff", operation_id = "create_staff", request_body = NewStaff,
    responses((status = 201, body = One<Staff>)), security(("token" = ["admin"])))]
pub(super) async fn create(May(caller, _): May<Administer>, State(app): State<App>, _: NoParams, fields: Fields) -> Answer<Created<Staff>> {
    let now = app.clock.now();
    let rows = caller.rows(&app.store);
    let staff = new(rows, StaffId(app.store.new_id(now)), now, fields).await?;
    arranged(&caller, staff.role, staff.branch_id)?;
    match rows.add_staff(&staff, None).await {
        Ok(()) => Ok(Created(staff.into())),
        Err(error) if error.is_taken() => Err(ApiError::field("email", Code::Conflict, EMAIL_TAKEN)),
        Err(error) => Err(error.into()),
    }
}

/// Reads a new person.
pub(crate) async fn new(rows: TenantStore<'_>, id: StaffId, now: Timestamp, mut fields: Fields) -> Answer<Record> {
    let name = fields.required("name", read::line(100));
    let email = fields.required("email", read::text(read::own_email));
    let given = Given::read(rows, &mut fields).await?;
    if let Some(email) = &email
        && rows.email_is_taken(email, None).await?
    {
        fields.refuse("email", Code::Conflict, EMAIL_TAKEN);
    }
    let (absent_from, absent_until) = (given.absent_from.flatten(), given.absent_until.flatten());
    absence_fits(&mut fields, absent_from, absent_until);
    fields.finish(|| {
        Some(Record {
            id,
            name: name?,
            email: email?,
            role: given.role.unwrap_or(Role::Staff),
            branch_id: given.branch_id.flatten(),
            skills: given.skills.unwrap_or_default(),
            active: given.active.unwrap_or(true),
            present: given.present.unwrap_or(true),
            absent_from,
            absent_until,
            working_hours: given.working_hours.flatten(),
            created_at: now,
            updated_at: now,
        })
    })
}

pub(super) fn absence_fits(fields: &mut Fields, from: Option<Date>, until: Option<Date>) {
    if from.zip(until).is_some_and(|(from, until)| until < from) {
        fields.refuse("absent_until", Code::Conflict, "must not be before absent_from");
    }
}
