-- Versions of agents that were evaluated, blessed, healed or alarmed about: what each is made of, and what was found of it last.
create table agent_version (
    agent        text not null,
    commit_id    text not null,
    committed_at text not null,
    manifest     text not null,
    components   text not null, -- JSON: component to hash
    models       text not null, -- JSON: names of the models that answered it last
    first_seen   text not null,
    last_seen    text not null,
    seen_by      integer not null, -- the first time: 0 eval, 1 bless, 2 heal, 3 alarm, 4 replay
    verdict      text,
    passed       integer,
    runs         integer,
    judged_at    text,
    judged_by    integer,
    incident     text,
    primary key (agent, commit_id)
) without rowid;
