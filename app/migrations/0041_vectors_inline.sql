-- Vectors stay beside their row. Pushed out of it, as values of this size are, each has to be fetched by itself: reading all
-- of 8,000 took 67 ms instead of 15 (npm run bench -- search 10000). Passages that are there already move when their document
-- is read again.
alter table passages alter column embedding set storage plain;
