-- What happened, committed together with the change it tells; and the stored answers of repeated requests.
create table events (
    id uuid not null,
    company_id uuid not null,
    type text not null,
    actor text not null,
    callback_id uuid,
    phone_id uuid,
    data text not null,
    occurred_at bigint not null,
    -- Where it stands in the feed: by the transaction that wrote it. A reader knows which of these can still write, while
    -- ids are as old as the clock of whoever made them.
    place bigint not null default (pg_current_xact_id()::text::bigint)
);
create index events_by_company on events (company_id, place, id);
create index events_of_callback on events (callback_id, id) where callback_id is not null;
-- Of calls that belonged to no callback yet: what is erased is looked for among them.
create index events_of_phone on events (phone_id, id) where callback_id is null and phone_id is not null;
alter table events add primary key (id);

create table idempotency_keys (
    company_id uuid not null references companies (id),
    key text not null,
    request_hash bytea not null,
    status bigint,
    body text,
    created_at bigint not null
);
create index idempotency_keys_by_age on idempotency_keys (created_at);
alter table idempotency_keys add primary key (company_id, key);
