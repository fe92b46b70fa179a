-- The promise (callbacks), its tries (attempts), the calls, and whom they concern.
-- The tables that every call writes to do not refer to their company: what they do refer to belongs to one, and each
-- reference to the same row is a lock that all calls of the company would share.
create table customers (
    id blob primary key,
    company_id blob not null references companies (id),
    name text not null,
    email text,
    language text,
    vip integer not null,
    no_call integer not null,
    notes text,
    deleted_at integer,
    created_at integer not null,
    updated_at integer not null
) strict;
create index customers_by_company on customers (company_id, id);

create table customer_numbers (
    company_id blob not null references companies (id),
    number text not null,
    customer_id blob not null references customers (id),
    -- In which order the customer's numbers were given.
    place integer not null default 0,
    primary key (company_id, number)
) strict;
create index customer_numbers_by_customer on customer_numbers (customer_id, company_id);

-- One row per person (company and number). It is the lock under which requests of one person merge.
create table people (
    company_id blob not null,
    number text not null,
    last_asked_at integer not null,
    primary key (company_id, number)
) strict;

create table callbacks (
    id blob primary key,
    company_id blob not null,
    number text not null,
    customer_name text not null,
    customer_id blob references customers (id),
    status text not null,
    priority text not null,
    priority_reason text not null,
    source text not null,
    phone_id blob references phones (id),
    branch_id blob references branches (id),
    service_id blob references services (id),
    -- Whom the customer would like to be called by.
    staff_id blob references staff (id),
    assigned_to blob references staff (id),
    assigned_at integer,
    assignment_reason text,
    topic text,
    language text,
    -- The call that it came from.
    call_id blob,
    -- JSON as it was asked for.
    preferred_time_window text,
    not_before integer,
    return_by text not null default 'staff',
    notes text,
    metadata text not null,
    due_at integer not null,
    -- JSON: how the due time came about.
    due_because text not null default '{}',
    -- When the service-level clock of this promise began to run; a changed priority counts again from here.
    clock_from integer not null default 0,
    -- When it was last asked for, put off or promised again: a talk that began before does not keep it.
    asked_at integer not null default 0,
    -- When the due time is warned of; no hold lasts beyond it.
    warns_at integer not null,
    -- The next instant at which time itself does something with it (due soon, overdue, escalated again, expired); null when
    -- nothing is left for it to do.
    acts_at integer,
    warned_at integer,
    overdue_at integer,
    escalated_at integer,
    expired_at integer,
    escalations_count integer not null default 0,
    -- How far it was handed up since it became overdue: 1 managers, 2 owners.
    rung integer not null default 0,
    -- Attempts of people that reached nobody, since it was opened or reopened.
    staff_attempts integer not null default 0,
    -- A person is calling until then (presence lease).
    claimed_until integer,
    claimed_by blob references staff (id),
    -- Whoever claimed it, as events name him: two programs are not the same nobody.
    claimed_actor text,
    -- A person took it out of that callback: both are open on purpose.
    split_from blob,
    merged_count integer not null,
    contacted_at integer,
    completed_at integer,
    closed_because text,
    deleted_at integer,
    created_at integer not null,
    updated_at integer not null
) strict;
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

-- What a callback is found by: the words of its name in lower case, its number, and `~` with the digits of its number from
-- the last to the first.
create table callback_words (
    company_id blob not null,
    word text not null,
    callback_id blob not null,
    primary key (company_id, word, callback_id)
) strict, without rowid;

create table calls (
    id blob primary key,
    company_id blob not null,
    phone_id blob not null references phones (id),
    agent_id blob,
    direction text not null,
    -- E.164; null when withheld or not a number.
    number text,
    carrier_call_id text,
    status text not null,
    outcome text,
    missed_reason text,
    -- Inbound, all channels busy: later events close nothing and charge nothing.
    turned_away integer not null,
    -- Outbound: what the carrier made of the request (accepted, rejected, not_processed, throttled, lost); null while
    -- it has not answered. not_processed and throttled leave the attempt unspent.
    carrier_answer text,
    -- Settled without the carrier's word (no trace, or silence): its word may still come and then wins.
    given_up integer not null,
    seconds integer not null,
    reserved_credits integer not null,
    fence integer not null,
    -- The run of the node that asked the carrier.
    node text not null,
    node_run blob not null,
    attempt_id blob,
    callback_id blob references callbacks (id),
    original_missed_call_id blob,
    recording_url text,
    transcript text,
    -- What the voice platform made of it: JSON, and its own word for why it ended.
    analysis text,
    disconnection_reason text,
    started_at integer not null,
    accepted_at integer,
    answered_at integer,
    -- Who picked up (human, machine, not_sure), where the carrier says it before the end.
    answered_by text,
    ended_at integer,
    -- Charged, its attempt decided: nothing of it is open any more.
    settled_at integer,
    unknown_since integer,
    -- When the carrier is asked about it next, and how often it was.
    ask_at integer,
    asks integer not null,
    created_at integer not null,
    -- It belonged to a callback that was erased: nothing is written to it any more that tells who it was.
    erased_at integer,
    updated_at integer not null
) strict;
create index calls_by_company on calls (company_id, id);
create index calls_to_ask on calls (ask_at) where ask_at is not null;
create index calls_by_number on calls (company_id, number, started_at);
create index calls_by_phone on calls (phone_id, started_at);
create index calls_on_the_line on calls (company_id, number) where ended_at is null;
create index calls_of_attempt on calls (attempt_id) where attempt_id is not null;
create index calls_of_callback on calls (callback_id) where callback_id is not null;
create unique index calls_by_carrier_id on calls (phone_id, carrier_call_id) where carrier_call_id is not null;

create table attempts (
    id blob primary key,
    company_id blob not null,
    callback_id blob not null references callbacks (id),
    phone_id blob not null references phones (id),
    agent_id blob,
    number text not null,
    -- 0 high, 1 low.
    priority integer not null,
    status text not null,
    outcome text,
    not_before integer not null,
    -- Null: in the queue. Else put off (because) and looked at again at that instant.
    look_at integer,
    waiting_because text,
    -- Held while this campaign is active, never beyond hold_until.
    campaign_id blob references campaigns (id),
    hold_until integer not null,
    missed_at integer not null,
    -- Null: nobody was missed, a call was asked for.
    missed_reason text,
    missed_call_id blob,
    -- The call of the dial.
    call_id blob,
    fence integer not null,
    dials integer not null,
    max_dials integer not null,
    created_at integer not null,
    updated_at integer not null
) strict;
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

-- Events of calls that we do not know (yet): kept, and matched when the call's id becomes known.
create table unmatched_events (
    phone_id blob not null references phones (id),
    carrier_call_id text not null,
    sequence integer not null,
    news text not null,
    received_at integer not null,
    primary key (phone_id, carrier_call_id, sequence)
) strict;
create index unmatched_events_by_age on unmatched_events (received_at);
