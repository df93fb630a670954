-- 0015_programme_keys: programmes and counters belong to a cohort; apart from 0014 as foreign keys are.
ALTER TABLE programme ADD FOREIGN KEY (cohort_id) REFERENCES cohort ON DELETE CASCADE;
ALTER TABLE join_counter ADD FOREIGN KEY (cohort_id) REFERENCES cohort ON DELETE CASCADE;
