-- 0013_ability_keys: abilities go with their participant; apart from 0012 as foreign keys are.
ALTER TABLE ability ADD FOREIGN KEY (participant_id)
    REFERENCES participant (participant_id) ON DELETE CASCADE;
