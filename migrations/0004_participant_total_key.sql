-- 0004_participant_total_key: a participant's totals go with the participant; apart from 0003 as foreign keys are.
ALTER TABLE participant_total ADD FOREIGN KEY (participant_id)
    REFERENCES participant ON DELETE CASCADE;
