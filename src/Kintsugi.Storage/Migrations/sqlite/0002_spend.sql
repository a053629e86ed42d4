-- What model calls have cost, by what budgets are held over: `day:2026-11-28` (UTC), `incident:ID`.
-- Dollars are decimal text: a price is any decimal for a million tokens, so no whole unit of money would hold every sum exactly. They are added up under the write lock.
create table spend (
    scope    text primary key,
    usd      text    not null,
    held_usd text    not null, -- what calls of unknown cost were at most
    tokens   integer not null,
    calls    integer not null
) without rowid;
