-- Companies, their people, their keys and their credits. Instants are milliseconds since 1970 (ADR 0002).
-- Of two indexes that seem equal PostgreSQL takes the one made later, as long as it knows nothing of the rows; and a plan
-- made then is kept. So the index that finds fewer comes later, and the primary key last.
create table installation (
    id bigint not null check (id = 1),
    dialing_paused boolean not null
);
alter table installation add primary key (id);
insert into installation (id, dialing_paused) values (1, false);

create table companies (
    id uuid not null,
    slug text not null unique,
    name text not null,
    country text not null,
    locale text not null,
    time_zone text not null,
    settings text not null,
    dialing_paused boolean not null,
    -- How many callbacks were erased for good: they leave no event behind.
    callbacks_erased bigint not null default 0,
    created_at bigint not null,
    updated_at bigint not null,
    -- What the sweep asks of every company each second, read out of the settings so that it cannot differ from them.
    minimum_credits bigint not null generated always as (coalesce(cast(cast(settings as jsonb) ->> 'minimum_credits' as bigint), 100)) stored,
    auto_callback text not null generated always as (coalesce(cast(settings as jsonb) ->> 'auto_callback', 'on')) stored
);
alter table companies add primary key (id);

-- balance = sum of the ledger (I6); reserved = sum of the open calls' reserves.
create table credit_accounts (
    company_id uuid not null references companies (id),
    balance bigint not null,
    reserved bigint not null check (reserved >= 0),
    short_told boolean not null
);
alter table credit_accounts add primary key (company_id);

create table credit_entries (
    id uuid not null,
    company_id uuid not null,
    amount bigint not null,
    balance bigint not null,
    type text not null,
    reason text not null,
    actor text not null,
    metadata text not null,
    call_id uuid,
    created_at bigint not null
);
create index credit_entries_by_company on credit_entries (company_id, id);
-- A repeated end event charges once.
create unique index credit_entries_once_per_call on credit_entries (call_id) where call_id is not null;
alter table credit_entries add primary key (id);

create table branches (
    id uuid not null,
    company_id uuid not null references companies (id),
    name text not null,
    time_zone text not null,
    -- JSON as the API has it: the open blocks of each weekday in local time, and dates on which it is closed.
    opening_hours text not null,
    holidays text not null,
    active boolean not null,
    deleted_at bigint,
    created_at bigint not null,
    updated_at bigint not null
);
create index branches_by_company on branches (company_id, id) where deleted_at is null;
alter table branches add primary key (id);

create table services (
    id uuid not null,
    company_id uuid not null references companies (id),
    name text not null,
    duration_minutes bigint not null,
    -- JSON, a list of ids; empty: offered in all branches.
    branch_ids text not null,
    deleted_at bigint,
    created_at bigint not null,
    updated_at bigint not null
);
create index services_by_company on services (company_id, id) where deleted_at is null;
alter table services add primary key (id);

create table staff (
    id uuid not null,
    company_id uuid not null references companies (id),
    name text not null,
    email text not null,
    role text not null,
    active boolean not null,
    password_hash text,
    -- In which language this person reads the pages; null: as the browser has it.
    language text,
    branch_id uuid references branches (id),
    -- JSON, a list of services' ids.
    skills text not null default '[]',
    -- At work, set by hand; absent on these days (inclusive, where the branch is); at work in these hours (JSON like a
    -- branch's opening hours; null: whenever).
    present boolean not null default true,
    absent_from text,
    absent_until text,
    working_hours text,
    -- When the hours or the absence next make this person available, or not.
    available_changes_at bigint,
    deleted_at bigint,
    created_at bigint not null,
    updated_at bigint not null
);
-- One sign-in is one person of one company: the e-mail alone finds it.
create unique index staff_by_email on staff (email) where deleted_at is null;
create index staff_by_company on staff (company_id, id) where deleted_at is null;
-- What they have must have moved on.
create index staff_gone on staff (id) where not active or deleted_at is not null;
create index staff_by_branch on staff (branch_id) where branch_id is not null and deleted_at is null;
create index staff_by_availability_change on staff (available_changes_at) where available_changes_at is not null;
alter table staff add primary key (id);

create table sessions (
    token_hash bytea not null,
    staff_id uuid not null references staff (id),
    company_id uuid not null references companies (id),
    created_at bigint not null,
    seen_at bigint not null,
    expires_at bigint not null
);
create index sessions_by_expiry on sessions (expires_at);
alter table sessions add primary key (token_hash);

create table tokens (
    id uuid not null,
    company_id uuid not null references companies (id),
    name text not null,
    token_hash bytea not null unique,
    scope text not null,
    rate_limit bigint not null,
    staff_id uuid references staff (id),
    created_at bigint not null
);
alter table tokens add primary key (id);
