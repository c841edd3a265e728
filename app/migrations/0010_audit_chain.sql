-- The audit log as a chain for each tenant: every entry holds the hash of the one before, so that none can be changed, taken
-- out or moved without the rest showing it. The database links entries when a transaction commits: last, so that nothing waits
-- for the lock of the chain longer than a commit takes, and whoever writes the entry.
alter table audit_logs add column seq bigint;
alter table audit_logs add column prev text;
alter table audit_logs add column hash text;
-- Who did what to what, hashed with a salt: when a person is erased, both go, and the chain still holds.
alter table audit_logs add column salt text;
alter table audit_logs add column content_hash text;
alter table audit_logs add column erased boolean not null default false;
create unique index audit_logs_chain on audit_logs (tenant_id, seq);

-- Where each chain ends, so that its last entries cannot be cut off unseen, and where it begins since old ones were let go.
create table audit_heads (
    tenant_id uuid primary key references tenants,
    seq bigint not null default 0,
    hash text not null default repeat('0', 64),
    start_seq bigint not null default 0,
    start_hash text not null default repeat('0', 64)
);
alter table audit_heads enable row level security;
alter table audit_heads force row level security;
create policy tenant on audit_heads using (tenant_id = app_tenant() or app_is_system()) with check (tenant_id = app_tenant() or app_is_system());
grant select on audit_heads to agent_platform_app;

create function audit_content(actor text, subject text, detail jsonb, request_id text) returns text language sql immutable as
$$ select jsonb_build_array(actor, subject, detail, request_id)::text $$;

create function audit_fixed(seq bigint, at timestamptz, tenant_id uuid, actor_id uuid, action text) returns text language sql stable as
$$ select jsonb_build_array(seq, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), tenant_id, actor_id, action)::text $$;

create function audit_append(entry audit_logs) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare head audit_heads; secret text := gen_random_uuid()::text; content text; linked text;
begin
    select * into head from audit_heads where tenant_id = entry.tenant_id for update;
    if not found then
        insert into audit_heads (tenant_id) values (entry.tenant_id) on conflict do nothing;
        select * into head from audit_heads where tenant_id = entry.tenant_id for update;
    end if;
    content := encode(sha256(convert_to(secret || audit_content(entry.actor, entry.subject, entry.detail, entry.request_id), 'UTF8')), 'hex');
    linked := encode(sha256(convert_to(head.hash || content || audit_fixed(head.seq + 1, entry.at, entry.tenant_id, entry.actor_id, entry.action), 'UTF8')), 'hex');
    update audit_logs set seq = head.seq + 1, prev = head.hash, hash = linked, salt = secret, content_hash = content where id = entry.id;
    update audit_heads set seq = head.seq + 1, hash = linked where tenant_id = entry.tenant_id;
end $$;
revoke execute on function audit_append(audit_logs) from public;

create function audit_link() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    perform audit_append(new);
    return null;
end $$;

-- What was written before there was a chain.
do $$
declare entry audit_logs;
begin
    for entry in select * from audit_logs order by id loop
        perform audit_append(entry);
    end loop;
end $$;

create constraint trigger audit_link after insert on audit_logs deferrable initially deferred for each row execute function audit_link();

-- Lets go of entries older than a year at least; the chain then begins after them. Gives how many went.
create function audit_prune(tenant uuid, older_than timestamptz) returns bigint language plpgsql security definer set search_path = public, pg_temp as $$
declare last audit_logs; gone bigint;
begin
    if not app_is_system() or older_than > now() - interval '365 days' then raise exception 'not allowed' using errcode = 'insufficient_privilege'; end if;
    perform 1 from audit_heads where tenant_id = tenant for update;
    select * into last from audit_logs where tenant_id = tenant
        and seq < coalesce((select min(seq) from audit_logs where tenant_id = tenant and at >= older_than), 'infinity'::numeric) order by seq desc limit 1;
    if not found then return 0; end if;
    delete from audit_logs where tenant_id = tenant and seq <= last.seq;
    get diagnostics gone = row_count;
    update audit_heads set start_seq = last.seq, start_hash = last.hash where tenant_id = tenant;
    return gone;
end $$;

-- Takes out of the log who somebody was and what exactly they did; when, what kind of deed and the chain remain.
create function audit_forget(person uuid) returns bigint language plpgsql security definer set search_path = public, pg_temp as $$
declare gone bigint;
begin
    update audit_logs set actor = 'erased person', subject = case when subject ~ '^[0-9a-f-]{36}$' then subject else 'erased' end, detail = '{}', request_id = null, salt = null, erased = true
    where actor_id = person and seq is not null and (app_may_administer(tenant_id) or (tenant_id = app_tenant() and person = app_user()));
    get diagnostics gone = row_count;
    return gone;
end $$;
revoke execute on function audit_link(), audit_prune(uuid, timestamptz), audit_forget(uuid) from public;
grant execute on function audit_prune(uuid, timestamptz), audit_forget(uuid) to agent_platform_app;
