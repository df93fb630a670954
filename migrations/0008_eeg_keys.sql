-- 0008_eeg_keys: EEG goes with its session, so that erasing a person erases it; apart from 0007 as foreign keys are.
ALTER TABLE eeg_recording ADD FOREIGN KEY (participant_id, session_id)
    REFERENCES session (participant_id, session_id) ON DELETE CASCADE;
ALTER TABLE eeg_epoch ADD FOREIGN KEY (participant_id, session_id)
    REFERENCES eeg_recording (participant_id, session_id) ON DELETE CASCADE;
