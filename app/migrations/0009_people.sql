-- People: three roles, sessions that are refreshed, API keys, invitations, foreign identities, provisioning.
alter table users drop constraint users_role_check;
alter table users add constraint users_role_check check (role in ('user', 'approver', 'admin'));
-- Who signs in elsewhere, or was only just invited, has no password here.
alter table users alter column password_hash drop not null;
alter table users add column active boolean not null default true;
alter table users add column external_id text;
-- The person is gone; the row stays for what others' records refer to.
alter table users add column erased_at timestamptz;
create index users_of_tenant on users (tenant_id, created_at);

-- `person` is a sign-in; `internal` is the agent's own, for a turn.
alter table sessions add column kind text not null default 'internal' check (kind in ('person', 'internal'));
alter table sessions add column client text not null default '';
alter table sessions add column last_used_at timestamptz not null default now();

-- Each can be used once; a second use of an old one means that somebody else has it.
create table refresh_tokens (
    hash text primary key,
    tenant_id uuid not null references tenants on delete cascade,
    session_id uuid not null references sessions on delete cascade,
    created_at timestamptz not null default now(),
    used_at timestamptz
);
create index refresh_tokens_of_session on refresh_tokens (session_id);
alter table refresh_tokens enable row level security;
alter table refresh_tokens force row level security;
create policy tenant on refresh_tokens using (tenant_id = app_tenant() or app_is_system()) with check (tenant_id = app_tenant() or app_is_system());
grant select, insert, update, delete on refresh_tokens to agent_platform_app;

create table api_keys (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references tenants on delete cascade,
    user_id uuid not null references users on delete cascade,
    name text not null,
    -- What is shown of it; the rest is known to its owner only.
    prefix text not null,
    hash text not null unique,
    scopes text[] not null check (cardinality(scopes) > 0),
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz
);
create index api_keys_of_user on api_keys (user_id);
alter table api_keys enable row level security;
alter table api_keys force row level security;
create policy tenant on api_keys using (tenant_id = app_tenant() or app_is_system()) with check (tenant_id = app_tenant() or app_is_system());
grant select, insert, update, delete on api_keys to agent_platform_app;

create table invitations (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references tenants on delete cascade,
    email text not null check (email = lower(email)),
    role text not null check (role in ('user', 'approver', 'admin')),
    hash text not null unique,
    invited_by uuid references users on delete set null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at timestamptz
);
create index invitations_of_tenant on invitations (tenant_id, created_at desc);
alter table invitations enable row level security;
alter table invitations force row level security;
create policy tenant on invitations using (tenant_id = app_tenant() or app_is_system()) with check (tenant_id = app_tenant() or app_is_system());
grant select, insert, update, delete on invitations to agent_platform_app;

-- A way to choose a password without knowing one.
create table password_resets (
    hash text primary key,
    tenant_id uuid not null references tenants on delete cascade,
    user_id uuid not null references users on delete cascade,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
);
create index password_resets_of_user on password_resets (user_id);
alter table password_resets enable row level security;
alter table password_resets force row level security;
create policy tenant on password_resets using (tenant_id = app_tenant() or app_is_system()) with check (tenant_id = app_tenant() or app_is_system());
grant select, insert, delete on password_resets to agent_platform_app;

-- Who somebody is at a provider of sign-ins.
create table identities (
    provider text not null,
    subject text not null,
    tenant_id uuid not null references tenants on delete cascade,
    user_id uuid not null references users on delete cascade,
    created_at timestamptz not null default now(),
    primary key (provider, subject)
);
create index identities_of_user on identities (user_id);
alter table identities enable row level security;
alter table identities force row level security;
create policy tenant on identities using (tenant_id = app_tenant() or app_is_system()) with check (tenant_id = app_tenant() or app_is_system());
grant select, insert, delete on identities to agent_platform_app;

-- A tenant's directory signs in with this to say who its people are.
create table scim_tokens (
    tenant_id uuid primary key references tenants on delete cascade,
    hash text not null unique,
    created_at timestamptz not null default now(),
    last_used_at timestamptz
);
alter table scim_tokens enable row level security;
alter table scim_tokens force row level security;
create policy tenant on scim_tokens using (tenant_id = app_tenant() or app_is_system()) with check (tenant_id = app_tenant() or app_is_system());
grant select, insert, update, delete on scim_tokens to agent_platform_app;

-- The application may not write to `users`; it may ask for these four changes, each within the tenant of the transaction.
-- A superuser owner is not bound by row-level security, hence the conditions are here once more.
create function app_may_administer(tenant uuid) returns boolean language sql stable as
$$ select app_is_system() or (tenant = app_tenant() and current_setting('app.role', true) = 'admin') $$;

create function person_create(tenant uuid, new_email text, new_name text, new_role text, new_hash text, new_external_id text) returns uuid
language plpgsql security definer set search_path = public, pg_temp as $$
declare made uuid;
begin
    if not app_may_administer(tenant) then raise exception 'not allowed' using errcode = 'insufficient_privilege'; end if;
    insert into users (tenant_id, email, name, role, password_hash, external_id) values (tenant, new_email, new_name, new_role, new_hash, new_external_id)
    returning id into made;
    return made;
end $$;

-- A null leaves what is. A tenant keeps at least one administrator who can sign in.
create function person_change(person uuid, new_email text, new_name text, new_role text, new_active boolean, new_external_id text) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare before users;
begin
    select * into before from users where id = person and erased_at is null and app_may_administer(tenant_id);
    if not found then return false; end if;
    perform pg_advisory_xact_lock(hashtextextended('people ' || before.tenant_id, 0));
    update users set email = coalesce(new_email, email), name = coalesce(new_name, name), role = coalesce(new_role, role), active = coalesce(new_active, active),
        external_id = coalesce(new_external_id, external_id), updated_at = now() where id = person;
    if before.role = 'admin' and before.active and not exists (select 1 from users where tenant_id = before.tenant_id and role = 'admin' and active) then
        raise exception 'a tenant keeps an administrator' using errcode = 'check_violation', constraint = 'last_admin';
    end if;
    return true;
end $$;

create function person_set_password(person uuid, new_hash text) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    update users set password_hash = new_hash, updated_at = now()
    where id = person and erased_at is null and (app_may_administer(tenant_id) or (tenant_id = app_tenant() and id = app_user()));
    return found;
end $$;

create function person_erase(person uuid) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare before users;
begin
    select * into before from users where id = person and erased_at is null and (app_may_administer(tenant_id) or (tenant_id = app_tenant() and id = app_user()));
    if not found then return false; end if;
    perform pg_advisory_xact_lock(hashtextextended('people ' || before.tenant_id, 0));
    update users set email = 'erased-' || id || '@erased.invalid', name = 'Erased person', role = 'user', active = false, password_hash = null, external_id = null,
        erased_at = now(), updated_at = now() where id = person;
    if before.role = 'admin' and before.active and not exists (select 1 from users where tenant_id = before.tenant_id and role = 'admin' and active) then
        raise exception 'a tenant keeps an administrator' using errcode = 'check_violation', constraint = 'last_admin';
    end if;
    return true;
end $$;

revoke execute on function person_create(uuid, text, text, text, text, text), person_change(uuid, text, text, text, boolean, text), person_set_password(uuid, text), person_erase(uuid) from public;
grant execute on function person_create(uuid, text, text, text, text, text), person_change(uuid, text, text, text, boolean, text), person_set_password(uuid, text), person_erase(uuid) to agent_platform_app;
