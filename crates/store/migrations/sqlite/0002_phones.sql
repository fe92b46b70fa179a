-- Voice agents, phones with their channels, and the campaigns that hold back a phone's misses.
create table agents (
    id blob primary key,
    company_id blob not null references companies (id),
    name text not null,
    prompt text not null,
    voice text,
    llm text,
    languages text not null,
    stream_url text,
    active integer not null,
    created_at integer not null,
    updated_at integer not null
) strict;
create index agents_by_company on agents (company_id, id);

create table phones (
    id blob primary key,
    company_id blob not null references companies (id),
    label text not null,
    number text not null,
    carrier text not null,
    carrier_config blob not null,
    channels integer not null check (channels between 1 and 100),
    reserved_inbound integer not null check (reserved_inbound >= 0),
    agent_id blob references agents (id),
    branch_id blob,
    active integer not null,
    auto_callback text not null,
    when_full text not null,
    max_call_seconds integer not null,
    ingress_key text not null unique,
    deleted_at integer,
    created_at integer not null,
    updated_at integer not null
) strict;
create index phones_by_company on phones (company_id, id);
create index phones_by_number on phones (number) where deleted_at is null;

-- What the dispatcher keeps of a phone. Apart from phones because it changes with every call; its row is the lock
-- under which a phone's channels are given and its attempts are claimed.
create table phone_dialing (
    phone_id blob primary key references phones (id),
    company_id blob not null references companies (id),
    fence integer not null,
    -- Nothing automatic is dialed before this instant.
    paused_until integer,
    paused_because text,
    -- The circuit breaker is open: after the pause one trial call is let through.
    breaker_open integer not null
) strict;

-- One row per channel; free while call_id is null. A channel whose deadline has passed stays taken until the carrier
-- has been asked.
create table channel_leases (
    phone_id blob not null references phones (id),
    channel integer not null,
    call_id blob,
    leased_until integer,
    primary key (phone_id, channel)
) strict;
-- Free ones are left out: without statistics an engine takes them for one row, and would read those of all phones.
create unique index channel_leases_by_call on channel_leases (call_id) where call_id is not null;
create index channel_leases_free on channel_leases (phone_id, channel) where call_id is null;

create table campaigns (
    id blob primary key,
    company_id blob not null references companies (id),
    phone_id blob not null references phones (id),
    name text not null,
    state text not null,
    inbound_misses text not null,
    max_channels integer,
    created_at integer not null,
    updated_at integer not null
) strict;
create index campaigns_by_company on campaigns (company_id, id);
create unique index campaigns_one_active_per_phone on campaigns (phone_id) where state = 'active';
