-- 0001_base: every table of the first release, so that one schema serves one machine, a standby and Citus.
--
-- Kinds of table (docs/architecture.md, "Keys, tenants, scale"):
--   reference    organisation, task, cohort, cohort_rollup: small, a copy on every node
--   distributed  participant, consent, session, trial_cell, trial_conflict, score,
--                participant_day: every key leads with participant_id
--   local        rollup_dirty (a job queue), schema_migration
-- Foreign keys follow in 0002. Every table with organisation_id has row-level security, forced
-- on its owner too: without app.org (set by each transaction) it shows nothing and takes nothing.

CREATE TABLE organisation (
    organisation_id uuid NOT NULL,
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organisation_id)
);
COMMENT ON TABLE organisation IS 'a school, company or laboratory: the tenant';
COMMENT ON COLUMN organisation.organisation_id IS 'UUIDv7; also the value of app.org';
COMMENT ON COLUMN organisation.name IS 'shown on the join and cohort pages';
COMMENT ON COLUMN organisation.created_at IS 'time of creation, UTC';

CREATE TABLE task (
    task       text NOT NULL CHECK (task ~ '^[a-z][a-z0-9-]{0,30}$'),
    version    smallint NOT NULL CHECK (version > 0),
    conditions text[] NOT NULL,
    responses  text[] NOT NULL,
    definition jsonb NOT NULL,
    PRIMARY KEY (task, version)
);
COMMENT ON TABLE task IS 'the tasks that stored trials refer to; one row a released version, never edited';
COMMENT ON COLUMN task.task IS 'name of the folder in tasks/';
COMMENT ON COLUMN task.version IS 'version of task.json, from 1';
COMMENT ON COLUMN task.conditions IS 'names of the conditions; trial_cell.condition counts them from 0';
COMMENT ON COLUMN task.responses IS 'names of the responses; trial_cell.response counts them from 0';
COMMENT ON COLUMN task.definition IS 'the whole task.json of that version';

CREATE TABLE cohort (
    cohort_id       uuid NOT NULL,
    organisation_id uuid NOT NULL,
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    join_code       text NOT NULL CHECK (join_code ~ '^[A-Z0-9]{8}$'),
    read_token_hash bytea NOT NULL CHECK (length(read_token_hash) = 32),
    consent_version integer NOT NULL CHECK (consent_version > 0),
    consent_text    jsonb NOT NULL,
    tasks           text[] NOT NULL,
    demo            boolean NOT NULL DEFAULT false,
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (cohort_id),
    -- db/cohorts.c, cohort_by_join_code
    UNIQUE (join_code)
);
COMMENT ON TABLE cohort IS 'a class, team or study group of one organisation';
COMMENT ON COLUMN cohort.cohort_id IS 'UUIDv7';
COMMENT ON COLUMN cohort.organisation_id IS 'the tenant';
COMMENT ON COLUMN cohort.name IS 'shown on the join and cohort pages';
COMMENT ON COLUMN cohort.join_code IS 'end of the join link, 8 of [A-Z0-9]';
COMMENT ON COLUMN cohort.read_token_hash IS 'BLAKE2b-256 of the token in the cohort page''s link';
COMMENT ON COLUMN cohort.consent_version IS 'version of consent_text that new participants accept';
COMMENT ON COLUMN cohort.consent_text IS 'object: language tag to text';
COMMENT ON COLUMN cohort.tasks IS 'names of the tasks offered, in the order of display';
COMMENT ON COLUMN cohort.demo IS 'true when simulated participants fill it';
COMMENT ON COLUMN cohort.created_at IS 'time of creation, UTC';

CREATE TABLE participant (
    participant_id  uuid NOT NULL,
    organisation_id uuid NOT NULL,
    cohort_id       uuid NOT NULL,
    pseudonym       text CHECK (pseudonym ~ '^[A-Za-z0-9._-]{1,64}$'),
    age_band        text CHECK (length(age_band) BETWEEN 1 AND 16),
    language        text NOT NULL CHECK (length(language) BETWEEN 2 AND 35),
    request_hash    bytea NOT NULL CHECK (length(request_hash) = 16),
    joined_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (participant_id)
);
COMMENT ON TABLE participant IS 'a person in a cohort; no name, no address, no date of birth';
COMMENT ON COLUMN participant.participant_id
    IS 'keyed hash of cohort and Idempotency-Key of the join, so that a repeated join finds it';
COMMENT ON COLUMN participant.organisation_id IS 'the tenant';
COMMENT ON COLUMN participant.cohort_id IS 'the cohort joined';
COMMENT ON COLUMN participant.pseudonym IS 'label given by a study, or null; not unique';
COMMENT ON COLUMN participant.age_band IS 'self-reported band of years such as 18-29, or null';
COMMENT ON COLUMN participant.language IS 'BCP 47 tag of the pages shown';
COMMENT ON COLUMN participant.request_hash IS 'hash of the join body: the same key with another body is refused';
COMMENT ON COLUMN participant.joined_at IS 'time of joining, UTC; the key of the join is honoured for a day';
-- camp export: the participants of one cohort
CREATE INDEX participant_cohort ON participant (cohort_id);

CREATE TABLE consent (
    participant_id  uuid NOT NULL,
    version         integer NOT NULL CHECK (version > 0),
    organisation_id uuid NOT NULL,
    given_at        timestamptz NOT NULL DEFAULT now(),
    language        text NOT NULL CHECK (length(language) BETWEEN 2 AND 35),
    PRIMARY KEY (participant_id, version)
);
COMMENT ON TABLE consent IS 'which consent text a participant accepted, and when';
COMMENT ON COLUMN consent.participant_id IS 'who consented';
COMMENT ON COLUMN consent.version IS 'cohort.consent_version at that time';
COMMENT ON COLUMN consent.organisation_id IS 'the tenant';
COMMENT ON COLUMN consent.given_at IS 'time of consent, UTC';
COMMENT ON COLUMN consent.language IS 'BCP 47 tag of the text that was read';

CREATE TABLE session (
    participant_id  uuid NOT NULL,
    session_id      uuid NOT NULL,
    organisation_id uuid NOT NULL,
    cohort_id       uuid NOT NULL,
    task            text NOT NULL,
    task_version    smallint NOT NULL,
    seed            bigint NOT NULL CHECK (seed BETWEEN 0 AND 4294967295),
    label           text CHECK (label ~ '^[A-Za-z0-9._-]{1,64}$'),
    device          jsonb,
    request_key     bytea NOT NULL CHECK (length(request_key) = 16),
    request_hash    bytea NOT NULL CHECK (length(request_hash) = 16),
    request_no      smallint NOT NULL CHECK (request_no >= 0),
    state           text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'complete')),
    trials          integer CHECK (trials > 0),
    created_at      timestamptz NOT NULL DEFAULT now(),
    completed_at    timestamptz,
    scorer_version  smallint,
    usable          boolean,
    exclusion       jsonb,
    PRIMARY KEY (participant_id, session_id),
    -- db/sessions.c, session_create: the sessions of a repeated request
    UNIQUE (participant_id, request_key, request_no),
    CHECK ((state = 'complete') = (completed_at IS NOT NULL AND trials IS NOT NULL))
);
COMMENT ON TABLE session IS 'one run of one task by one participant';
COMMENT ON COLUMN session.participant_id IS 'who plays it';
COMMENT ON COLUMN session.session_id IS 'UUIDv7 minted by the server; its time picks the partition of the trials';
COMMENT ON COLUMN session.organisation_id IS 'the tenant';
COMMENT ON COLUMN session.cohort_id IS 'the participant''s cohort, repeated here for the rollups';
COMMENT ON COLUMN session.task IS 'name of the task';
COMMENT ON COLUMN session.task_version IS 'version of the task''s definition';
COMMENT ON COLUMN session.seed IS 'unsigned 32-bit seed of the trial list';
COMMENT ON COLUMN session.label IS 'name given by a study (a phase), or null';
COMMENT ON COLUMN session.device IS 'screen and timing profile sent by the client, or null';
COMMENT ON COLUMN session.request_key IS 'hash of the Idempotency-Key that created it';
COMMENT ON COLUMN session.request_hash IS 'hash of the body that created it: the same key with another is refused';
COMMENT ON COLUMN session.request_no IS 'place among the sessions of that request, from 0';
COMMENT ON COLUMN session.state IS 'open until sealed, then complete for ever';
COMMENT ON COLUMN session.trials IS 'number of trials it was sealed with; null while open';
COMMENT ON COLUMN session.created_at IS 'time of creation, UTC';
COMMENT ON COLUMN session.completed_at IS 'time it was sealed, UTC; null while open';
COMMENT ON COLUMN session.scorer_version IS 'version of the scorer whose scores are stored; null before';
COMMENT ON COLUMN session.usable IS 'false when a session-level exclusion rule applies; null before scoring';
COMMENT ON COLUMN session.exclusion IS 'object: rule to number of excluded trials, and "session": rules that apply';
-- db/sessions.c, participant_day_put: the sessions of one participant and day
CREATE INDEX session_participant_completed ON session (participant_id, completed_at);

CREATE TABLE trial_cell (
    participant_id  uuid NOT NULL,
    session_id      uuid NOT NULL,
    cell            integer NOT NULL,
    organisation_id uuid NOT NULL,
    task            text NOT NULL,
    task_version    smallint NOT NULL,
    present         integer NOT NULL,
    trial           integer[],
    condition       "char"[] NOT NULL, -- a byte each: task.conditions has at most 256 names
    correct         boolean[] NOT NULL,
    rt_ms           real[],
    onset_ms        double precision[],
    difficulty      real[],
    response        "char"[],
    flags           smallint[],
    detail          text,
    received_at     timestamptz NOT NULL,
    PRIMARY KEY (participant_id, session_id, cell)
) PARTITION BY RANGE (session_id);
COMMENT ON TABLE trial_cell
    IS 'trials 32 cell .. 32 cell + 31 of a session, one array a column; monthly partitions by the UUIDv7';
COMMENT ON COLUMN trial_cell.participant_id IS 'who played';
COMMENT ON COLUMN trial_cell.session_id IS 'the session; its UUIDv7 picks the month';
COMMENT ON COLUMN trial_cell.cell IS 'number of the cell, from 0';
COMMENT ON COLUMN trial_cell.organisation_id IS 'the tenant';
COMMENT ON COLUMN trial_cell.task IS 'name of the task, repeated from the session';
COMMENT ON COLUMN trial_cell.task_version IS 'version of the task''s definition';
COMMENT ON COLUMN trial_cell.present
    IS '32-bit mask: bit i is set when trial 32 cell + i is here; the arrays hold those, ascending';
COMMENT ON COLUMN trial_cell.trial IS 'numbers of a recording; null: none given';
COMMENT ON COLUMN trial_cell.condition IS 'index into task.conditions, from 0, as an unsigned byte';
COMMENT ON COLUMN trial_cell.correct IS 'the answer was right';
COMMENT ON COLUMN trial_cell.rt_ms IS 'response times in ms from onset; null: no response';
COMMENT ON COLUMN trial_cell.onset_ms IS 'stimulus onsets in ms on the session''s clock; null: none given';
COMMENT ON COLUMN trial_cell.difficulty IS 'difficulty in the units of task.json; null: none given';
COMMENT ON COLUMN trial_cell.response IS 'index into task.responses, from 0, as an unsigned byte; null: none given';
COMMENT ON COLUMN trial_cell.flags IS 'bits of base/trial.h, enum trial_flag; null: all zero';
COMMENT ON COLUMN trial_cell.detail IS 'JSON array, an object or null a trial; null: none has any';
COMMENT ON COLUMN trial_cell.received_at IS 'time of the last upload that changed the cell, UTC';

CREATE TABLE trial_conflict (
    participant_id  uuid NOT NULL,
    session_id      uuid NOT NULL,
    seq             integer NOT NULL,
    digest          bytea NOT NULL,
    organisation_id uuid NOT NULL,
    task            text NOT NULL,
    offered         jsonb NOT NULL,
    received_at     timestamptz NOT NULL,
    PRIMARY KEY (participant_id, session_id, seq, digest)
);
COMMENT ON TABLE trial_conflict IS 'trials that came after another with the same number was stored; never scored';
COMMENT ON COLUMN trial_conflict.participant_id IS 'who sent it';
COMMENT ON COLUMN trial_conflict.session_id IS 'the session';
COMMENT ON COLUMN trial_conflict.seq IS 'number of the trial, from 0';
COMMENT ON COLUMN trial_conflict.digest IS 'hash of what was offered, so that its repeat is one row';
COMMENT ON COLUMN trial_conflict.organisation_id IS 'the tenant';
COMMENT ON COLUMN trial_conflict.task IS 'name of the task';
COMMENT ON COLUMN trial_conflict.offered IS 'the refused trial, units as in trial_cell';
COMMENT ON COLUMN trial_conflict.received_at IS 'time of its first upload, UTC';

CREATE TABLE score (
    participant_id     uuid NOT NULL,
    session_id         uuid NOT NULL,
    name               text NOT NULL CHECK (length(name) BETWEEN 1 AND 47),
    organisation_id    uuid NOT NULL,
    unit               text NOT NULL CHECK (length(unit) <= 15),
    value              double precision,
    standard_error     double precision,
    n                  integer NOT NULL,
    raw_value          double precision,
    raw_standard_error double precision,
    raw_n              integer NOT NULL,
    position           smallint NOT NULL,
    PRIMARY KEY (participant_id, session_id, name)
);
COMMENT ON TABLE score IS 'the scores of a complete session';
COMMENT ON COLUMN score.participant_id IS 'who played';
COMMENT ON COLUMN score.session_id IS 'the session';
COMMENT ON COLUMN score.name IS 'name of the score in the task''s definition';
COMMENT ON COLUMN score.organisation_id IS 'the tenant';
COMMENT ON COLUMN score.unit IS 'unit of value, standard_error and their raw forms';
COMMENT ON COLUMN score.value IS 'after the exclusion rules, in unit; null: not defined';
COMMENT ON COLUMN score.standard_error IS 'of value, in unit; null: not defined';
COMMENT ON COLUMN score.n IS 'trials behind value';
COMMENT ON COLUMN score.raw_value IS 'without the exclusion rules, in unit; null: not defined';
COMMENT ON COLUMN score.raw_standard_error IS 'of raw_value, in unit; null: not defined';
COMMENT ON COLUMN score.raw_n IS 'trials behind raw_value';
COMMENT ON COLUMN score.position IS 'place in the scorer''s order, from 0';

CREATE TABLE participant_day (
    participant_id  uuid NOT NULL,
    day             date NOT NULL,
    task            text NOT NULL,
    organisation_id uuid NOT NULL,
    cohort_id       uuid NOT NULL,
    sessions        integer NOT NULL,
    trials          bigint NOT NULL,
    scores          jsonb NOT NULL,
    PRIMARY KEY (participant_id, day, task)
);
COMMENT ON TABLE participant_day IS 'what a participant did in a task on a day; every rollup is recomputed from it';
COMMENT ON COLUMN participant_day.participant_id IS 'who played';
COMMENT ON COLUMN participant_day.day IS 'UTC day on which the sessions were sealed';
COMMENT ON COLUMN participant_day.task IS 'name of the task';
COMMENT ON COLUMN participant_day.organisation_id IS 'the tenant';
COMMENT ON COLUMN participant_day.cohort_id IS 'the participant''s cohort';
COMMENT ON COLUMN participant_day.sessions IS 'scored sessions, unusable ones included';
COMMENT ON COLUMN participant_day.trials IS 'trials of those sessions';
COMMENT ON COLUMN participant_day.scores
    IS 'object: score to {"unit", "mean", "n"}: mean over the n usable sessions where it is defined';
-- db/rollup.c, rollup_fold: a cohort's rows of one day and task, or of all days
CREATE INDEX participant_day_cohort ON participant_day (cohort_id, day, task);

CREATE TABLE cohort_rollup (
    cohort_id       uuid NOT NULL,
    task            text NOT NULL,
    day             date NOT NULL,
    organisation_id uuid NOT NULL,
    participants    integer NOT NULL,
    sessions        bigint NOT NULL,
    trials          bigint NOT NULL,
    scores          jsonb NOT NULL,
    computed_at     timestamptz NOT NULL,
    PRIMARY KEY (cohort_id, task, day)
);
COMMENT ON TABLE cohort_rollup IS 'what a cohort page reads, unsuppressed; recomputed from participant_day';
COMMENT ON COLUMN cohort_rollup.cohort_id IS 'the cohort';
COMMENT ON COLUMN cohort_rollup.task IS 'name of the task; empty: all tasks';
COMMENT ON COLUMN cohort_rollup.day IS 'UTC day; -infinity: all days';
COMMENT ON COLUMN cohort_rollup.organisation_id IS 'the tenant';
COMMENT ON COLUMN cohort_rollup.participants IS 'different participants with a scored session';
COMMENT ON COLUMN cohort_rollup.sessions IS 'their scored sessions';
COMMENT ON COLUMN cohort_rollup.trials IS 'trials of those sessions';
COMMENT ON COLUMN cohort_rollup.scores
    IS 'object: score to {"unit", "participants", "mean", "sd"} over participants, each counted once; empty for all tasks';
COMMENT ON COLUMN cohort_rollup.computed_at IS 'time of the recomputation, UTC';

CREATE TABLE rollup_dirty (
    dirty_id        bigint GENERATED ALWAYS AS IDENTITY,
    organisation_id uuid NOT NULL,
    cohort_id       uuid NOT NULL,
    day             date NOT NULL,
    task            text NOT NULL,
    marked_at       timestamptz NOT NULL,
    -- appended to and never updated: a unique (cohort, day, task) would be one hot row
    PRIMARY KEY (dirty_id)
);
COMMENT ON TABLE rollup_dirty IS 'queue of the rollup worker: what to recompute';
COMMENT ON COLUMN rollup_dirty.dirty_id IS 'running number';
COMMENT ON COLUMN rollup_dirty.organisation_id IS 'the tenant';
COMMENT ON COLUMN rollup_dirty.cohort_id IS 'the cohort whose rollup is out of date';
COMMENT ON COLUMN rollup_dirty.day IS 'UTC day';
COMMENT ON COLUMN rollup_dirty.task IS 'name of the task';
COMMENT ON COLUMN rollup_dirty.marked_at IS 'time of the change, UTC';
-- db/cohorts.c, cohort_engagement: the oldest change that a cohort's rollups lack
CREATE INDEX rollup_dirty_cohort ON rollup_dirty (cohort_id, marked_at);

-- One row a trial, with names, for researchers; security_invoker keeps the reader's own rights.
CREATE VIEW trial WITH (security_invoker = true) AS
SELECT c.participant_id, c.session_id, c.cell * 32 + b.bit AS seq, c.organisation_id,
       c.task, c.task_version, c.trial[b.i] AS trial,
       t.conditions[(c.condition[b.i]::integer & 255) + 1] AS condition, c.correct[b.i] AS correct,
       c.rt_ms[b.i] AS rt_ms, c.onset_ms[b.i] AS onset_ms, c.difficulty[b.i] AS difficulty,
       t.responses[(c.response[b.i]::integer & 255) + 1] AS response, coalesce(c.flags[b.i], 0::smallint) AS flags,
       nullif(c.detail::jsonb -> (b.i - 1), 'null'::jsonb) AS detail, c.received_at
  FROM trial_cell c
 CROSS JOIN LATERAL (SELECT s.bit, row_number() OVER (ORDER BY s.bit)::integer AS i
                       FROM generate_series(0, 31) AS s(bit)
                      WHERE (c.present >> s.bit) & 1 = 1) AS b
  LEFT JOIN task t ON t.task = c.task AND t.version = c.task_version;
COMMENT ON VIEW trial IS 'one row a trial, conditions and responses by name';
COMMENT ON COLUMN trial.participant_id IS 'who played';
COMMENT ON COLUMN trial.session_id IS 'the session';
COMMENT ON COLUMN trial.seq IS 'place in the session, from 0';
COMMENT ON COLUMN trial.organisation_id IS 'the tenant';
COMMENT ON COLUMN trial.task IS 'name of the task';
COMMENT ON COLUMN trial.task_version IS 'version of the task''s definition';
COMMENT ON COLUMN trial.trial IS 'number in a recording; null: none given';
COMMENT ON COLUMN trial.condition IS 'name of the condition';
COMMENT ON COLUMN trial.correct IS 'the answer was right';
COMMENT ON COLUMN trial.rt_ms IS 'response time in ms from onset; null: no response';
COMMENT ON COLUMN trial.onset_ms IS 'stimulus onset in ms on the session''s clock; null: none given';
COMMENT ON COLUMN trial.difficulty IS 'difficulty in the units of task.json; null: none given';
COMMENT ON COLUMN trial.response IS 'name of the response; null: none given';
COMMENT ON COLUMN trial.flags IS 'bits of base/trial.h, enum trial_flag';
COMMENT ON COLUMN trial.detail IS 'what else the task recorded; null: nothing';
COMMENT ON COLUMN trial.received_at IS 'time of the last upload that changed its cell, UTC';

-- Tenants. nullif: on a used connection the setting is '' once its transaction is over.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['organisation', 'cohort', 'participant', 'consent', 'session',
                                'trial_cell', 'trial_conflict', 'score', 'participant_day',
                                'cohort_rollup', 'rollup_dirty'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format($policy$
            CREATE POLICY tenant ON %I
                USING (organisation_id = nullif(current_setting('app.org', true), '')::uuid)
            $policy$, name);
    END LOOP;
END
$$;

-- Before a request is known to belong to an organisation, only codes and token hashes are read.
CREATE POLICY lookup ON organisation FOR SELECT TO camp_auth USING (true);
CREATE POLICY lookup ON cohort FOR SELECT TO camp_auth USING (true);
-- The writer commits trials of many organisations at once; each was proved by a session token.
CREATE POLICY ingest ON trial_cell TO camp_ingest USING (true) WITH CHECK (true);
CREATE POLICY ingest ON trial_conflict TO camp_ingest USING (true) WITH CHECK (true);
-- The rollup worker learns here which organisation to turn to next.
CREATE POLICY worker ON rollup_dirty TO camp_app
    USING (current_setting('app.worker', true) = 'rollup');

GRANT SELECT ON task, organisation, cohort, trial_cell, trial_conflict, trial TO camp_app;
GRANT SELECT, INSERT, UPDATE ON participant, consent, session, participant_day, cohort_rollup
    TO camp_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON score, rollup_dirty TO camp_app;
GRANT DELETE ON participant_day, cohort_rollup TO camp_app;
GRANT SELECT, INSERT, UPDATE ON trial_cell, trial_conflict TO camp_ingest;
GRANT SELECT (organisation_id, name) ON organisation TO camp_auth;
GRANT SELECT (cohort_id, organisation_id, name, join_code, read_token_hash, consent_version,
              consent_text, tasks, demo) ON cohort TO camp_auth;
