-- What has ended, newest last, per company: the board's last outcomes and today's counts. Written once per attempt.
create index attempts_ended on attempts (company_id, updated_at, id) where status in ('completed', 'failed', 'cancelled');
