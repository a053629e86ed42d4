-- Where the runs are that LangSmith's SDK asks for by their own id alone. What they say is in `span`.
create table langsmith_run (
    rowid integer primary key,    -- in the order of arrival
    id blob not null,             -- 16 bytes
    trace blob not null,
    session text,                 -- the project's name; null while no part of the run has named it
    example text,                 -- of a dataset, which the run answers
    start integer not null        -- ns since 1970
);
create unique index langsmith_run_by_id on langsmith_run (id);
create index langsmith_run_by_example on langsmith_run (session) where example is not null;

-- Projects, experiments among them: a run makes the one that it names.
create table langsmith_session (
    id text primary key,
    name text not null unique,
    dataset text,                 -- of an experiment
    created_at text not null,     -- UTC, ISO 8601; so everywhere below
    closed_at text,               -- when its sender said that it is done; runs may still arrive
    body text not null            -- JSON
) without rowid;
create index langsmith_session_by_time on langsmith_session (created_at);

create table langsmith_dataset (
    id text primary key,
    name text not null unique,
    created_at text not null,
    modified_at text not null,
    body text not null
) without rowid;

create table langsmith_example (
    rowid integer primary key,    -- in the order in which they were added
    id text not null unique,
    dataset text not null,
    created_at text not null,
    modified_at text not null,
    body text not null
);
create index langsmith_example_by_dataset on langsmith_example (dataset);

create table langsmith_feedback (
    rowid integer primary key,
    id text not null unique,
    run text,                     -- null for feedback on a project
    session text,
    key text not null,
    source text,
    created_at text not null,
    modified_at text not null,
    body text not null
);
create index langsmith_feedback_by_run on langsmith_feedback (run);
