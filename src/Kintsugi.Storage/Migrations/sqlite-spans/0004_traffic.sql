-- Requests of each hour by version, counted once the hour is over: they outlive the spans, of which many are sampled away.
create table traffic (
    service text not null,
    version text not null,        -- empty where none was said
    hour integer not null,        -- since 1970
    requests integer not null,    -- traces
    model_calls integer not null,
    primary key (service, hour, version)
) without rowid;
create index traffic_by_hour on traffic (hour);

create table traffic_error (
    service text not null,
    version text not null,
    hour integer not null,
    signature text not null,
    requests integer not null,    -- traces that hit it
    primary key (service, hour, version, signature)
) without rowid;
create index traffic_error_by_hour on traffic_error (hour);

create table traffic_counted (to_hour integer not null);
