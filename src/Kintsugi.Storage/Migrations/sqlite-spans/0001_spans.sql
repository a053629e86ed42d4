-- Who sent spans: a row for each pair of resource and instrumentation scope.
create table source (
    id integer primary key,
    service integer not null,     -- of all sources of one service the same number: the first source's id
    name text not null,
    version text,
    scope text not null,
    resource text not null,       -- JSON
    digest blob not null unique   -- SHA-256 of the four texts
);

create table span (
    rowid integer primary key,    -- in the order of arrival, so the oldest are deleted without an index
    trace blob not null,          -- 16 bytes
    id blob not null,             -- 8 bytes, or the 16 of a UUID
    parent blob,
    service integer not null,
    source integer not null references source (id),
    name text not null,
    role integer not null,
    start integer not null,       -- ns since 1970
    duration integer,             -- ns; null while it has not ended
    signature text,               -- of the error; null when it did not fail
    model text,
    format integer not null,
    body blob not null
);
create unique index span_by_trace on span (trace, id);
create index span_by_service on span (service, start);
create index failed_span_by_service on span (service, start) where signature is not null;

create table note (
    rowid integer primary key,
    trace blob not null,
    span blob not null,
    source integer not null references source (id),
    name text not null,
    time integer not null,
    digest integer not null,      -- of name and body: a record that is sent twice is one
    body text not null            -- JSON
);
create unique index note_by_trace on note (trace, span, time, digest);

-- How far the traces that are not to be kept have been thinned out.
create table thinned (to_rowid integer not null);
insert into thinned values (0);
