-- 0010_person_adapter: what the attention model learned about one person, kept where the person's own sessions prove it.
--
-- Kind of table (0001_base): distributed. The foreign key follows in 0011.

CREATE TABLE person_adapter (
    participant_id  uuid NOT NULL,
    organisation_id uuid NOT NULL,
    model_version   text NOT NULL CHECK (model_version ~ '^[0-9a-f]{16}$'),
    state           bytea NOT NULL CHECK (length(state) BETWEEN 1 AND 65536),
    in_use          boolean NOT NULL,
    sessions        integer NOT NULL CHECK (sessions >= 0),
    evidence        double precision NOT NULL,
    updated_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (participant_id)
);
COMMENT ON TABLE person_adapter IS 'small changes of one model''s weights for one person; replaced whole';
COMMENT ON COLUMN person_adapter.participant_id IS 'whose';
COMMENT ON COLUMN person_adapter.organisation_id IS 'the tenant';
COMMENT ON COLUMN person_adapter.model_version
    IS 'the model they change, as engagement.model_version; with another model they mean nothing';
COMMENT ON COLUMN person_adapter.state IS 'the changes, a safetensors file';
COMMENT ON COLUMN person_adapter.in_use IS 'they won by enough to forecast with them';
COMMENT ON COLUMN person_adapter.sessions IS 'sessions learned from since they last began';
COMMENT ON COLUMN person_adapter.evidence
    IS 'nats won over the model alone on sessions before learning from them, each halved with every later one';
COMMENT ON COLUMN person_adapter.updated_at IS 'time of the last session learned from, UTC';

ALTER TABLE person_adapter ENABLE ROW LEVEL SECURITY;
ALTER TABLE person_adapter FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON person_adapter
    USING (organisation_id = nullif(current_setting('app.org', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE ON person_adapter TO camp_app;

ALTER TABLE engagement ADD COLUMN personal boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN engagement.personal IS 'true: forecast with the person''s own changes of the model (person_adapter)';
