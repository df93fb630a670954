-- 0007_eeg: summaries of EEG recorded during a session, so that they can be shown beside behaviour and read by models.
--
-- One row an epoch: with its array of bands x channels it is a cell already (20 numbers of a
-- four-channel headband, 320 of a cap), so gathering epochs as trial_cell gathers trials would
-- save little and cost the merging. Not partitioned: EEG comes with few sessions, is looked up by
-- its key alone, and goes with its session.

CREATE TABLE eeg_recording (
    participant_id   uuid NOT NULL,
    session_id       uuid NOT NULL,
    organisation_id  uuid NOT NULL,
    device           text NOT NULL CHECK (length(device) BETWEEN 1 AND 64),
    reference        text CHECK (length(reference) BETWEEN 1 AND 64),
    sampling_rate_hz double precision CHECK (sampling_rate_hz > 0),
    window_s         double precision NOT NULL CHECK (window_s > 0),
    step_s           double precision CHECK (step_s > 0),
    channels         text[] NOT NULL CHECK (cardinality(channels) BETWEEN 1 AND 64),
    received_at      timestamptz NOT NULL,
    PRIMARY KEY (participant_id, session_id)
);
COMMENT ON TABLE eeg_recording IS 'how the EEG of a session was measured; the same for all its epochs';
COMMENT ON COLUMN eeg_recording.participant_id IS 'whose EEG';
COMMENT ON COLUMN eeg_recording.session_id IS 'the session it was recorded in';
COMMENT ON COLUMN eeg_recording.organisation_id IS 'the tenant';
COMMENT ON COLUMN eeg_recording.device IS 'make or name of the device';
COMMENT ON COLUMN eeg_recording.reference IS 'reference electrode; null: not known';
COMMENT ON COLUMN eeg_recording.sampling_rate_hz IS 'samples a second of each channel, Hz; null: not known';
COMMENT ON COLUMN eeg_recording.window_s IS 'length of an epoch, s';
COMMENT ON COLUMN eeg_recording.step_s IS 'from one epoch''s start to the next one''s, s; null: irregular';
COMMENT ON COLUMN eeg_recording.channels IS 'places of the 10-10 system, in the order of eeg_epoch.power';
COMMENT ON COLUMN eeg_recording.received_at IS 'time of the first upload, UTC';

CREATE TABLE eeg_epoch (
    participant_id      uuid NOT NULL,
    session_id          uuid NOT NULL,
    seq                 integer NOT NULL CHECK (seq BETWEEN 0 AND 9999),
    organisation_id     uuid NOT NULL,
    t_ms                double precision NOT NULL,
    power               real[] NOT NULL CHECK (array_length(power, 1) = 5),
    quality             real[],
    engagement_index    real,
    engagement_index_se real,
    engagement_index_n  smallint NOT NULL,
    theta_beta          real,
    theta_beta_se       real,
    theta_beta_n        smallint NOT NULL,
    received_at         timestamptz NOT NULL,
    PRIMARY KEY (participant_id, session_id, seq)
);
COMMENT ON TABLE eeg_epoch IS 'band power of one epoch of a session''s EEG; never changes once stored';
COMMENT ON COLUMN eeg_epoch.participant_id IS 'whose EEG';
COMMENT ON COLUMN eeg_epoch.session_id IS 'the session';
COMMENT ON COLUMN eeg_epoch.seq IS 'place in the session, from 0';
COMMENT ON COLUMN eeg_epoch.organisation_id IS 'the tenant';
COMMENT ON COLUMN eeg_epoch.t_ms IS 'start in ms on the session''s clock; it ends eeg_recording.window_s later';
COMMENT ON COLUMN eeg_epoch.power
    IS 'power[band][channel] in log10 uV^2; bands delta 1-4, theta 4-8, alpha 8-13, beta 13-30, gamma 30-45 Hz; null: not measured';
COMMENT ON COLUMN eeg_epoch.quality IS 'a channel''s quality, 0 useless .. 1 good; null: not judged';
COMMENT ON COLUMN eeg_epoch.engagement_index
    IS 'mean over usable channels of beta / (alpha + theta), powers in uV^2, a ratio; null: none usable';
COMMENT ON COLUMN eeg_epoch.engagement_index_se IS 'its standard error over those channels; null: fewer than two';
COMMENT ON COLUMN eeg_epoch.engagement_index_n IS 'channels behind it';
COMMENT ON COLUMN eeg_epoch.theta_beta
    IS 'mean over usable channels of theta / beta, powers in uV^2, a ratio; null: none usable';
COMMENT ON COLUMN eeg_epoch.theta_beta_se IS 'its standard error over those channels; null: fewer than two';
COMMENT ON COLUMN eeg_epoch.theta_beta_n IS 'channels behind it';
COMMENT ON COLUMN eeg_epoch.received_at IS 'time of the upload that stored it, UTC';

-- One row an epoch and channel, for researchers; security_invoker keeps the reader's own rights.
CREATE VIEW eeg WITH (security_invoker = true) AS
SELECT e.participant_id, e.session_id, e.seq, c.name AS channel, e.organisation_id, e.t_ms,
       c.no::integer AS channel_no, e.power[1][c.no] AS delta_log10_uv2, e.power[2][c.no] AS theta_log10_uv2,
       e.power[3][c.no] AS alpha_log10_uv2, e.power[4][c.no] AS beta_log10_uv2,
       e.power[5][c.no] AS gamma_log10_uv2, e.quality[c.no] AS quality,
       e.engagement_index, e.engagement_index_se, e.theta_beta, e.theta_beta_se,
       r.device, r.reference, r.sampling_rate_hz, r.window_s, r.step_s, e.received_at
  FROM eeg_epoch e
  JOIN eeg_recording r ON r.participant_id = e.participant_id AND r.session_id = e.session_id
 CROSS JOIN LATERAL unnest(r.channels) WITH ORDINALITY AS c(name, no);
COMMENT ON VIEW eeg IS 'one row an epoch and channel';
COMMENT ON COLUMN eeg.participant_id IS 'whose EEG';
COMMENT ON COLUMN eeg.session_id IS 'the session';
COMMENT ON COLUMN eeg.seq IS 'the epoch''s place in the session, from 0';
COMMENT ON COLUMN eeg.channel IS 'place of the 10-10 system';
COMMENT ON COLUMN eeg.organisation_id IS 'the tenant';
COMMENT ON COLUMN eeg.t_ms IS 'start of the epoch in ms on the session''s clock';
COMMENT ON COLUMN eeg.channel_no IS 'place of the channel in the recording, from 1';
COMMENT ON COLUMN eeg.delta_log10_uv2 IS 'power from 1 to 4 Hz, log10 uV^2; null: not measured';
COMMENT ON COLUMN eeg.theta_log10_uv2 IS 'power from 4 to 8 Hz, log10 uV^2; null: not measured';
COMMENT ON COLUMN eeg.alpha_log10_uv2 IS 'power from 8 to 13 Hz, log10 uV^2; null: not measured';
COMMENT ON COLUMN eeg.beta_log10_uv2 IS 'power from 13 to 30 Hz, log10 uV^2; null: not measured';
COMMENT ON COLUMN eeg.gamma_log10_uv2 IS 'power from 30 to 45 Hz, log10 uV^2; null: not measured';
COMMENT ON COLUMN eeg.quality IS 'quality of the channel in the epoch, 0 .. 1; null: not judged';
COMMENT ON COLUMN eeg.engagement_index IS 'of the epoch: mean of beta / (alpha + theta) over usable channels';
COMMENT ON COLUMN eeg.engagement_index_se IS 'its standard error over those channels';
COMMENT ON COLUMN eeg.theta_beta IS 'of the epoch: mean of theta / beta over usable channels';
COMMENT ON COLUMN eeg.theta_beta_se IS 'its standard error over those channels';
COMMENT ON COLUMN eeg.device IS 'make or name of the device';
COMMENT ON COLUMN eeg.reference IS 'reference electrode; null: not known';
COMMENT ON COLUMN eeg.sampling_rate_hz IS 'samples a second, Hz; null: not known';
COMMENT ON COLUMN eeg.window_s IS 'length of the epoch, s';
COMMENT ON COLUMN eeg.step_s IS 'from one epoch''s start to the next one''s, s; null: irregular';
COMMENT ON COLUMN eeg.received_at IS 'time of the upload that stored the epoch, UTC';

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['eeg_recording', 'eeg_epoch'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format($policy$
            CREATE POLICY tenant ON %I
                USING (organisation_id = nullif(current_setting('app.org', true), '')::uuid)
            $policy$, name);
    END LOOP;
END
$$;

-- UPDATE of the recording only takes its lock, which puts a session's uploads in line.
GRANT SELECT, INSERT, UPDATE ON eeg_recording TO camp_app;
GRANT SELECT, INSERT ON eeg_epoch TO camp_app;
GRANT SELECT ON eeg TO camp_app;
