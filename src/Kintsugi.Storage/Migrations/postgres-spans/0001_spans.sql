-- Who sent spans: a row for each pair of resource and instrumentation scope.
create table source (
    id bigint generated always as identity primary key,
    service bigint not null,      -- of all sources of one service the same number: the first source's id
    name text not null,
    version text,
    scope text not null,
    resource text not null,       -- JSON
    digest bytea not null unique
);

-- A partition a day, so that a day is deleted at once; what no day holds (clocks that are wrong) is in span_other.
create table span (
    trace bytea not null,
    id bytea not null,
    parent bytea,
    service bigint not null,
    source bigint not null,
    name text not null,
    role smallint not null,
    start bigint not null,        -- ns since 1970
    duration bigint,
    signature text,
    model text,
    format smallint not null,
    body bytea not null,
    primary key (trace, id, start)
) partition by range (start);
create index span_by_service on span (service, start);
create index failed_span_by_service on span (service, start) where signature is not null;
create table span_other partition of span default;

create table note (
    trace bytea not null,
    span bytea not null,
    source bigint not null,
    name text not null,
    time bigint not null,
    digest bigint not null,
    body text not null,
    primary key (trace, span, time, digest)
);

-- Days whose traces have been thinned out.
create table thinned (day bigint primary key);
