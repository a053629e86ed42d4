-- What people were told of an incident: one row for each event of its log that is told, and each way of telling it.
create table notice (
    incident   text    not null,
    version    integer not null, -- of the event
    channel    text    not null,
    claimed_at text    not null, -- by whoever sends it, and again by another when that was long ago and nothing was sent
    sent_at    text,
    primary key (incident, version, channel)
) without rowid;
