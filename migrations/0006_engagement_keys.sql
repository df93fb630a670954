-- 0006_engagement_keys: forecasts go with their session, an active model stays; apart from 0005 as foreign keys are.
ALTER TABLE engagement ADD FOREIGN KEY (participant_id, session_id)
    REFERENCES session (participant_id, session_id) ON DELETE CASCADE;
ALTER TABLE active_model ADD FOREIGN KEY (model_id) REFERENCES model;
ALTER TABLE model_run ADD FOREIGN KEY (model_id) REFERENCES model;
