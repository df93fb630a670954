-- 0014_programme: programmes of cohorts, so that the server says what is due and deals out a study's arms.
--
-- Kinds of table (0001_base): programme is reference, join_counter local: only the
-- transaction that joins touches its row. Foreign keys follow in 0015.

CREATE TABLE programme (
    cohort_id       uuid NOT NULL,
    version         integer NOT NULL CHECK (version > 0),
    organisation_id uuid NOT NULL,
    document        text NOT NULL CHECK (length(document) BETWEEN 2 AND 131072),
    seed            bigint NOT NULL CHECK (seed BETWEEN 0 AND 4294967295),
    block           text[] NOT NULL CHECK (cardinality(block) <= 64),
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (cohort_id, version)
);
COMMENT ON TABLE programme IS 'what a cohort''s participants play, when; the highest version is in force';
COMMENT ON COLUMN programme.cohort_id IS 'whose programme';
COMMENT ON COLUMN programme.version IS 'from 1; a row is never edited';
COMMENT ON COLUMN programme.organisation_id IS 'the tenant';
COMMENT ON COLUMN programme.document IS 'JSON as docs/programmes.md describes it';
COMMENT ON COLUMN programme.seed IS 'of everything that is drawn: arms, orders, ties';
COMMENT ON COLUMN programme.block
    IS 'one block of the randomisation: names of arms, each as often as its weight; empty: no arms';
COMMENT ON COLUMN programme.created_at IS 'time it was set, UTC';

CREATE TABLE join_counter (
    cohort_id       uuid NOT NULL,
    organisation_id uuid NOT NULL,
    joined          integer NOT NULL CHECK (joined >= 0),
    PRIMARY KEY (cohort_id)
);
COMMENT ON TABLE join_counter IS 'how many ever joined a cohort; its row''s lock puts joins in line';
COMMENT ON COLUMN join_counter.cohort_id IS 'the cohort';
COMMENT ON COLUMN join_counter.organisation_id IS 'the tenant';
COMMENT ON COLUMN join_counter.joined IS 'the last join number given out';

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['programme', 'join_counter'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format($policy$
            CREATE POLICY tenant ON %I
                USING (organisation_id = nullif(current_setting('app.org', true), '')::uuid)
            $policy$, name);
    END LOOP;
END
$$;
GRANT SELECT ON programme TO camp_app;
GRANT SELECT, INSERT, UPDATE ON join_counter TO camp_app;

ALTER TABLE participant
    ADD COLUMN join_no integer CHECK (join_no > 0),
    ADD COLUMN arm text CHECK (arm ~ '^[a-z][a-z0-9-]{0,30}$');
COMMENT ON COLUMN participant.join_no IS 'place in the cohort in order of joining, from 1, without gaps';
COMMENT ON COLUMN participant.arm IS 'condition of the study, drawn when joining; null: the programme has none';

ALTER TABLE session
    ADD COLUMN phase text CHECK (phase ~ '^[a-z][a-z0-9-]{0,30}$'),
    ADD COLUMN item text CHECK (length(item) <= 47),
    ADD COLUMN parameters jsonb,
    ADD COLUMN picked text[] CHECK (cardinality(picked) <= 12),
    ADD COLUMN programme_version integer,
    ADD COLUMN threshold double precision,
    ADD COLUMN threshold_sd double precision CHECK (threshold_sd > 0),
    ADD CHECK ((phase IS NULL) = (item IS NULL));
COMMENT ON COLUMN session.phase IS 'phase of the programme; null: free practice';
COMMENT ON COLUMN session.item IS 'phase, number of the planned session, number of the item; null: free practice';
COMMENT ON COLUMN session.parameters IS 'parameters that the programme sets, by name; null: none';
COMMENT ON COLUMN session.picked
    IS 'tasks of the planned session, item by item, as chosen when this one was opened; null: free practice';
COMMENT ON COLUMN session.programme_version IS 'programme.version it was opened by; null: free practice';
COMMENT ON COLUMN session.threshold IS 'what an adaptive session found, as ability.threshold; null: nothing';
COMMENT ON COLUMN session.threshold_sd IS 'its posterior sd, in the same units';

-- Who joined before has a number too, one organisation after the other.
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
        UPDATE participant p SET join_no = n.no
          FROM (SELECT participant_id, row_number() OVER (PARTITION BY cohort_id
                       ORDER BY joined_at, participant_id) AS no FROM participant) n
         WHERE n.participant_id = p.participant_id;
        INSERT INTO join_counter
        SELECT cohort_id, organisation_id, max(join_no) FROM participant
         GROUP BY cohort_id, organisation_id;
    END LOOP;
    PERFORM set_config('app.org', '', true);
END
$$;
