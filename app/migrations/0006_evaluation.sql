-- A tenant's own questions with known answers, and what was measured with them.
create table golden_questions (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references tenants,
    question text not null,
    -- The file that answers and words of the passage that does; both absent when nothing shall be found.
    document text,
    phrase text,
    created_at timestamptz not null default now(),
    unique (tenant_id, question),
    check (document is null or phrase is not null)
);
alter table golden_questions enable row level security;
alter table golden_questions force row level security;
create policy tenant on golden_questions using (tenant_id = app_tenant() or app_is_system()) with check (tenant_id = app_tenant() or app_is_system());
grant select, insert, delete on golden_questions to agent_platform_app;

create table evaluations (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references tenants,
    ranking text not null,
    scores jsonb not null,
    misses jsonb not null,
    created_at timestamptz not null default now()
);
create index evaluations_of_tenant on evaluations (tenant_id, created_at desc);
alter table evaluations enable row level security;
alter table evaluations force row level security;
create policy tenant on evaluations using (tenant_id = app_tenant() or app_is_system()) with check (tenant_id = app_tenant() or app_is_system());
grant select, insert on evaluations to agent_platform_app;
