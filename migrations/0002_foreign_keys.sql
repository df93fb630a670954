-- 0002_foreign_keys: references between tables, apart from 0001 so that Citus can distribute those first.
--
-- Each one stays on its shard (participant_id first) or points to a reference table. trial_cell and
-- trial_conflict have none: the signed session token proves the session, and a check would cost
-- every upload a lookup.

ALTER TABLE cohort ADD FOREIGN KEY (organisation_id) REFERENCES organisation;
ALTER TABLE cohort_rollup ADD FOREIGN KEY (cohort_id) REFERENCES cohort ON DELETE CASCADE;
ALTER TABLE participant ADD FOREIGN KEY (organisation_id) REFERENCES organisation;
ALTER TABLE participant ADD FOREIGN KEY (cohort_id) REFERENCES cohort;
ALTER TABLE consent ADD FOREIGN KEY (participant_id) REFERENCES participant ON DELETE CASCADE;
ALTER TABLE session ADD FOREIGN KEY (participant_id) REFERENCES participant ON DELETE CASCADE;
ALTER TABLE session ADD FOREIGN KEY (task, task_version) REFERENCES task (task, version);
ALTER TABLE score ADD FOREIGN KEY (participant_id, session_id)
    REFERENCES session (participant_id, session_id) ON DELETE CASCADE;
ALTER TABLE participant_day ADD FOREIGN KEY (participant_id)
    REFERENCES participant ON DELETE CASCADE;
