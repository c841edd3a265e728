-- A new version of a document stays unseen until it is read whole; then it replaces the one of the same owner and name.
alter table documents add column hidden boolean not null default false;
create index documents_hidden on documents (tenant_id) where hidden;
create index documents_of_name on documents (uploaded_by, filename);
