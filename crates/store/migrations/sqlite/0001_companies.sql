-- Companies, their people, their keys and their credits. Instants are milliseconds since 1970 (ADR 0002).
create table installation (
    id integer primary key check (id = 1),
    dialing_paused integer not null
) strict;
insert into installation (id, dialing_paused) values (1, false);

create table companies (
    id blob primary key,
    slug text not null unique,
    name text not null,
    country text not null,
    locale text not null,
    time_zone text not null,
    settings text not null,
    dialing_paused integer not null,
    -- How many callbacks were erased for good: they leave no event behind.
    callbacks_erased integer not null default 0,
    created_at integer not null,
    updated_at integer not null,
    -- What the sweep asks of every company each second, read out of the settings so that it cannot differ from them.
    minimum_credits integer not null generated always as (coalesce(settings ->> 'minimum_credits', 100)) virtual,
    auto_callback text not null generated always as (coalesce(settings ->> 'auto_callback', 'on')) virtual
) strict;

-- balance = sum of the ledger (I6); reserved = sum of the open calls' reserves.
create table credit_accounts (
    company_id blob primary key references companies (id),
    balance integer not null,
    reserved integer not null check (reserved >= 0),
    short_told integer not null
) strict;

create table credit_entries (
    id blob primary key,
    company_id blob not null,
    amount integer not null,
    balance integer not null,
    type text not null,
    reason text not null,
    actor text not null,
    metadata text not null,
    call_id blob,
    created_at integer not null
) strict;
create index credit_entries_by_company on credit_entries (company_id, id);
-- A repeated end event charges once.
create unique index credit_entries_once_per_call on credit_entries (call_id) where call_id is not null;

create table branches (
    id blob primary key,
    company_id blob not null references companies (id),
    name text not null,
    time_zone text not null,
    -- JSON as the API has it: the open blocks of each weekday in local time, and dates on which it is closed.
    opening_hours text not null,
    holidays text not null,
    active integer not null,
    deleted_at integer,
    created_at integer not null,
    updated_at integer not null
) strict;
create index branches_by_company on branches (company_id, id) where deleted_at is null;

create table services (
    id blob primary key,
    company_id blob not null references companies (id),
    name text not null,
    duration_minutes integer not null,
    -- JSON, a list of ids; empty: offered in all branches.
    branch_ids text not null,
    deleted_at integer,
    created_at integer not null,
    updated_at integer not null
) strict;
create index services_by_company on services (company_id, id) where deleted_at is null;

create table staff (
    id blob primary key,
    company_id blob not null references companies (id),
    name text not null,
    email text not null,
    role text not null,
    active integer not null,
    password_hash text,
    -- In which language this person reads the pages; null: as the browser has it.
    language text,
    branch_id blob references branches (id),
    -- JSON, a list of services' ids.
    skills text not null default '[]',
    -- At work, set by hand; absent on these days (inclusive, where the branch is); at work in these hours (JSON like a
    -- branch's opening hours; null: whenever).
    present integer not null default 1,
    absent_from text,
    absent_until text,
    working_hours text,
    -- When the hours or the absence next make this person available, or not.
    available_changes_at integer,
    deleted_at integer,
    created_at integer not null,
    updated_at integer not null
) strict;
-- One sign-in is one person of one company: the e-mail alone finds it.
create unique index staff_by_email on staff (email) where deleted_at is null;
create index staff_by_company on staff (company_id, id) where deleted_at is null;
-- What they have must have moved on.
create index staff_gone on staff (id) where not active or deleted_at is not null;
create index staff_by_branch on staff (branch_id) where branch_id is not null and deleted_at is null;
create index staff_by_availability_change on staff (available_changes_at) where available_changes_at is not null;

create table sessions (
    token_hash blob primary key,
    staff_id blob not null references staff (id),
    company_id blob not null references companies (id),
    created_at integer not null,
    seen_at integer not null,
    expires_at integer not null
) strict;
create index sessions_by_expiry on sessions (expires_at);

create table tokens (
    id blob primary key,
    company_id blob not null references companies (id),
    name text not null,
    token_hash blob not null unique,
    scope text not null,
    rate_limit integer not null,
    staff_id blob references staff (id),
    created_at integer not null
) strict;
