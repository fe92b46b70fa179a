-- The promise (callbacks), its tries (attempts), the calls, and whom they concern.
-- The tables that every call writes to do not refer to their company: what they do refer to belongs to one, and each
-- reference to the same row is a lock that all calls of the company would share.
create table customers (
    id uuid not null,
    company_id uuid not null references companies (id),
    name text not null,
    email text,
    language text,
    vip boolean not null,
    no_call boolean not null,
    notes text,
    deleted_at bigint,
    created_at bigint not null,
    updated_at bigint not null
);
create index customers_by_company on customers (company_id, id);
alter table customers add primary key (id);

create table customer_numbers (
    company_id uuid not null references companies (id),
    number text not null,
    customer_id uuid not null references customers (id),
    -- In which order the customer's numbers were given.
    place bigint not null default 0
);
create index customer_numbers_by_customer on customer_numbers (customer_id, company_id);
alter table customer_numbers add primary key (company_id, number);

-- One row per person (company and number). It is the lock under which requests of one person merge.
create table people (
    company_id uuid not null,
    number text not null,
    last_asked_at bigint not null
);
alter table people add primary key (company_id, number);

create table callbacks (
    id uuid not null,
    company_id uuid not null,
    number text not null,
    customer_name text not null,
    customer_id uuid references customers (id),
    status text not null,
    priority text not null,
    priority_reason text not null,
    source text not null,
    phone_id uuid references phones (id),
    branch_id uuid references branches (id),
    service_id uuid references services (id),
    -- Whom the customer would like to be called by.
    staff_id uuid references staff (id),
    assigned_to uuid references staff (id),
    assigned_at bigint,
    assignment_reason text,
    topic text,
    language text,
    -- The call that it came from.
    call_id uuid,
    -- JSON as it was asked for.
    preferred_time_window text,
    not_before bigint,
    return_by text not null default 'staff',
    notes text,
    metadata text not null,
    due_at bigint not null,
    -- JSON: how the due time came about.
    due_because text not null default '{}',
    -- When the service-level clock of this promise began to run; a changed priority counts again from here.
    clock_from bigint not null default 0,
    -- When it was last asked for, put off or promised again: a talk that began before does not keep it.
    asked_at bigint not null default 0,
    -- When the due time is warned of; no hold lasts beyond it.
    warns_at bigint not null,
    -- The next instant at which time itself does something with it (due soon, overdue, escalated again, expired); null when
    -- nothing is left for it to do.
    acts_at bigint,
    warned_at bigint,
    overdue_at bigint,
    escalated_at bigint,
    expired_at bigint,
    escalations_count bigint not null default 0,
    -- How far it was handed up since it became overdue: 1 managers, 2 owners.
    rung bigint not null default 0,
    -- Attempts of people that reached nobody, since it was opened or reopened.
    staff_attempts bigint not null default 0,
    -- A person is calling until then (presence lease).
    claimed_until bigint,
    claimed_by uuid references staff (id),
    -- Whoever claimed it, as events name him: two programs are not the same nobody.
    claimed_actor text,
    -- A person took it out of that callback: both are open on purpose.
    split_from uuid,
    merged_count bigint not null,
    contacted_at bigint,
    completed_at bigint,
    closed_because text,
    deleted_at bigint,
    created_at bigint not null,
    updated_at bigint not null
);
-- Lists, newest or oldest first: one index for each thing they are narrowed by, so that a page costs the same whatever the
-- company has. The ranks are those of the priorities.
create index callbacks_by_company on callbacks (company_id, id) where deleted_at is null;
create index callbacks_by_status on callbacks (company_id, status, id) where deleted_at is null;
create index callbacks_by_rank on callbacks (company_id, (case priority when 'urgent' then 0 when 'high' then 1 else 2 end), id)
    where deleted_at is null;
create index callbacks_by_source on callbacks (company_id, source, id) where source <> 'missed_call' and deleted_at is null;
create index callbacks_by_owner on callbacks (company_id, assigned_to, id) where deleted_at is null;
create index callbacks_by_branch on callbacks (company_id, branch_id, id) where branch_id is not null and deleted_at is null;
create index callbacks_by_service on callbacks (company_id, service_id, id) where service_id is not null and deleted_at is null;
create index callbacks_by_due on callbacks (company_id, due_at, id) where deleted_at is null;
create index callbacks_trashed on callbacks (company_id, id) where deleted_at is not null;
create index callbacks_unassigned on callbacks (company_id, assigned_to, id)
    where status in ('pending', 'assigned', 'contacted') and assigned_to is null and deleted_at is null;
create index callbacks_urgent on callbacks (company_id, status, id)
    where priority = 'urgent' and status in ('pending', 'assigned', 'contacted') and deleted_at is null;
create index callbacks_open_by_owner on callbacks (company_id, assigned_to, due_at, id)
    where status in ('pending', 'assigned', 'contacted') and deleted_at is null and assigned_to is not null;
create index callbacks_open_by_due on callbacks (company_id, due_at, id)
    where status in ('pending', 'assigned', 'contacted', 'expired') and deleted_at is null;
-- In the order of ids, where many are overdue.
create index callbacks_open on callbacks (company_id, id, due_at)
    where status in ('pending', 'assigned', 'contacted', 'expired') and deleted_at is null;
create index callbacks_by_customer on callbacks (customer_id) where customer_id is not null;
create index callbacks_to_act on callbacks (acts_at, id) where acts_at is not null;
-- How much everybody was given lately, and what nobody could be found for.
create index callbacks_load on callbacks (assigned_to, assigned_at, status, deleted_at)
    where status in ('pending', 'assigned', 'contacted') and deleted_at is null and assigned_to is not null;
create index callbacks_wanting on callbacks (company_id, id)
    where status = 'pending' and deleted_at is null and assigned_to is null and assignment_reason is not null;
-- What the standing check looks for (I3): empty while nothing is forgotten.
create index callbacks_unkept on callbacks (id)
    where deleted_at is null and assigned_to is null and (status = 'assigned' or (status = 'contacted' and acts_at is null));
create index callbacks_untimed on callbacks (id)
    where deleted_at is null and acts_at is null and (status in ('pending', 'assigned') or (status = 'contacted' and overdue_at is null));
create index callbacks_too_late on callbacks (id)
    where status in ('pending', 'assigned', 'contacted') and deleted_at is null and acts_at > due_at
        and (overdue_at is null or overdue_at < due_at);
create index callbacks_expired on callbacks (company_id, id) where status = 'expired' and deleted_at is null;
create index callbacks_expired_by_number on callbacks (company_id, number, id) where status = 'expired' and deleted_at is null;
create index callbacks_open_by_number on callbacks (company_id, number, id)
    where status in ('pending', 'assigned', 'contacted') and deleted_at is null;
alter table callbacks add primary key (id);

-- What a callback is found by: the words of its name in lower case, its number, and `~` with the digits of its number from
-- the last to the first.
create table callback_words (
    company_id uuid not null,
    word text collate "C" not null,
    callback_id uuid not null,
    primary key (company_id, word, callback_id)
);

create table calls (
    id uuid not null,
    company_id uuid not null,
    phone_id uuid not null references phones (id),
    agent_id uuid,
    direction text not null,
    -- E.164; null when withheld or not a number.
    number text,
    carrier_call_id text,
    status text not null,
    outcome text,
    missed_reason text,
    -- Inbound, all channels busy: later events close nothing and charge nothing.
    turned_away boolean not null,
    -- Outbound: what the carrier made of the request (accepted, rejected, not_processed, throttled, lost); null while
    -- it has not answered. not_processed and throttled leave the attempt unspent.
    carrier_answer text,
    -- Settled without the carrier's word (no trace, or silence): its word may still come and then wins.
    given_up boolean not null,
    seconds bigint not null,
    reserved_credits bigint not null,
    fence bigint not null,
    -- The run of the node that asked the carrier.
    node text not null,
    node_run uuid not null,
    attempt_id uuid,
    callback_id uuid references callbacks (id),
    original_missed_call_id uuid,
    recording_url text,
    transcript text,
    -- What the voice platform made of it: JSON, and its own word for why it ended.
    analysis text,
    disconnection_reason text,
    started_at bigint not null,
    accepted_at bigint,
    answered_at bigint,
    -- Who picked up (human, machine, not_sure), where the carrier says it before the end.
    answered_by text,
    ended_at bigint,
    -- Charged, its attempt decided: nothing of it is open any more.
    settled_at bigint,
    unknown_since bigint,
    -- When the carrier is asked about it next, and how often it was.
    ask_at bigint,
    asks bigint not null,
    created_at bigint not null,
    -- It belonged to a callback that was erased: nothing is written to it any more that tells who it was.
    erased_at bigint,
    updated_at bigint not null
);
create index calls_by_company on calls (company_id, id);
create index calls_to_ask on calls (ask_at) where ask_at is not null;
create index calls_by_number on calls (company_id, number, started_at);
create index calls_by_phone on calls (phone_id, started_at);
create index calls_on_the_line on calls (company_id, number) where ended_at is null;
create index calls_of_attempt on calls (attempt_id) where attempt_id is not null;
create index calls_of_callback on calls (callback_id) where callback_id is not null;
create unique index calls_by_carrier_id on calls (phone_id, carrier_call_id) where carrier_call_id is not null;
alter table calls add primary key (id);

create table attempts (
    id uuid not null,
    company_id uuid not null,
    callback_id uuid not null references callbacks (id),
    phone_id uuid not null references phones (id),
    agent_id uuid,
    number text not null,
    -- 0 high, 1 low.
    priority bigint not null,
    status text not null,
    outcome text,
    not_before bigint not null,
    -- Null: in the queue. Else put off (because) and looked at again at that instant.
    look_at bigint,
    waiting_because text,
    -- Held while this campaign is active, never beyond hold_until.
    campaign_id uuid references campaigns (id),
    hold_until bigint not null,
    missed_at bigint not null,
    -- Null: nobody was missed, a call was asked for.
    missed_reason text,
    missed_call_id uuid,
    -- The call of the dial.
    call_id uuid,
    fence bigint not null,
    dials bigint not null,
    max_dials bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);
-- The queue of a phone in dialing order. Only waiting rows: a million finished ones cost nothing.
create index attempts_queue on attempts (phone_id, priority, not_before, id) where status = 'pending' and look_at is null;
-- With all that their order in the queue depends on: who is first of many whose time came together is found in it alone.
create index attempts_put_off on attempts (phone_id, look_at, priority, not_before, id) where status = 'pending' and look_at is not null;
create index attempts_put_off_due on attempts (look_at) where status = 'pending' and look_at is not null;
create index attempts_open_by_company on attempts (company_id, missed_at, id) where status in ('pending', 'processing', 'unknown');
create index attempts_by_company on attempts (company_id, missed_at, id);
create index attempts_by_status on attempts (company_id, status, missed_at, id);
create index attempts_of_callback on attempts (callback_id);
create index attempts_of_campaign on attempts (campaign_id) where campaign_id is not null;
create index attempts_open_by_number on attempts (company_id, number) where status in ('pending', 'processing', 'unknown');
alter table attempts add primary key (id);

-- Events of calls that we do not know (yet): kept, and matched when the call's id becomes known.
create table unmatched_events (
    phone_id uuid not null references phones (id),
    carrier_call_id text not null,
    sequence bigint not null,
    news text not null,
    received_at bigint not null
);
create index unmatched_events_by_age on unmatched_events (received_at);
alter table unmatched_events add primary key (phone_id, carrier_call_id, sequence);
