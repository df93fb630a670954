-- 0003_participant_total: a participant's days summed up, so that a cohort's totals do not read its whole history.
--
-- With 1,000 participants and 90 days the totals of one task took 4 s from participant_day.
-- Its foreign key follows in 0004.

CREATE TABLE participant_total (
    participant_id  uuid NOT NULL,
    task            text NOT NULL,
    organisation_id uuid NOT NULL,
    cohort_id       uuid NOT NULL,
    sessions        integer NOT NULL,
    trials          bigint NOT NULL,
    scores          jsonb NOT NULL,
    PRIMARY KEY (participant_id, task)
);
COMMENT ON TABLE participant_total IS 'the sum of a participant''s participant_day rows of one task';
COMMENT ON COLUMN participant_total.participant_id IS 'who played';
COMMENT ON COLUMN participant_total.task IS 'name of the task';
COMMENT ON COLUMN participant_total.organisation_id IS 'the tenant';
COMMENT ON COLUMN participant_total.cohort_id IS 'the participant''s cohort';
COMMENT ON COLUMN participant_total.sessions IS 'scored sessions, unusable ones included';
COMMENT ON COLUMN participant_total.trials IS 'trials of those sessions';
COMMENT ON COLUMN participant_total.scores
    IS 'object: score to {"unit", "mean", "n"}: mean over the n usable sessions where it is defined';
-- db/rollup.c, rollup_task and rollup_all: the totals of one cohort
CREATE INDEX participant_total_cohort ON participant_total (cohort_id, task);

ALTER TABLE participant_total ENABLE ROW LEVEL SECURITY;
ALTER TABLE participant_total FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON participant_total
    USING (organisation_id = nullif(current_setting('app.org', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON participant_total TO camp_app;

-- What is there already, one organisation after the other: the owner, too, sees one at a time.
DO $$
DECLARE
    organisations uuid[];
    one uuid;
BEGIN
    PERFORM set_config('role', 'camp_auth', true);
    organisations := ARRAY(SELECT organisation_id FROM organisation);
    PERFORM set_config('role', 'camp_owner', true);
    FOREACH one IN ARRAY organisations LOOP
        PERFORM set_config('app.org', one::text, true);
        INSERT INTO participant_total
        SELECT d.participant_id, d.task, d.organisation_id, d.cohort_id, sum(d.sessions),
               sum(d.trials),
               coalesce((SELECT jsonb_object_agg(m.name, jsonb_build_object(
                                'unit', m.unit, 'mean', m.mean, 'n', m.n))
                           FROM (SELECT e.key AS name, min(e.value ->> 'unit') AS unit,
                                        sum((e.value ->> 'mean')::float8
                                            * (e.value ->> 'n')::float8)
                                        / sum((e.value ->> 'n')::float8) AS mean,
                                        sum((e.value ->> 'n')::bigint) AS n
                                   FROM participant_day p
                                  CROSS JOIN LATERAL jsonb_each(p.scores) e
                                  WHERE p.participant_id = d.participant_id
                                    AND p.task = d.task
                                  GROUP BY e.key) m), '{}')
          FROM participant_day d
         GROUP BY d.participant_id, d.task, d.organisation_id, d.cohort_id;
    END LOOP;
    PERFORM set_config('app.org', '', true);
END
$$;
