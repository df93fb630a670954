-- 0011_person_adapter_key: erasing a person erases what was learned; apart from 0010 as foreign keys are.
ALTER TABLE person_adapter ADD FOREIGN KEY (participant_id)
    REFERENCES participant ON DELETE CASCADE;
