-- 0012_ability: difficulty estimates, so that the next session starts where the last one ended.
-- A session keeps what it started from, so that its difficulties can be decided again.
CREATE TABLE ability (
    participant_id  uuid NOT NULL,
    task            text NOT NULL,
    organisation_id uuid NOT NULL,
    task_version    smallint NOT NULL,
    session_id      uuid NOT NULL,
    threshold       double precision NOT NULL,
    threshold_sd    double precision NOT NULL CHECK (threshold_sd > 0),
    settles_at      double precision NOT NULL CHECK (settles_at > 0 AND settles_at < 1),
    location        double precision NOT NULL,
    location_sd     double precision NOT NULL CHECK (location_sd > 0),
    slope           double precision NOT NULL CHECK (slope > 0),
    slope_sd        double precision NOT NULL CHECK (slope_sd >= 0),
    PRIMARY KEY (participant_id, task)
);
COMMENT ON TABLE ability IS 'what a participant''s latest session of an adaptive task found out';
COMMENT ON COLUMN ability.participant_id IS 'whose ability';
COMMENT ON COLUMN ability.task IS 'name of the task';
COMMENT ON COLUMN ability.organisation_id IS 'the tenant';
COMMENT ON COLUMN ability.task_version IS 'version of the task''s definition; sessions of another do not start from it';
COMMENT ON COLUMN ability.session_id IS 'the session that found it out; its time orders sessions';
COMMENT ON COLUMN ability.threshold IS 'difficulty at which practice settles, in the units of task.json; posterior mean';
COMMENT ON COLUMN ability.threshold_sd IS 'its posterior sd, in the same units';
COMMENT ON COLUMN ability.settles_at IS 'share correct at the threshold, 0..1';
COMMENT ON COLUMN ability.location IS 'location of the psychometric function, in the same units; posterior mean';
COMMENT ON COLUMN ability.location_sd IS 'its posterior sd, in the same units';
COMMENT ON COLUMN ability.slope IS 'slope per unit of difficulty; posterior mean';
COMMENT ON COLUMN ability.slope_sd IS 'its posterior sd; 0: given, not estimated';

ALTER TABLE ability ENABLE ROW LEVEL SECURITY;
ALTER TABLE ability FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON ability
    USING (organisation_id = nullif(current_setting('app.org', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON ability TO camp_app;

ALTER TABLE session ADD COLUMN ability_start double precision[]
    CHECK (array_length(ability_start, 1) = 4);
COMMENT ON COLUMN session.ability_start
    IS 'location, its sd, slope, its sd that an adaptive session started from (as in ability); null: a newcomer''s';
