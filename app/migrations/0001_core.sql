-- People, documents, the queue and the audit log.
-- Conventions: every tenant table has tenant_id, row-level security ENABLED and FORCED with the policy
-- "tenant", and grants to agent_platform_app right here, no wider than the code needs.

create extension if not exists vector;

create function app_tenant() returns uuid language sql stable as
$$ select nullif(current_setting('app.tenant_id', true), '')::uuid $$;

create function app_user() returns uuid language sql stable as
$$ select nullif(current_setting('app.user_id', true), '')::uuid $$;

create function app_is_system() returns boolean language sql stable as
$$ select coalesce(current_setting('app.role', true), '') = 'system' $$;

grant usage on schema public to agent_platform_app;

create table tenants (
    id uuid primary key default gen_random_uuid(),
    name text not null unique,
    created_at timestamptz not null default now()
);
alter table tenants enable row level security;
alter table tenants force row level security;
create policy tenant on tenants using (id = app_tenant() or app_is_system()) with check (app_is_system());
grant select on tenants to agent_platform_app;

create table users (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references tenants,
    email text not null check (email = lower(email)),
    name text not null,
    role text not null check (role in ('user', 'admin')),
    password_hash text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (email)
);
alter table users enable row level security;
alter table users force row level security;
create policy tenant on users using (tenant_id = app_tenant() or app_is_system()) with check (tenant_id = app_tenant() or app_is_system());
grant select on users to agent_platform_app;

create table sessions (
    id uuid primary key,
    tenant_id uuid not null references tenants,
    user_id uuid not null references users on delete cascade,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    revoked_at timestamptz
);
create index sessions_of_user on sessions (user_id);
create index sessions_expiry on sessions (expires_at);
alter table sessions enable row level security;
alter table sessions force row level security;
create policy tenant on sessions using (tenant_id = app_tenant() or app_is_system()) with check (tenant_id = app_tenant() or app_is_system());
grant select, insert, update, delete on sessions to agent_platform_app;

-- Failed sign-ins by account and by address, shared by all replicas. Holds no tenant's data.
create table login_attempts (
    key text primary key,
    failures integer not null,
    window_ends timestamptz not null
);
grant select, insert, update, delete on login_attempts to agent_platform_app;

create table audit_logs (
    id bigint generated always as identity primary key,
    at timestamptz not null default now(),
    tenant_id uuid not null references tenants,
    actor_id uuid,
    actor text not null,
    action text not null,
    subject text not null,
    detail jsonb not null default '{}',
    request_id text
);
create index audit_logs_of_tenant on audit_logs (tenant_id, id desc);
alter table audit_logs enable row level security;
alter table audit_logs force row level security;
create policy tenant on audit_logs using (tenant_id = app_tenant() or app_is_system()) with check (tenant_id = app_tenant() or app_is_system());
-- No update, no delete: the application cannot rewrite history.
grant select, insert on audit_logs to agent_platform_app;

create table documents (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references tenants,
    uploaded_by uuid not null references users,
    filename text not null,
    media_type text not null,
    bytes bigint not null,
    sha256 text not null,
    -- What the person should know about the upload although it was taken, for example a wrong extension.
    note text,
    pages integer,
    chunks integer not null default 0,
    -- Words counted for retrieval over all passages: the average passage length follows from it.
    words bigint not null default 0,
    -- Which version of parser and chunker made the passages: another one starts over instead of mixing.
    pipeline text,
    state text not null default 'queued' check (state in ('queued', 'processing', 'ready', 'failed', 'cancelled')),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (tenant_id, sha256)
);
create index documents_of_tenant on documents (tenant_id, created_at desc);
alter table documents enable row level security;
alter table documents force row level security;
create policy tenant on documents using (tenant_id = app_tenant() or app_is_system()) with check (tenant_id = app_tenant() or app_is_system());
grant select, insert, update, delete on documents to agent_platform_app;

create table document_blobs (
    document_id uuid not null references documents on delete cascade,
    ordinal integer not null,
    tenant_id uuid not null references tenants,
    bytes bytea not null check (octet_length(bytes) <= 1048576),
    primary key (document_id, ordinal)
);
-- Uploads are mostly compressed already.
alter table document_blobs alter column bytes set storage external;
alter table document_blobs enable row level security;
alter table document_blobs force row level security;
create policy tenant on document_blobs using (tenant_id = app_tenant() or app_is_system()) with check (tenant_id = app_tenant() or app_is_system());
grant select, insert, delete on document_blobs to agent_platform_app;

create table passages (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references tenants,
    document_id uuid not null references documents on delete cascade,
    ordinal integer not null,
    page integer,
    heading text not null default '',
    text text not null,
    words integer not null,
    embedding vector(384) not null,
    created_at timestamptz not null default now(),
    unique (document_id, ordinal)
);
create index passages_of_tenant on passages (tenant_id);
create index passages_nearest on passages using hnsw (embedding vector_cosine_ops) with (m = 16, ef_construction = 64);
alter table passages enable row level security;
alter table passages force row level security;
create policy tenant on passages using (tenant_id = app_tenant() or app_is_system()) with check (tenant_id = app_tenant() or app_is_system());
grant select, insert, delete on passages to agent_platform_app;

-- The word index for BM25: per stored batch of passages, where each word occurs, how often, and how long that passage is.
create table passage_words (
    tenant_id uuid not null references tenants,
    word text not null,
    document_id uuid not null references documents on delete cascade,
    first_ordinal integer not null,
    ordinals integer[] not null,
    counts integer[] not null,
    lengths integer[] not null,
    primary key (tenant_id, word, document_id, first_ordinal)
);
create index passage_words_of_document on passage_words (document_id);
alter table passage_words enable row level security;
alter table passage_words force row level security;
create policy tenant on passage_words using (tenant_id = app_tenant() or app_is_system()) with check (tenant_id = app_tenant() or app_is_system());
grant select, insert, delete on passage_words to agent_platform_app;

create table jobs (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null references tenants,
    document_id uuid not null references documents on delete cascade,
    user_id uuid not null references users,
    state text not null default 'queued' check (state in ('queued', 'running', 'done', 'failed', 'cancelled')),
    attempt integer not null default 0,
    max_attempts integer not null default 5,
    run_after timestamptz not null default now(),
    -- Fences the work: whoever does not hold the current lease may not write.
    lease uuid,
    lease_until timestamptz,
    cancel_requested boolean not null default false,
    stage text not null default 'queued' check (stage in ('queued', 'parsing', 'chunking', 'embedding', 'done')),
    pages_done integer not null default 0,
    pages_total integer,
    chunks_done integer not null default 0,
    chunks_total integer,
    embedded integer not null default 0,
    error_code text,
    error_message text,
    request_id text,
    -- Sequence number of the last event; events of one job are numbered without gaps.
    last_event bigint not null default 0,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index jobs_due on jobs (run_after) where state = 'queued';
create index jobs_leased on jobs (lease_until) where state = 'running';
create index jobs_of_tenant on jobs (tenant_id, created_at desc);
create index jobs_of_document on jobs (document_id);
alter table jobs enable row level security;
alter table jobs force row level security;
create policy tenant on jobs using (tenant_id = app_tenant() or app_is_system()) with check (tenant_id = app_tenant() or app_is_system());
grant select, insert, update, delete on jobs to agent_platform_app;

-- What was told about a job, so that a browser that lost its connection hears what it missed.
create table job_events (
    job_id uuid not null references jobs on delete cascade,
    seq bigint not null,
    tenant_id uuid not null references tenants,
    -- Order across jobs, for the stream of all of them.
    position bigint generated always as identity,
    at timestamptz not null default now(),
    data jsonb not null,
    primary key (job_id, seq)
);
create index job_events_of_tenant on job_events (tenant_id, position);
alter table job_events enable row level security;
alter table job_events force row level security;
create policy tenant on job_events using (tenant_id = app_tenant() or app_is_system()) with check (tenant_id = app_tenant() or app_is_system());
grant select, insert, delete on job_events to agent_platform_app;

-- The first tenant has a fixed id, so that later migrations and seeds can name it.
insert into tenants (id, name) values ('00000000-0000-4000-8000-000000000001', 'Default');
