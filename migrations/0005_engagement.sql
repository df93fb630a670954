-- 0005_engagement: what the attention model said of a session, the models, and the runs that train them.
--
-- Kinds of table (0001_base): engagement is distributed; model and active_model are reference
-- tables of the installation, without an organisation; model_run is a job queue and local.
-- Foreign keys follow in 0006.

CREATE TABLE engagement (
    participant_id  uuid NOT NULL,
    session_id      uuid NOT NULL,
    organisation_id uuid NOT NULL,
    trials          integer NOT NULL CHECK (trials > 0),
    defined         boolean NOT NULL,
    value           double precision,
    low             double precision,
    high            double precision,
    lapses          integer,
    linear_value    double precision,
    linear_low      double precision,
    linear_high     double precision,
    model_version   text NOT NULL CHECK (model_version ~ '^[0-9a-f]{16}$'),
    encoder         text NOT NULL CHECK (length(encoder) BETWEEN 1 AND 15),
    first_seq       integer NOT NULL CHECK (first_seq >= 0),
    p               real[] NOT NULL,
    mu              real[] NOT NULL,
    sigma           real[] NOT NULL,
    risk            real[] NOT NULL,
    lapse           boolean[] NOT NULL,
    computed_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (participant_id, session_id),
    CHECK (defined = (value IS NOT NULL AND low IS NOT NULL AND high IS NOT NULL))
);
COMMENT ON TABLE engagement IS 'forecasts of a complete session and its engagement score; written once';
COMMENT ON COLUMN engagement.participant_id IS 'who played';
COMMENT ON COLUMN engagement.session_id IS 'the session';
COMMENT ON COLUMN engagement.organisation_id IS 'the tenant';
COMMENT ON COLUMN engagement.trials IS 'trials of the session';
COMMENT ON COLUMN engagement.defined IS 'false with too few trials for a score';
COMMENT ON COLUMN engagement.value IS 'expected lapse-free trials per 100 by the model; null: not defined';
COMMENT ON COLUMN engagement.low IS 'lower end of its 90 % interval, per 100 trials; null: not defined';
COMMENT ON COLUMN engagement.high IS 'upper end of its 90 % interval, per 100 trials; null: not defined';
COMMENT ON COLUMN engagement.lapses IS 'lapses among the last 20 trials; null: not defined';
COMMENT ON COLUMN engagement.linear_value IS 'as value, by the linear baseline';
COMMENT ON COLUMN engagement.linear_low IS 'as low, by the linear baseline';
COMMENT ON COLUMN engagement.linear_high IS 'as high, by the linear baseline';
COMMENT ON COLUMN engagement.model_version IS 'first 16 hex digits of the SHA-256 of the model''s file';
COMMENT ON COLUMN engagement.encoder IS 'the model''s encoder: transformer, gru, cnn, linear';
COMMENT ON COLUMN engagement.first_seq IS 'the trial that the arrays start with; all but the last 2048 are left out';
COMMENT ON COLUMN engagement.p IS 'forecast probability of a correct answer, 0..1, a trial each';
COMMENT ON COLUMN engagement.mu IS 'forecast mean of ln RT, RT in seconds';
COMMENT ON COLUMN engagement.sigma IS 'forecast standard deviation of ln RT';
COMMENT ON COLUMN engagement.risk IS 'forecast probability of a lapse, 0..1';
COMMENT ON COLUMN engagement.lapse IS 'what happened: an error, an omission or a slow answer';
COMMENT ON COLUMN engagement.computed_at IS 'time of the computation, UTC';

ALTER TABLE engagement ENABLE ROW LEVEL SECURITY;
ALTER TABLE engagement FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON engagement
    USING (organisation_id = nullif(current_setting('app.org', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON engagement TO camp_app;

CREATE TABLE model (
    model_id   uuid NOT NULL,
    sha256     bytea NOT NULL CHECK (length(sha256) = 32),
    bytes      bytea NOT NULL CHECK (length(bytes) BETWEEN 1 AND 4194304),
    encoder    text NOT NULL CHECK (length(encoder) BETWEEN 1 AND 15),
    metadata   jsonb NOT NULL,
    metrics    jsonb NOT NULL,
    source     text NOT NULL CHECK (source IN ('upload', 'run')),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (model_id),
    -- db/models.c, model_insert: the same file again is the same model
    UNIQUE (sha256)
);
COMMENT ON TABLE model IS 'attention models of this installation, here so that every process finds them';
COMMENT ON COLUMN model.model_id IS 'UUIDv7';
COMMENT ON COLUMN model.sha256 IS 'of bytes; its first 8 bytes in hex are the version that forecasts name';
COMMENT ON COLUMN model.bytes IS 'the safetensors file';
COMMENT ON COLUMN model.encoder IS 'transformer, gru, cnn or linear';
COMMENT ON COLUMN model.metadata IS 'object: the file''s own metadata, texts';
COMMENT ON COLUMN model.metrics IS 'object: figures of the validation participants, nats a trial; may be empty';
COMMENT ON COLUMN model.source IS 'upload, or run: trained by a run on the server';
COMMENT ON COLUMN model.created_at IS 'time it was stored, UTC';
-- db/models.c, model_list: the newest
CREATE INDEX model_created ON model (created_at);

CREATE TABLE active_model (
    one          boolean NOT NULL DEFAULT true CHECK (one),
    model_id     uuid NOT NULL,
    activated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (one)
);
COMMENT ON TABLE active_model IS 'the model that serves; no row: the one that came with the program';
COMMENT ON COLUMN active_model.one IS 'always true: one row at most, so that of two activations one is last';
COMMENT ON COLUMN active_model.model_id IS 'the model';
COMMENT ON COLUMN active_model.activated_at IS 'time of the activation, UTC';

CREATE TABLE model_run (
    run_id           uuid NOT NULL,
    state            text NOT NULL DEFAULT 'queued'
                     CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    config           jsonb NOT NULL,
    progress         jsonb NOT NULL DEFAULT '{}',
    metrics          jsonb NOT NULL DEFAULT '[]',
    error            text CHECK (length(error) <= 500),
    model_id         uuid,
    cancel_requested boolean NOT NULL DEFAULT false,
    created_at       timestamptz NOT NULL DEFAULT now(),
    started_at       timestamptz,
    heartbeat_at     timestamptz,
    finished_at      timestamptz,
    PRIMARY KEY (run_id),
    CHECK ((finished_at IS NOT NULL) = (state IN ('done', 'failed', 'cancelled')))
);
COMMENT ON TABLE model_run IS 'trainings of models on the server, from the stored trials';
COMMENT ON COLUMN model_run.run_id IS 'keyed hash of the Idempotency-Key that asked for it';
COMMENT ON COLUMN model_run.state IS 'queued, running, then done, failed or cancelled for ever';
COMMENT ON COLUMN model_run.config IS 'object: what was asked for: encoder, steps, seed, components, cohort_id';
COMMENT ON COLUMN model_run.progress IS 'object: the last report: step, steps, trials_per_s, seconds_left';
COMMENT ON COLUMN model_run.metrics IS 'array: an object a validation: step, epoch, loss, nll_correct, nll_rt in nats a trial';
COMMENT ON COLUMN model_run.error IS 'why it failed, one sentence; null: it did not';
COMMENT ON COLUMN model_run.model_id IS 'the model it made; null: none yet';
COMMENT ON COLUMN model_run.cancel_requested IS 'whoever runs it is to stop';
COMMENT ON COLUMN model_run.created_at IS 'time it was asked for, UTC';
COMMENT ON COLUMN model_run.started_at IS 'time it was first begun, UTC; null before';
COMMENT ON COLUMN model_run.heartbeat_at IS 'last sign of life of the server that runs it, UTC; null before';
COMMENT ON COLUMN model_run.finished_at IS 'time it ended, UTC; null before';
-- db/model_runs.c, run_claim: the oldest that waits
CREATE INDEX model_run_created ON model_run (created_at);

GRANT SELECT, INSERT ON model TO camp_app;
GRANT SELECT, INSERT, UPDATE ON active_model, model_run TO camp_app;
