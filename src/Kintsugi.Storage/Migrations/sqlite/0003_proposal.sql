-- Cases that somebody or something proposes for a golden dataset, one for each input, ever: what a person refused is not asked again.
create table proposal (
    agent       text    not null,
    input       text    not null, -- hash of the canonical input
    source      text    not null, -- the trace
    body        text    not null, -- the sample, and why it is proposed
    state       integer not null, -- 0 open, 1 approved, 2 corrected, 3 refused
    proposed_at text    not null,
    decided_at  text,
    decided_by  text,             -- `terminal`, `command`: no name of a person
    primary key (agent, input)
) without rowid;
create index proposal_open on proposal (agent, state, proposed_at);
