-- What a search can be narrowed to.
alter table documents add column tags text[] not null default '{}';
create index documents_of_tag on documents using gin (tags);
