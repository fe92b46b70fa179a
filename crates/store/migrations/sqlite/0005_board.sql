-- What has ended, newest last, per company: the board's last outcomes and today's counts. Written once per attempt.
create index attempts_ended on attempts (company_id, updated_at, id) where status in ('completed', 'failed', 'cancelled');
-- Missed calls without a number: they have no attempt, and lie far apart among the calls.
create index calls_missed_withheld on calls (company_id, started_at, id) where number is null and missed_reason is not null;
