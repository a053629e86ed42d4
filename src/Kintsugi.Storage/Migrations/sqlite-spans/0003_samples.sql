-- The answers to one sample, in one experiment or in all.
create index langsmith_run_by_sample on langsmith_run (example, session) where example is not null;
