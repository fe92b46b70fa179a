-- What happened, committed together with the change it tells; and the stored answers of repeated requests.
create table events (
    -- Where it stands in the feed: the one writer counts on, whatever its clock says.
    place integer primary key,
    id blob not null unique,
    company_id blob not null,
    type text not null,
    actor text not null,
    callback_id blob,
    phone_id blob,
    data text not null,
    occurred_at integer not null
) strict;
create index events_by_company on events (company_id, place, id);
create index events_of_callback on events (callback_id, id) where callback_id is not null;
-- Of calls that belonged to no callback yet: what is erased is looked for among them.
create index events_of_phone on events (phone_id, id) where callback_id is null and phone_id is not null;

create table idempotency_keys (
    company_id blob not null references companies (id),
    key text not null,
    request_hash blob not null,
    status integer,
    body text,
    created_at integer not null,
    primary key (company_id, key)
) strict;
create index idempotency_keys_by_age on idempotency_keys (created_at);
