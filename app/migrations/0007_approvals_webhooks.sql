-- Approvals by more than one person and with changed arguments; notifications; webhooks that come in.
alter table approvals add column original_arguments jsonb;

-- As before, but while it is pending an approver may change the arguments: the first ones stay on record.
create or replace function approvals_guard() returns trigger language plpgsql as $$
begin
    if (new.id, new.tenant_id, new.thread_id, new.turn_id, new.call_id, new.requested_by, new.tool, new.policy, new.created_at, new.expires_at)
        is distinct from
       (old.id, old.tenant_id, old.thread_id, old.turn_id, old.call_id, old.requested_by, old.tool, old.policy, old.created_at, old.expires_at)
       or ((new.arguments, new.hash, new.original_arguments) is distinct from (old.arguments, old.hash, old.original_arguments)
           and (old.status <> 'pending' or new.status <> 'pending' or new.original_arguments is distinct from coalesce(old.original_arguments, old.arguments))) then
        raise exception 'the content of an approval cannot change' using errcode = 'check_violation';
    end if;
    if new.status is distinct from old.status then
        if old.status <> 'pending' then
            raise exception 'an approval is decided once' using errcode = 'check_violation';
        end if;
        if new.status in ('approved', 'rejected') and (new.decided_by is null or new.decided_by = old.requested_by or old.expires_at <= now()) then
            raise exception 'an approval is decided in time by another person than the one who asked' using errcode = 'check_violation';
        end if;
    end if;
    if new.consumed_at is distinct from old.consumed_at and (old.consumed_at is not null or old.status <> 'approved') then
        raise exception 'an approval is used once, after it was approved' using errcode = 'check_violation';
    end if;
    return new;
end $$;

create table approval_votes (
    approval_id uuid not null references approvals (id) on delete cascade,
    approver_id uuid not null references users (id) on delete cascade,
    tenant_id uuid not null references tenants (id) on delete cascade,
    -- What this person agreed to: a change of the arguments voids it.
    hash text not null,
    at timestamptz not null default now(),
    primary key (approval_id, approver_id, hash)
);
alter table approval_votes enable row level security;
alter table approval_votes force row level security;
create policy tenant on approval_votes using (tenant_id = app_tenant() or app_is_system()) with check (tenant_id = app_tenant() or app_is_system());
grant select, insert on approval_votes to agent_platform_app;

-- Where a tenant wants to hear of approvals.
create table notification_targets (
    tenant_id uuid primary key references tenants (id) on delete cascade,
    url text not null,
    secret text not null,
    created_at timestamptz not null default now()
);
alter table notification_targets enable row level security;
alter table notification_targets force row level security;
create policy tenant on notification_targets using (tenant_id = app_tenant() or app_is_system()) with check (tenant_id = app_tenant() or app_is_system());
grant select, insert, update, delete on notification_targets to agent_platform_app;

create table notifications (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references tenants (id) on delete cascade,
    payload jsonb not null,
    attempts integer not null default 0,
    next_at timestamptz not null default now(),
    error text,
    created_at timestamptz not null default now()
);
create index notifications_due on notifications (next_at);
alter table notifications enable row level security;
alter table notifications force row level security;
create policy tenant on notifications using (tenant_id = app_tenant() or app_is_system()) with check (tenant_id = app_tenant() or app_is_system());
grant select, insert, update, delete on notifications to agent_platform_app;

-- Who may send events in, and on whose behalf the agent acts on them.
create table webhook_sources (
    source text primary key check (source ~ '^[a-z0-9][a-z0-9-]{2,62}$'),
    tenant_id uuid not null references tenants (id) on delete cascade,
    user_id uuid not null references users (id) on delete cascade,
    secret text not null,
    created_at timestamptz not null default now()
);
alter table webhook_sources enable row level security;
alter table webhook_sources force row level security;
create policy tenant on webhook_sources using (tenant_id = app_tenant() or app_is_system()) with check (tenant_id = app_tenant() or app_is_system());
grant select, insert, update, delete on webhook_sources to agent_platform_app;

create table webhook_events (
    source text not null references webhook_sources (source) on delete cascade,
    event_id text not null,
    tenant_id uuid not null references tenants (id) on delete cascade,
    thread_id uuid references threads (id) on delete set null,
    received_at timestamptz not null default now(),
    primary key (source, event_id)
);
alter table webhook_events enable row level security;
alter table webhook_events force row level security;
create policy tenant on webhook_events using (tenant_id = app_tenant() or app_is_system()) with check (tenant_id = app_tenant() or app_is_system());
grant select, insert, update on webhook_events to agent_platform_app;
