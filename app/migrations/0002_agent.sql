-- The agent half: orders and what can be done with them, conversations, durable turns, approvals.
-- Money is stored in cents.

create table orders (
    tenant_id uuid not null references tenants (id) on delete cascade,
    id text not null check (id ~ '^ORD-[0-9]{3,9}$'),
    owner_id uuid not null references users (id) on delete cascade,
    item text not null,
    amount_cents bigint not null check (amount_cents > 0),
    currency text not null default 'EUR',
    status text not null check (status in ('processing', 'shipped', 'delivered', 'cancelled')),
    ordered_at timestamptz not null,
    delivered_at timestamptz,
    primary key (tenant_id, id)
);
create index orders_owner on orders (owner_id, ordered_at desc);

-- A conversation. `version` counts every change to its messages in commit order (the row lock orders the writers),
-- so a reader that asks for "newer than N" can never miss one.
create table threads (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references tenants (id) on delete cascade,
    user_id uuid not null references users (id) on delete cascade,
    title text not null,
    version bigint not null default 0,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index threads_user on threads (user_id, updated_at desc);

-- The transcript. Checkpoints hold ids only.
create table messages (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    thread_id uuid not null references threads (id) on delete cascade,
    ordinal bigint not null,
    version bigint not null,
    role text not null check (role in ('user', 'assistant')),
    text text not null default '',
    status text not null default 'complete' check (status in ('pending', 'waiting', 'complete', 'failed')),
    citations jsonb not null default '[]',
    approval_id uuid,
    created_at timestamptz not null default now(),
    unique (thread_id, ordinal)
);
create index messages_version on messages (thread_id, version);

-- What a conversation remembers between turns (workflow memory, document 004's agent_state).
create table agent_state (
    thread_id uuid primary key references threads (id) on delete cascade,
    tenant_id uuid not null,
    memory jsonb not null default '{}',
    last_node text,
    last_turn_id uuid,
    updated_at timestamptz not null default now()
);

-- One message and its answer, as a unit of work that outlives the process that does it.
-- queued: wants a replica; running: one has it until lease_until; waiting: an approval is pending;
-- decided: the approval is decided and the turn wants a replica again.
create table turns (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references tenants (id) on delete cascade,
    user_id uuid not null references users (id) on delete cascade,
    thread_id uuid not null references threads (id) on delete cascade,
    message_id uuid not null references messages (id) on delete cascade,
    answer_id uuid not null references messages (id) on delete cascade,
    state text not null check (state in ('queued', 'running', 'waiting', 'decided', 'done', 'failed')),
    attempt integer not null default 0,
    lease_owner text,
    lease_until timestamptz,
    available_at timestamptz not null default now(),
    request_id text not null,
    last_node text,
    error text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
-- One turn at a time in a conversation, whatever the replicas believe.
create unique index turns_one_running on turns (thread_id) where state = 'running';
create index turns_claimable on turns (available_at) where state in ('queued', 'decided', 'running');
create index turns_thread on turns (thread_id, created_at);

-- Every tool call of a turn with its outcome.
create table tool_calls (
    id uuid primary key,
    tenant_id uuid not null,
    thread_id uuid not null references threads (id) on delete cascade,
    turn_id uuid not null references turns (id) on delete cascade,
    answer_id uuid not null references messages (id) on delete cascade,
    ordinal integer not null,
    tool text not null,
    arguments jsonb not null,
    status text not null check (status in ('waiting', 'running', 'done', 'failed', 'refused', 'rejected')),
    attempts integer not null default 0,
    result jsonb,
    error jsonb,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (turn_id, ordinal)
);
create index tool_calls_answer on tool_calls (answer_id, ordinal);

create table approvals (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references tenants (id) on delete cascade,
    thread_id uuid not null references threads (id) on delete cascade,
    turn_id uuid not null references turns (id) on delete cascade,
    call_id uuid not null unique,
    requested_by uuid not null references users (id) on delete cascade,
    tool text not null,
    arguments jsonb not null,
    policy jsonb not null,
    reason text not null,
    summary text not null,
    hash text not null check (hash ~ '^[0-9a-f]{64}$'),
    status text not null default 'pending' check (status in ('pending', 'approved', 'rejected', 'expired')),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    decided_by uuid references users (id) on delete set null,
    decided_at timestamptz,
    decision_reason text,
    consumed_at timestamptz
);
create index approvals_list on approvals (tenant_id, created_at desc);
create index approvals_pending on approvals (expires_at) where status = 'pending';

-- What the application promises, promised once more where a mistake in it cannot reach: an approval's content never
-- changes, it is decided once, not by who asked for it, not after it expired, and used once.
create function approvals_guard() returns trigger language plpgsql as $$
begin
    if (new.id, new.tenant_id, new.thread_id, new.turn_id, new.call_id, new.requested_by, new.tool, new.arguments, new.policy, new.hash, new.created_at, new.expires_at)
        is distinct from
       (old.id, old.tenant_id, old.thread_id, old.turn_id, old.call_id, old.requested_by, old.tool, old.arguments, old.policy, old.hash, old.created_at, old.expires_at) then
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
create trigger approvals_guard before update on approvals for each row execute function approvals_guard();

-- Bookings. The unique keys are what makes a refund happen once.
create table refunds (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    order_id text not null,
    amount_cents bigint not null check (amount_cents > 0),
    currency text not null,
    reason text not null,
    idempotency_key text not null,
    approval_id uuid unique references approvals (id),
    requested_by uuid not null references users (id),
    created_at timestamptz not null default now(),
    unique (tenant_id, idempotency_key),
    foreign key (tenant_id, order_id) references orders (tenant_id, id) on delete cascade
);
create index refunds_order on refunds (tenant_id, order_id);

-- However it is called, no order is refunded beyond what was paid.
create function refunds_guard() returns trigger language plpgsql as $$
declare paid bigint; refunded bigint;
begin
    -- The application may not change orders, so it cannot lock their rows: an advisory lock orders the writers.
    perform pg_advisory_xact_lock(hashtextextended(new.tenant_id || ' ' || new.order_id, 0));
    select amount_cents into paid from orders where tenant_id = new.tenant_id and id = new.order_id;
    select coalesce(sum(amount_cents), 0) into refunded from refunds where tenant_id = new.tenant_id and order_id = new.order_id;
    if paid is null or refunded + new.amount_cents > paid then
        raise exception 'refunds exceed what was paid' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger refunds_guard before insert on refunds for each row execute function refunds_guard();

create table tickets (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references tenants (id) on delete cascade,
    number bigint generated always as identity,
    created_by uuid not null references users (id) on delete cascade,
    order_id text,
    summary text not null,
    status text not null default 'open' check (status in ('open', 'closed')),
    idempotency_key text not null,
    created_at timestamptz not null default now(),
    unique (tenant_id, idempotency_key)
);

-- Tenants see their own rows; conversations are seen by their owner only, whatever the role.
alter table orders enable row level security;
alter table orders force row level security;
create policy tenant on orders using (tenant_id = app_tenant() or app_is_system()) with check (tenant_id = app_tenant() or app_is_system());
grant select on orders to agent_platform_app;

alter table refunds enable row level security;
alter table refunds force row level security;
create policy tenant on refunds using (tenant_id = app_tenant() or app_is_system()) with check (tenant_id = app_tenant() or app_is_system());
grant select, insert on refunds to agent_platform_app;

alter table tickets enable row level security;
alter table tickets force row level security;
create policy tenant on tickets using (tenant_id = app_tenant() or app_is_system()) with check (tenant_id = app_tenant() or app_is_system());
grant select, insert on tickets to agent_platform_app;

alter table turns enable row level security;
alter table turns force row level security;
create policy tenant on turns using (tenant_id = app_tenant() or app_is_system()) with check (tenant_id = app_tenant() or app_is_system());
grant select, insert, update, delete on turns to agent_platform_app;

alter table approvals enable row level security;
alter table approvals force row level security;
create policy tenant on approvals using (tenant_id = app_tenant() or app_is_system()) with check (tenant_id = app_tenant() or app_is_system());
grant select, insert, update on approvals to agent_platform_app;

alter table threads enable row level security;
alter table threads force row level security;
create policy owner on threads using ((tenant_id = app_tenant() and user_id = app_user()) or app_is_system())
    with check ((tenant_id = app_tenant() and user_id = app_user()) or app_is_system());
grant select, insert, update, delete on threads to agent_platform_app;

alter table messages enable row level security;
alter table messages force row level security;
create policy owner on messages using ((tenant_id = app_tenant() and exists (select 1 from threads where threads.id = thread_id)) or app_is_system())
    with check ((tenant_id = app_tenant() and exists (select 1 from threads where threads.id = thread_id)) or app_is_system());
grant select, insert, update, delete on messages to agent_platform_app;

alter table agent_state enable row level security;
alter table agent_state force row level security;
create policy owner on agent_state using ((tenant_id = app_tenant() and exists (select 1 from threads where threads.id = thread_id)) or app_is_system())
    with check ((tenant_id = app_tenant() and exists (select 1 from threads where threads.id = thread_id)) or app_is_system());
grant select, insert, update, delete on agent_state to agent_platform_app;

alter table tool_calls enable row level security;
alter table tool_calls force row level security;
create policy owner on tool_calls using ((tenant_id = app_tenant() and exists (select 1 from threads where threads.id = thread_id)) or app_is_system())
    with check ((tenant_id = app_tenant() and exists (select 1 from threads where threads.id = thread_id)) or app_is_system());
grant select, insert, update, delete on tool_calls to agent_platform_app;
