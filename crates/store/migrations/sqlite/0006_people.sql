-- What people do with callbacks: escalations, requests that were merged, appointments; and who may report from outside.
create table escalations (
    id blob primary key,
    company_id blob not null,
    callback_id blob not null references callbacks (id),
    -- auto, manual
    kind text not null,
    reason text not null,
    details text,
    from_staff blob references staff (id),
    -- Null: there was nobody to hand it to.
    to_staff blob references staff (id),
    created_at integer not null
) strict;
create index escalations_of_callback on escalations (callback_id, id);

-- Each request that a callback answers, the first included: what a split takes apart again.
create table requests (
    id blob primary key,
    company_id blob not null,
    callback_id blob not null references callbacks (id),
    source text not null,
    -- JSON: what was asked for, as it was understood.
    asked text not null,
    -- Of a row of a file: by which the same row is known when the file comes again.
    imported_as text,
    created_at integer not null
) strict;
create index requests_of_callback on requests (callback_id, id);
create index requests_imported on requests (imported_as, company_id) where imported_as is not null;

create table appointments (
    id blob primary key,
    company_id blob not null references companies (id),
    customer_id blob not null references customers (id),
    branch_id blob references branches (id),
    staff_id blob references staff (id),
    service_id blob references services (id),
    -- booked, done, cancelled
    status text not null,
    starts_at integer not null,
    ends_at integer not null,
    callback_id blob references callbacks (id),
    deleted_at integer,
    created_at integer not null,
    updated_at integer not null
) strict;
create index appointments_by_company on appointments (company_id, id) where deleted_at is null;
create index appointments_by_customer on appointments (customer_id, starts_at) where deleted_at is null;
create index appointments_by_start on appointments (company_id, starts_at, id) where deleted_at is null;
create index appointments_by_branch on appointments (branch_id, starts_at) where branch_id is not null and deleted_at is null;
create index appointments_by_staff on appointments (staff_id, starts_at) where staff_id is not null and deleted_at is null;
create index appointments_of_callback on appointments (callback_id) where callback_id is not null;

create table intake_keys (
    id blob primary key,
    company_id blob not null references companies (id),
    name text not null,
    -- retell, vapi
    kind text not null,
    phone_id blob references phones (id),
    -- SHA-256: the key itself is shown once and kept by nobody.
    key_hash blob not null unique,
    -- Sealed; null: the key alone is the proof.
    secret blob,
    created_at integer not null,
    updated_at integer not null
) strict;
create index intake_keys_by_company on intake_keys (company_id, id);

-- What a voice platform reports of a call that its agent held. It comes twice (ended, analyzed), in any order, and repeats; and
-- before it, while the call lasts, the agent uses tools.
create table call_reports (
    id blob primary key,
    company_id blob not null,
    intake_key_id blob not null,
    -- retell, vapi
    kind text not null,
    provider_call_id text not null,
    -- Ours; null: none is known that it could be.
    call_id blob references calls (id),
    phone_id blob references phones (id),
    -- The person's, E.164; null when withheld or not a number.
    number text,
    disconnection_reason text,
    recording_url text,
    transcript text,
    -- JSON
    analysis text,
    started_at integer,
    ended_at integer,
    -- When its transcript was searched for a promise, and the callback that was made of it; or that the agent dealt with by a
    -- tool, the last of them.
    understood_at integer,
    callback_id blob,
    -- What it said was erased with its callback, and is not kept again when it is told again.
    erased_at integer,
    created_at integer not null,
    updated_at integer not null,
    unique (company_id, kind, provider_call_id)
) strict;
create index call_reports_of_call on call_reports (call_id) where call_id is not null;
create index call_reports_of_callback on call_reports (callback_id) where callback_id is not null;
create index call_reports_to_understand on call_reports (id) where understood_at is null and transcript is not null;

-- Whose turn it is. The company's row is the lock under which its callbacks are assigned: who counts the loads of others
-- sees what those before him gave.
create table assignment_turns (
    company_id blob primary key references companies (id),
    turn integer not null
) strict;
create table staff_turns (
    staff_id blob primary key references staff (id),
    company_id blob not null references companies (id),
    turn integer not null
) strict;
