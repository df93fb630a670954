-- 0009_model_version: a model's version as its forecasts name it, which is no part of its SHA-256.
ALTER TABLE model ADD COLUMN version text NOT NULL DEFAULT repeat('0', 16)
    CHECK (version ~ '^[0-9a-f]{16}$');
COMMENT ON COLUMN model.version IS 'FNV-1a-64 of bytes in hex, as engagement.model_version';
COMMENT ON COLUMN model.sha256 IS 'of bytes';
COMMENT ON COLUMN engagement.model_version IS 'FNV-1a-64 of the model''s file in hex, as model.version';
