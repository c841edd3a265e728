-- A person's conversations can be erased although a refund came of one: the booking stays, who was asked in which conversation goes.
alter table refunds drop constraint refunds_approval_id_fkey;
alter table refunds add constraint refunds_approval_id_fkey foreign key (approval_id) references approvals (id) on delete set null;
