-- Priorities, and whether a broker has been given the job (only where one carries the work).
alter table jobs add column priority smallint not null default 0 check (priority between -10 and 10);
alter table jobs add column dispatched_at timestamptz;
