-- What language models were used, by tenant, day and model. Money is in millionths of a dollar.
create table model_usage (
    tenant_id uuid not null references tenants (id) on delete cascade,
    day date not null default current_date,
    model text not null,
    calls integer not null default 0,
    failures integer not null default 0,
    input_tokens bigint not null default 0,
    output_tokens bigint not null default 0,
    cost_micros bigint not null default 0,
    primary key (tenant_id, day, model)
);
alter table model_usage enable row level security;
alter table model_usage force row level security;
create policy tenant on model_usage using (tenant_id = app_tenant() or app_is_system()) with check (tenant_id = app_tenant() or app_is_system());
grant select, insert, update on model_usage to agent_platform_app;
