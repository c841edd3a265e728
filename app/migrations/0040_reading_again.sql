-- A document that is read again goes on answering with what it has: the new passages belong to a draft, which nobody sees,
-- and take the place of the old ones in the moment in which they are complete.
alter table documents add column draft_of uuid unique references documents on delete cascade;
