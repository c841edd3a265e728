-- What the tools of further MCP servers said of themselves when they were seen first. A tool that says something else is
-- stopped until an administrator of the tenant agrees to the new text.
create table mcp_tool_pins (
    tenant_id uuid not null references tenants (id) on delete cascade,
    server text not null,
    tool text not null,
    hash text not null check (hash ~ '^[0-9a-f]{64}$'),
    definition jsonb not null,
    first_seen timestamptz not null default now(),
    pinned_at timestamptz not null default now(),
    pinned_by uuid references users (id) on delete set null,
    -- What it says now, when that is something else.
    drift_hash text,
    drift_approval uuid references approvals (id) on delete set null,
    primary key (tenant_id, server, tool)
);
alter table mcp_tool_pins enable row level security;
alter table mcp_tool_pins force row level security;
create policy tenant on mcp_tool_pins using (tenant_id = app_tenant() or app_is_system()) with check (tenant_id = app_tenant() or app_is_system());
grant select, insert, update on mcp_tool_pins to agent_platform_app;

-- Nobody asks for the approval of a changed tool, and no conversation waits for it.
alter table approvals alter column thread_id drop not null, alter column turn_id drop not null, alter column requested_by drop not null;
alter table approvals add constraint approvals_of_a_turn check (
    (thread_id is null and turn_id is null and requested_by is null) or (thread_id is not null and turn_id is not null and requested_by is not null));
