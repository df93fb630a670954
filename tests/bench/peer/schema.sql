-- The peer's table: a row a trial, the columns of camp's trial_cell, the key that makes a
-- second copy of a trial impossible.
CREATE TABLE trial (
    participant_id  uuid NOT NULL,
    session_id      uuid NOT NULL,
    seq             integer NOT NULL,
    organisation_id uuid NOT NULL,
    task            text NOT NULL,
    task_version    smallint NOT NULL,
    trial           integer,
    condition       smallint NOT NULL,
    correct         boolean NOT NULL,
    rt_ms           real,
    onset_ms        double precision,
    difficulty      real,
    response        smallint,
    flags           smallint NOT NULL,
    detail          jsonb,
    received_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (participant_id, session_id, seq)
);
