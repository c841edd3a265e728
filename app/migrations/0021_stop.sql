-- A person may stop a turn; what was said until then stays.
alter table turns add column stop_requested_at timestamptz;
alter table messages drop constraint messages_status_check;
alter table messages add constraint messages_status_check check (status in ('pending', 'waiting', 'complete', 'failed', 'stopped'));
