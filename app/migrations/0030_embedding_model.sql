-- Which model made the vectors: those of two models in one index would be compared although they mean nothing to each
-- other. One row for the whole index; absent as long as nothing was ever stored.
create table embedding_model (
    one boolean primary key default true check (one),
    model text not null,
    dimensions integer not null,
    recorded_at timestamptz not null default now()
);
-- Until now there was only this one.
select set_config('app.role', 'system', true);
insert into embedding_model (model, dimensions) select 'all-MiniLM-L6-v2', 384 where exists (select from passages);
grant select, insert, update on embedding_model to agent_platform_app;
