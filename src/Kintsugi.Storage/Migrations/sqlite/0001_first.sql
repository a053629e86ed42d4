-- The truth of an incident: append-only, one writer wins each version.
create table event (
    incident text    not null,
    version  integer not null,
    name     text    not null,
    schema   integer not null,
    at       text    not null,
    body     text    not null,
    primary key (incident, version)
) without rowid;

-- One row per incident; at most one open incident per fingerprint.
create table incident (
    id          text primary key,
    agent       text    not null,
    fingerprint text    not null,
    opened_at   text    not null,
    closed_at   text,
    outcome     text
) without rowid;
create unique index incident_open on incident (fingerprint) where closed_at is null;

create table eval_run (
    id         text primary key,
    agent      text not null,
    commit_id  text not null,
    manifest   text not null,
    purpose    text not null,
    started_at text not null,
    ended_at   text
) without rowid;

-- One sample x epoch of a run; a rerun of the same key replaces it.
create table result (
    run         text    not null,
    sample      text    not null,
    epoch       integer not null,
    outcome     integer not null,
    body        text    not null,
    primary key (run, sample, epoch)
) without rowid;

-- What a model answered: keyed by canonical request x sample x epoch x ordinal of that request within the sample.
-- With a rowid, unlike the others: rows of kilobytes under a random key cost a quarter of the time that way.
create table recording (
    request  blob    not null,
    sample   text    not null,
    epoch    integer not null,
    ordinal  integer not null,
    provider text    not null,
    model    text    not null,
    status   integer not null,
    content_type text not null,
    question blob    not null,
    answer   blob    not null,
    at       text    not null,
    latency_us integer not null,
    primary key (request, sample, epoch, ordinal)
);
