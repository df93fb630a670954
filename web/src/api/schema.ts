/* Generated from server/openapi.yaml by `npm run types`; not edited by hand. */
export interface paths {
    "/cohorts/{cohort}/engagement": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How much a cohort did, and its mean scores, in total and per day.
         * @description Read from rollups, so its cost does not grow with history. A group of fewer people
         *     than `threshold` is `suppressed`, and so is as much more as it takes that no
         *     difference of published numbers reveals such a group. An unknown cohort and a token
         *     that is not the cohort's both give 404.
         */
        get: operations["getEngagement"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/join": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Join a cohort with its code, having read and given consent.
         * @description Stores participant and consent together. The same `Idempotency-Key` with the same
         *     body finds the first participant again for 24 hours (200 instead of 201, with a
         *     fresh token); with another body it is refused.
         */
        post: operations["join"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/join/{code}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a join code invites to, and the consent text to show. */
        get: operations["getInvitation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The participant behind the token, with the newest 50 sessions. */
        get: operations["getMe"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is due today by the cohort's programme, what comes next, and why.
         * @description Computed from the programme, the participant's sessions and abilities: the same
         *     state gives the same plan. Reading it changes nothing. A planned session is chosen
         *     for good when its first item is opened (`POST /sessions` with `item`).
         *
         *     Days and weeks are UTC: a day is a UTC day, a week begins on Monday 00:00 UTC,
         *     except that the weeks of a phase are counted in sevens of days from its beginning.
         */
        get: operations["getPlan"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/progress": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The participant's own scores and abilities over time, for charts.
         * @description The newest 500 complete sessions. The primary score is the first that the task's
         *     definition names.
         */
        get: operations["getProgress"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/model-runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The newest 50 trainings, without their metrics. */
        get: operations["listModelRuns"];
        put?: never;
        /**
         * Train a model on the server, from its complete sessions.
         * @description Queued, then taken up by one of the servers, which trains one model at a time in a
         *     process of its own at low priority. The same `Idempotency-Key` with the same
         *     configuration finds the same run (200).
         */
        post: operations["createModelRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/model-runs/{run}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A training, with the figures of each validation so far. */
        get: operations["getModelRun"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/model-runs/{run}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End a training that waits or runs.
         * @description Takes no body. One that waits is `cancelled` at once; one that runs is asked to
         *     stop and is `cancelled` seconds later. Cancelling it again changes nothing; one
         *     that is done or failed gives `run_finished`.
         */
        post: operations["cancelModelRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The newest 100 models of this installation, and the one that serves here. */
        get: operations["listModels"];
        put?: never;
        /**
         * Store a model file (safetensors).
         * @description A file that this program cannot use is refused, and `detail` says why. The same
         *     file again is the same model. It serves once it is activated.
         */
        post: operations["uploadModel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{model}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One model. */
        get: operations["getModel"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/models/{model}/activate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let a model serve, on every server of the installation within seconds.
         * @description Takes no body. Scores that are stored stay as they are. A model that a server
         *     cannot load leaves the one before it serving there; `serving.problem` of the list
         *     and the operator's /readyz then say so.
         */
        post: operations["activateModel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.yaml": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document. */
        get: operations["getContract"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Open one to four sessions of a task, some ahead for offline use.
         * @description The server makes the ids, the seeds and one token a session. The same
         *     `Idempotency-Key` with the same body gives the same sessions again (200, with
         *     fresh tokens).
         *
         *     With `item` the session is one of the programme's: due or ahead in `GET /me/plan`,
         *     not done yet, of the same `task`, and one at a time; anything else is `invalid`
         *     and says what is wrong. Without it the session is free practice.
         */
        post: operations["createSessions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/{session}/complete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Seal a session at its number of trials, score it, answer with the score.
         * @description Every trial with `seq` below the number must have arrived; what has not is listed
         *     in `missing`. Trials uploaded later beyond the number are kept but not scored.
         *     Completing again with the same number gives the same score.
         */
        post: operations["completeSession"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/{session}/eeg": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The figures of a session's EEG, epoch by epoch and over the session.
         * @description The engagement index, beta / (alpha + theta), and theta / beta. Both are shown
         *     beside the score and never enter it: muscle activity raises beta on dry frontal
         *     electrodes, and such indices add little to a forecast of performance.
         *
         *     Of an epoch: the mean of the ratio over its usable channels (`quality` absent or
         *     at least 0.5, and every band of the ratio there), powers in uV^2, with sd /
         *     sqrt(n) over those channels as its standard error. Of the session: the mean over
         *     its epochs with the standard error of batch means, as neighbouring epochs resemble
         *     each other: floor(sqrt(n)) blocks in order, sd of their means / sqrt(blocks);
         *     null below 16 epochs.
         */
        get: operations["getEeg"];
        put?: never;
        /**
         * Store epochs of EEG band power; the answer means they are on disk.
         * @description Summaries, never raw EEG: one number a band and channel for each epoch. The first
         *     upload fixes how the session was recorded (all members but `unit` and `epochs`);
         *     one that was recorded otherwise is refused with `eeg_setup`.
         *
         *     An epoch is known by its session and `seq`: sent again it counts as `repeated`,
         *     sent with other content as `conflicting` (the first one stays). Nothing of a
         *     refused upload is stored. After 503 send it again.
         *
         *     EEG may come at any time, after the session was completed too, and never changes
         *     its score.
         */
        post: operations["storeEeg"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/{session}/engagement": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The attention model's forecast of each trial, and the engagement score.
         * @description Each trial is forecast from the trials before it: `p`, the probability of a correct
         *     answer, and a normal of ln RT (RT in seconds), `mu` and `sigma`. `risk` is the
         *     probability of a lapse: an error, an omission or an answer slower than the person's
         *     own 90th percentile so far. The score is 100 (1 - mean risk of the last `window`
         *     trials): the expected lapse-free trials per 100, with a 90 % interval for the next
         *     `window` trials; it is null before so many trials. Beside it stands what a linear
         *     model makes of the same trials.
         *
         *     It describes how the task went. It is not a diagnosis and not a trait.
         *
         *     Of a complete session the answer was computed once and stays. Of an open one it is
         *     made of the trials that have arrived, without a gap from the first.
         */
        get: operations["getSessionEngagement"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/{session}/score": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The score of a completed session. */
        get: operations["getScore"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/{session}/trials": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Store a batch of trials; the answer means they are on disk.
         * @description A trial is known by its session and `seq`: sent again it counts as `repeated`,
         *     sent with other content as `conflicting` (the first one stays; the other is kept
         *     aside). Nothing of a refused batch is stored. After 503 send the batch again.
         */
        post: operations["storeTrials"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The tasks that this server can serve and score. */
        get: operations["listTasks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tasks/{task}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One task's definition, exactly as the scorers read it. */
        get: operations["getTask"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Ability: {
            /** @description Of the psychometric function, in the task's units of difficulty. */
            location: number;
            location_sd: number;
            /** @description Per unit of difficulty. */
            slope: number;
            /** @description 0: given, not estimated. */
            slope_sd: number;
        };
        CompleteRequest: {
            device?: components["schemas"]["Device"];
            /** @description The session's trials are seq 0 to this number less one. */
            trials: number;
        };
        /** @description Null where suppressed. */
        CountOrNull: number | null;
        /**
         * @description The device and timing profile (frame length, input kind, event delay). Free
         *     members; at most 4096 bytes as compact JSON; nothing that identifies a person.
         */
        Device: {
            [key: string]: unknown;
        };
        Eeg: {
            epochs: {
                engagement_index: components["schemas"]["EegFigure"];
                seq: number;
                t_ms: number;
                theta_beta: components["schemas"]["EegFigure"];
            }[];
            recording: {
                channels: components["schemas"]["EegChannels"];
                device: string;
                reference: string | null;
                sampling_rate_hz: components["schemas"]["NumberOrNull"];
                step_s: components["schemas"]["NumberOrNull"];
                window_s: number;
            } | null;
            summary: components["schemas"]["EegFigures"];
        };
        /**
         * @description Places of the 10-10 system, among them those of the 10-20 system and its old names
         *     T3, T4, T5 and T6; upper and lower case are the same; each place once. Earlobes and
         *     mastoids (A1, M2) are references, not channels.
         */
        EegChannels: string[];
        EegCounts: {
            conflicting: number;
            repeated: number;
            stored: number;
        };
        EegEpoch: {
            /**
             * @description Power in the bands delta 1-4, theta 4-8, alpha 8-13, beta 13-30 and gamma
             *     30-45 Hz, an element a channel.
             */
            power: {
                alpha: components["schemas"]["EegPower"];
                beta: components["schemas"]["EegPower"];
                delta: components["schemas"]["EegPower"];
                gamma: components["schemas"]["EegPower"];
                theta: components["schemas"]["EegPower"];
            };
            /**
             * @description An element a channel, from 0 (useless) to 1 (good), by whatever measure the
             *     device has; below 0.5 the channel is left out of figures. Null, not judged.
             */
            quality?: number[] | null;
            /** @description Place in the session, contiguous from 0 in the order of time. */
            seq: number;
            /**
             * @description Start of the epoch on the session's own clock, the one of a trial's
             *     `onset_ms`; it ends `window_s` later.
             */
            t_ms: number;
        };
        EegFigure: {
            /** @description Channels (of an epoch) or epochs (of a session) it rests on. */
            n: number;
            standard_error: components["schemas"]["NumberOrNull"];
            value: components["schemas"]["NumberOrNull"];
        };
        EegFigures: {
            engagement_index: components["schemas"]["EegFigure"];
            theta_beta: components["schemas"]["EegFigure"];
        };
        /** @description From 1e-6 to 1e9 in uV^2, so -6 to 9 as log10; null, not measured. */
        EegPower: (number | null)[];
        EegUpload: {
            channels: components["schemas"]["EegChannels"];
            /** @description Make and model; nothing that identifies a person. At most 64 bytes. */
            device: string;
            /** @description By ascending seq and t_ms. */
            epochs: components["schemas"]["EegEpoch"][];
            /** @description The reference electrode; null, not known. */
            reference?: string | null;
            /** @description Samples a second of each channel; null, not known. */
            sampling_rate_hz: number | null;
            /**
             * @description Seconds from the start of an epoch to the start of the next; null, irregular
             *     (one epoch a trial, say).
             */
            step_s?: number | null;
            /**
             * @description Of every power in this upload: uV^2 in the band, or its logarithm to base 10.
             *     Kept as log10 in single precision.
             * @enum {string}
             */
            unit: "uv2" | "log10_uv2";
            /** @description Length of an epoch in seconds. */
            window_s: number;
        };
        Engagement: {
            /** @description Everything completed before this is included. */
            as_of: components["schemas"]["Time"];
            cohort: {
                demo: boolean;
                id: components["schemas"]["Uuid"];
                name: string;
            };
            /** @description UTC days with completed sessions, ascending. */
            days: components["schemas"]["EngagementDay"][];
            organisation: components["schemas"]["Named"];
            participants: components["schemas"]["CountOrNull"];
            sessions: components["schemas"]["CountOrNull"];
            suppressed: boolean;
            tasks: components["schemas"]["EngagementTask"][];
            /** @description The smallest group whose numbers are shown. */
            threshold: number;
            trials: components["schemas"]["CountOrNull"];
        };
        EngagementDay: {
            /** Format: date */
            day: string;
            participants: components["schemas"]["CountOrNull"];
            sessions: components["schemas"]["CountOrNull"];
            suppressed: boolean;
            tasks: components["schemas"]["EngagementTask"][];
            trials: components["schemas"]["CountOrNull"];
        };
        EngagementScore: {
            /** @description Confidence interval of the mean (Student's t); null when undefined. */
            interval: components["schemas"]["NumberOrNull"][] | null;
            level: number;
            mean: components["schemas"]["NumberOrNull"];
            name: string;
            /** @description People it rests on, each counted once. */
            participants: number;
            standard_error: components["schemas"]["NumberOrNull"];
            unit: string;
        };
        EngagementTask: {
            participants: components["schemas"]["CountOrNull"];
            /** @description Empty where suppressed. */
            scores: components["schemas"]["EngagementScore"][];
            sessions: components["schemas"]["CountOrNull"];
            suppressed: boolean;
            task: components["schemas"]["TaskName"];
            trials: components["schemas"]["CountOrNull"];
        };
        EngagementValue: {
            high: components["schemas"]["NumberOrNull"];
            /** @description Of the interval from low to high. */
            level: number;
            low: components["schemas"]["NumberOrNull"];
            /** @description Trials it rests on. */
            n: number;
            /** @description Expected lapse-free trials per 100. */
            value: components["schemas"]["NumberOrNull"];
        };
        Invitation: {
            cohort: {
                /** @description True when simulated participants fill the cohort. */
                demo: boolean;
                name: string;
            };
            consent: {
                text: components["schemas"]["Localised"];
                version: number;
            };
            organisation: components["schemas"]["Named"];
            tasks: components["schemas"]["TaskName"][];
        };
        /**
         * @description Phase, number of the session, number of the item, from 1.
         * @example training-2-1
         */
        ItemName: string;
        JoinAnswer: {
            expires_at: components["schemas"]["Time"];
            participant_id: components["schemas"]["Uuid"];
            token: components["schemas"]["Token"];
        };
        JoinCode: string;
        JoinRequest: {
            /** @enum {string} */
            age_band?: "under-18" | "18-29" | "30-39" | "40-49" | "50-59" | "60-69" | "70-plus";
            code: components["schemas"]["JoinCode"];
            /** @description The version of the text that was shown and agreed to. */
            consent_version: number;
            /**
             * @description The language of the consent text that was shown.
             * @enum {string}
             */
            language?: "en" | "zh-Hans" | "es" | "ar";
            /** @description A name that says nothing to others; never a real one. */
            pseudonym?: components["schemas"]["Label"];
        };
        Label: string;
        /** @description The same text in each language (BCP 47 tag to text); English always. */
        Localised: {
            ar?: string;
            en: string;
            es?: string;
            "zh-Hans"?: string;
        } & {
            [key: string]: string;
        };
        Me: {
            cohort: components["schemas"]["Named"];
            consent_version: number;
            joined_at: components["schemas"]["Time"];
            organisation: components["schemas"]["Named"];
            participant_id: components["schemas"]["Uuid"];
            pseudonym: string | null;
            /** @description Newest first. */
            sessions: components["schemas"]["SessionSummary"][];
            tasks: components["schemas"]["TaskName"][];
        };
        Model: {
            active: boolean;
            bytes: number;
            created_at: components["schemas"]["Time"];
            encoder: string;
            id: components["schemas"]["Uuid"];
            /** @description The file's metadata. */
            metadata: {
                [key: string]: string;
            };
            /** @description Figures that the file tells of itself. */
            metrics: Record<string, never>;
            sha256: string;
            /** @enum {unknown} */
            source: "upload" | "run";
            /** @description As forecasts name their model. */
            version: string;
        };
        ModelList: {
            models: components["schemas"]["Model"][];
            /** @description What this server uses now. */
            serving: {
                encoder: string | null;
                /** @description Why another one, which should serve, does not. */
                problem: string | null;
                /**
                 * @description `file`: the one that came with the program.
                 * @enum {unknown}
                 */
                source: "none" | "file" | "database";
                version: string | null;
            };
        };
        ModelRun: {
            cancel_requested: boolean;
            /** @description What was asked for, with every default. */
            config: Record<string, never>;
            created_at: components["schemas"]["Time"];
            /** @description Why it failed. */
            error: string | null;
            /** Format: date-time */
            finished_at: string | null;
            /** Format: date-time */
            heartbeat_at: string | null;
            id: components["schemas"]["Uuid"];
            /** @description One a validation, in order. */
            metrics?: components["schemas"]["ModelRunPoint"][];
            /** @description The model it made. */
            model: components["schemas"]["Uuid"] | null;
            progress: components["schemas"]["ModelRunPoint"];
            /** Format: date-time */
            started_at: string | null;
            /** @enum {unknown} */
            state: "queued" | "running" | "done" | "failed" | "cancelled";
        };
        ModelRunList: {
            runs: components["schemas"]["ModelRun"][];
        };
        /** @description What a training last said of itself; empty before it said anything. */
        ModelRunPoint: {
            epoch?: number;
            loss?: components["schemas"]["NumberOrNull"];
            /** @description Of the validation participants, nats a trial. */
            nll_correct?: components["schemas"]["NumberOrNull"];
            /** @description Of the validation participants, nats a trial, of ln RT. */
            nll_rt?: components["schemas"]["NumberOrNull"];
            phase?: string;
            seconds_left?: components["schemas"]["NumberOrNull"];
            step?: number;
            steps?: number;
            trials_per_s?: components["schemas"]["NumberOrNull"];
        };
        ModelRunRequest: {
            /** @description Join code of the only cohort to train on; null for all but demos. */
            cohort?: components["schemas"]["JoinCode"] | null;
            /**
             * @description 2: with a slow component of response times.
             * @default 2
             * @enum {integer}
             */
            components: 1 | 2;
            /**
             * @default transformer
             * @enum {unknown}
             */
            encoder: "transformer" | "gru" | "cnn" | "linear";
            /** @default 1 */
            seed: number;
            /** @default 450 */
            steps: number;
        };
        Named: {
            name: string;
        };
        NumberOrNull: number | null;
        PhaseName: string;
        Plan: {
            /**
             * @description The next sessions as far as they are known now, so that a client may open them
             *     for offline play. Their tasks are a forecast until opened.
             */
            ahead: components["schemas"]["PlanAhead"][];
            /**
             * @description The participant's condition, drawn when joining; null when the programme has
             *     no arms. Not meant to be shown to participants of a blinded study.
             */
            arm: string | null;
            due: components["schemas"]["PlanSession"] | null;
            /** @description Tasks may be played besides the programme, at any time. */
            free_practice: boolean;
            /**
             * @description Sessions of past weeks that were not done; by the phase's rule they are still
             *     to come (`extend`, `catch_up`) or not (`drop`).
             */
            missed: number;
            /**
             * Format: date-time
             * @description With `wait`, when the next session opens.
             */
            next_at: string | null;
            /** @description Those of the participant's arm, in order. */
            phases: components["schemas"]["PlanPhase"][];
            /** @description Null when the cohort has none; state is then `free`. */
            programme: {
                title: components["schemas"]["Localised"];
                version: number;
            } | null;
            /**
             * @description `due`: a session can be played now; `wait`: the next one opens at `next_at`;
             *     `finished`: every phase is over; `free`: the cohort has no programme.
             * @enum {string}
             */
            state: "due" | "wait" | "finished" | "free";
            /**
             * @description Consecutive UTC days, and weeks from Monday, with a completed session up to the
             *     current one; the current one may still be empty.
             */
            streak: {
                days: number;
                weeks: number;
            };
            /** @description Tasks of the cohort, for free practice. */
            tasks: components["schemas"]["TaskName"][];
            /**
             * @description Of the current week of the phase: sessions a week by the programme, and
             *     sessions done. `wanted` is 0 where the programme says nothing.
             */
            week: {
                done: number;
                wanted: number;
            };
        };
        PlanAhead: {
            items: components["schemas"]["PlanItem"][];
            /** @description The earliest time to play it, if the sessions before it were completed now. */
            not_before: components["schemas"]["Time"];
            number: number;
            phase: components["schemas"]["PhaseName"];
            since: components["schemas"]["Time"];
            /** Format: date-time */
            until: string | null;
        };
        PlanItem: {
            item: components["schemas"]["ItemName"];
            /** @description About how long it takes. */
            minutes: number;
            parameters: components["schemas"]["TaskParameters"];
            /**
             * @description Why this task: `fixed` by the programme, `new` to the participant, `uncertain`
             *     (what is known of the participant's ability gains most), `due_practice` (not
             *     practised for `days` days).
             */
            reason: {
                /** @enum {string} */
                code: "fixed" | "new" | "uncertain" | "due_practice";
                /** @description With `due_practice`, days since the task was last played. */
                days?: number;
            };
            /**
             * @description The session that completed it, or the newest that was opened for it; null when
             *     there is none.
             */
            session: components["schemas"]["Uuid"] | null;
            /** @enum {string} */
            state: "open" | "done";
            task: components["schemas"]["TaskName"];
        };
        PlanPhase: {
            done: number;
            name: components["schemas"]["PhaseName"];
            sessions: number;
            /** @enum {string} */
            state: "done" | "current" | "ahead";
            title: components["schemas"]["Localised"];
        };
        PlanSession: {
            items: components["schemas"]["PlanItem"][];
            /** @description In its phase, from 1. */
            number: number;
            phase: components["schemas"]["PhaseName"];
            since: components["schemas"]["Time"];
            /**
             * Format: date-time
             * @description After this it is dropped; null when it waits as long as it takes.
             */
            until: string | null;
        };
        /** @description RFC 9457, with a stable code. */
        Problem: {
            /** @description One of x-error-codes. */
            code: string;
            detail: string;
            errors: {
                code: string;
                detail: string;
                /** @description JSON Pointer into the body; empty for the body as a whole. */
                pointer: string;
            }[];
            instance: string;
            /** @description With `trials_missing` only; runs of seq, both ends included. */
            missing?: {
                from: number;
                to: number;
            }[];
            status: number;
            title: string;
            /** @description The same id stands in the server's log. */
            trace_id: string;
            type: string;
        };
        Progress: {
            tasks: components["schemas"]["ProgressTask"][];
        };
        ProgressSession: {
            /**
             * @description What an adaptive session found: the difficulty at which practice settles, in
             *     the task's units; null for other sessions.
             */
            ability: {
                threshold: number;
                threshold_sd: number;
            } | null;
            completed_at: components["schemas"]["Time"];
            /** @description E with its interval; null when there is none. */
            engagement: {
                high: components["schemas"]["NumberOrNull"];
                low: components["schemas"]["NumberOrNull"];
                value: number;
            } | null;
            /** @description Of the programme; null for free practice. */
            phase: string | null;
            /** @description The primary score; null when the session is not scored yet. */
            score: {
                interval: components["schemas"]["ScoreInterval"];
                name: string;
                standard_error: components["schemas"]["NumberOrNull"];
                unit: string;
                value: components["schemas"]["NumberOrNull"];
            } | null;
            session: components["schemas"]["Uuid"];
            /** @description False when an exclusion rule takes the session out; null before it is scored. */
            usable: boolean | null;
        };
        ProgressTask: {
            sessions: components["schemas"]["ProgressSession"][];
            task: components["schemas"]["TaskName"];
        };
        Score: {
            completed_at: components["schemas"]["Time"];
            excluded: {
                /** @description Rule to number of trials that it removed. */
                rules: {
                    [key: string]: number;
                };
                /** @description The rules that make the session unusable. */
                session: string[];
            };
            scorer_version: number;
            scores: components["schemas"]["ScoreValue"][];
            session: components["schemas"]["Uuid"];
            task: components["schemas"]["TaskName"];
            task_version: number;
            trials: number;
            /** @description False when a rule excludes the whole session from aggregates. */
            usable: boolean;
        };
        /**
         * @description The 95 % interval, low and high, in the score's unit; null when undefined. Of a
         *     proportion Wilson's, which stays between 0 and 1; of an estimate by a posterior
         *     (spans, thresholds) value +- 1.96 standard errors; of a ratio above 0 on the scale
         *     of its logarithm; else Student's t with n - 1 degrees of freedom.
         */
        ScoreInterval: number[] | null;
        ScoreValue: {
            interval: components["schemas"]["ScoreInterval"];
            /** @description Trials it rests on. */
            n: number;
            name: string;
            /** @description The same without the exclusion rules. */
            raw: {
                interval: components["schemas"]["ScoreInterval"];
                n: number;
                standard_error: components["schemas"]["NumberOrNull"];
                value: components["schemas"]["NumberOrNull"];
            };
            standard_error: components["schemas"]["NumberOrNull"];
            unit: string;
            value: components["schemas"]["NumberOrNull"];
        };
        SessionEngagement: {
            complete: boolean;
            /**
             * Format: date-time
             * @description RFC 3339 in UTC.
             */
            computed_at: string | null;
            /** @description By the model. */
            engagement: components["schemas"]["EngagementValue"];
            /** @description Lapses among the last `window` trials. */
            lapses: number | null;
            /** @description By the linear baseline, for comparison. */
            linear: components["schemas"]["EngagementValue"];
            /** @description The model that forecast; null when there were no trials. */
            model: {
                encoder: string;
                /**
                 * @description True: with small changes of its weights that earlier sessions of the same
                 *     person taught, and that proved to forecast this person better.
                 */
                personal: boolean;
                version: string;
            } | null;
            session: components["schemas"]["Uuid"];
            task: components["schemas"]["TaskName"];
            trials: components["schemas"]["TrialForecast"][];
            /** @description How many more it takes before there is a score; 0 when there is one. */
            trials_needed: number;
            /** @description Trials that this rests on, from the first without a gap. */
            trials_seen: number;
            /** @description Trials that a score is about. */
            window: number;
        };
        SessionGrant: {
            /**
             * @description What the participant's latest session of this version of an adaptive task found
             *     out, which this session starts from; null for a newcomer.
             */
            ability: components["schemas"]["Ability"] | null;
            expires_at: components["schemas"]["Time"];
            id: components["schemas"]["Uuid"];
            /** @description What it is in the programme; null for free practice. */
            item: components["schemas"]["ItemName"] | null;
            /**
             * @description What the programme sets; parameters that are not named here have the
             *     definition's standard.
             */
            parameters: components["schemas"]["TaskParameters"];
            /** @description Of the programme; null for free practice. */
            phase: string | null;
            /** @description Of the session's random design. */
            seed: number;
            task: components["schemas"]["TaskName"];
            task_version: number;
            token: components["schemas"]["Token"];
        };
        SessionsAnswer: {
            sessions: components["schemas"]["SessionGrant"][];
        };
        SessionsRequest: {
            /** @default 1 */
            count: number;
            device?: components["schemas"]["Device"];
            item?: components["schemas"]["ItemName"];
            label?: components["schemas"]["Label"];
            task: components["schemas"]["TaskName"];
        };
        SessionSummary: {
            /** Format: date-time */
            completed_at: string | null;
            created_at: components["schemas"]["Time"];
            id: components["schemas"]["Uuid"];
            label: string | null;
            /** @enum {string} */
            state: "open" | "complete";
            task: components["schemas"]["TaskName"];
            task_version: number;
            /** @description The number it was sealed at; null while open. */
            trials: number | null;
        };
        /**
         * @description Name, version and text; the conditions and responses whose names trials carry;
         *     parameters with units and ranges; the exclusion rules of the scorer; sources.
         *     Members beyond these depend on the task.
         */
        TaskDefinition: {
            conditions: unknown[];
            name: components["schemas"]["TaskName"];
            responses: unknown[];
            title: components["schemas"]["Localised"];
            version: number;
        } & {
            [key: string]: unknown;
        };
        TaskList: {
            tasks: components["schemas"]["TaskSummary"][];
        };
        TaskName: string;
        /** @description Parameters of the task's definition by name. */
        TaskParameters: {
            [key: string]: number;
        };
        TaskSummary: {
            href: string;
            name: components["schemas"]["TaskName"];
            summary: components["schemas"]["Localised"];
            title: components["schemas"]["Localised"];
            version: number;
        };
        /**
         * Format: date-time
         * @description RFC 3339 in UTC.
         */
        Time: string;
        Token: string;
        Trial: {
            /** @description One of the definition's conditions. */
            condition: string;
            correct: boolean;
            /** @description Anything more; at most 2048 bytes as compact JSON. */
            detail?: {
                [key: string]: unknown;
            } | null;
            difficulty?: number | null;
            flags?: ("touch" | "frames_dropped" | "blurred" | "resumed" | "catch" | "timeout")[];
            /** @description When the stimulus was shown, on the session's own clock. */
            onset_ms?: number | null;
            /** @description One of the definition's responses. */
            response?: string | null;
            /** @description Response time from onset, kept in single precision; null, no response. */
            rt_ms: number | null;
            /** @description Place in the session, contiguous from 0 in the order of play. */
            seq: number;
            /** @description The trial's number in the recording it comes from. */
            trial?: number | null;
        };
        TrialBatch: {
            /** @description Each seq at most once. */
            trials: components["schemas"]["Trial"][];
        };
        TrialCounts: {
            conflicting: number;
            repeated: number;
            stored: number;
        };
        TrialForecast: {
            /** @description What happened. */
            lapse: boolean;
            /** @description Mean of ln RT, RT in seconds. */
            mu: components["schemas"]["NumberOrNull"];
            /** @description Probability of a correct answer, forecast before the trial. */
            p: components["schemas"]["NumberOrNull"];
            /** @description Probability of a lapse. */
            risk: components["schemas"]["NumberOrNull"];
            /** @description The trial's place among those without attention checks, from 0. */
            seq: number;
            /** @description Standard deviation of ln RT. */
            sigma: components["schemas"]["NumberOrNull"];
        };
        /** Format: uuid */
        Uuid: string;
    };
    responses: {
        /** @description This address does not have that method. */
        MethodNotAllowed: {
            headers: {
                Allow: components["headers"]["Allow"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The client's copy is current. */
        NotModified: {
            headers: {
                ETag: components["headers"]["ETag"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description Refused; `code` says why. */
        Problem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description No token, or not one for this route. */
        Unauthorized: {
            headers: {
                "WWW-Authenticate": components["headers"]["WwwAuthenticate"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Not now; send it again, unchanged, after `Retry-After` seconds. */
        Unavailable: {
            headers: {
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: {
        /**
         * @description Made by the client, once for each thing it wants done, and sent again with each
         *     retry. Absent: `idempotency_key_missing`; malformed: `bad_parameter`.
         * @example 5f1c0f6e-8f0a-4c7e-9d3b-2a1e6c5b4d3f
         */
        IdempotencyKey: string;
        /** @description ETags that the client holds. */
        IfNoneMatch: string;
        /** @example 019abcde-4567-7abc-8def-0123456789ab */
        Session: components["schemas"]["Uuid"];
    };
    requestBodies: never;
    headers: {
        /**
         * @description The methods that this address has.
         * @example GET, HEAD
         */
        Allow: string;
        CacheControl: string;
        /** @description Strong; changes exactly when the answer does. */
        ETag: string;
        /** @description Seconds to wait at least. */
        RetryAfter: number;
        /** @example Bearer */
        WwwAuthenticate: string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getEngagement: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETags that the client holds. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /** @example 019abcde-89ab-7abc-8def-0123456789ab */
                cohort: components["schemas"]["Uuid"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The aggregates. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Engagement"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["Problem"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["Problem"];
            405: components["responses"]["MethodNotAllowed"];
            406: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Unavailable"];
        };
    };
    join: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description Made by the client, once for each thing it wants done, and sent again with each
                 *     retry. Absent: `idempotency_key_missing`; malformed: `bad_parameter`.
                 * @example 5f1c0f6e-8f0a-4c7e-9d3b-2a1e6c5b4d3f
                 */
                "Idempotency-Key": components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["JoinRequest"];
            };
        };
        responses: {
            /** @description This key joined before; the same participant. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JoinAnswer"];
                };
            };
            /** @description A new participant. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JoinAnswer"];
                };
            };
            400: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            405: components["responses"]["MethodNotAllowed"];
            406: components["responses"]["Problem"];
            409: components["responses"]["Problem"];
            411: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Unavailable"];
        };
    };
    getInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example ABCD1234 */
                code: components["schemas"]["JoinCode"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The cohort, its organisation, its consent text and its tasks. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invitation"];
                };
            };
            400: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            405: components["responses"]["MethodNotAllowed"];
            406: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Unavailable"];
        };
    };
    getMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The participant. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["Problem"];
            405: components["responses"]["MethodNotAllowed"];
            406: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Unavailable"];
        };
    };
    getPlan: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The plan. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["Problem"];
            405: components["responses"]["MethodNotAllowed"];
            406: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Unavailable"];
        };
    };
    getProgress: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Tasks by name, the sessions of each oldest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Progress"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["Problem"];
            405: components["responses"]["MethodNotAllowed"];
            406: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Unavailable"];
        };
    };
    listModelRuns: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The trainings, newest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelRunList"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["Problem"];
            405: components["responses"]["MethodNotAllowed"];
            406: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Unavailable"];
        };
    };
    createModelRun: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description Made by the client, once for each thing it wants done, and sent again with each
                 *     retry. Absent: `idempotency_key_missing`; malformed: `bad_parameter`.
                 * @example 5f1c0f6e-8f0a-4c7e-9d3b-2a1e6c5b4d3f
                 */
                "Idempotency-Key": components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ModelRunRequest"];
            };
        };
        responses: {
            /** @description This key asked before; the same run. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelRun"];
                };
            };
            /** @description Queued. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelRun"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["Problem"];
            405: components["responses"]["MethodNotAllowed"];
            406: components["responses"]["Problem"];
            411: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Unavailable"];
        };
    };
    getModelRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 019abcde-cdef-8abc-8def-0123456789ab */
                run: components["schemas"]["Uuid"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The training. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelRun"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["Problem"];
            405: components["responses"]["MethodNotAllowed"];
            406: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Unavailable"];
        };
    };
    cancelModelRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 019abcde-cdef-8abc-8def-0123456789ab */
                run: components["schemas"]["Uuid"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The training. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelRun"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["Problem"];
            405: components["responses"]["MethodNotAllowed"];
            406: components["responses"]["Problem"];
            409: components["responses"]["Problem"];
            411: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Unavailable"];
        };
    };
    listModels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The models, newest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelList"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["Problem"];
            405: components["responses"]["MethodNotAllowed"];
            406: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Unavailable"];
        };
    };
    uploadModel: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": unknown;
            };
        };
        responses: {
            /** @description This file was stored before. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            /** @description Stored. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["Problem"];
            405: components["responses"]["MethodNotAllowed"];
            406: components["responses"]["Problem"];
            411: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Unavailable"];
        };
    };
    getModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 019abcde-cdef-7abc-8def-0123456789ab */
                model: components["schemas"]["Uuid"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The model. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["Problem"];
            405: components["responses"]["MethodNotAllowed"];
            406: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Unavailable"];
        };
    };
    activateModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 019abcde-cdef-7abc-8def-0123456789ab */
                model: components["schemas"]["Uuid"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The model, now active. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["Problem"];
            405: components["responses"]["MethodNotAllowed"];
            406: components["responses"]["Problem"];
            411: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Unavailable"];
        };
    };
    getContract: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETags that the client holds. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OpenAPI 3.1 as YAML. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/yaml": string;
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            405: components["responses"]["MethodNotAllowed"];
            406: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Unavailable"];
        };
    };
    createSessions: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description Made by the client, once for each thing it wants done, and sent again with each
                 *     retry. Absent: `idempotency_key_missing`; malformed: `bad_parameter`.
                 * @example 5f1c0f6e-8f0a-4c7e-9d3b-2a1e6c5b4d3f
                 */
                "Idempotency-Key": components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SessionsRequest"];
            };
        };
        responses: {
            /** @description This key opened these sessions before. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionsAnswer"];
                };
            };
            /** @description New sessions, in the order to use them. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionsAnswer"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["Problem"];
            405: components["responses"]["MethodNotAllowed"];
            406: components["responses"]["Problem"];
            411: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Unavailable"];
        };
    };
    completeSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 019abcde-4567-7abc-8def-0123456789ab */
                session: components["parameters"]["Session"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CompleteRequest"];
            };
        };
        responses: {
            /** @description The score. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Score"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["Problem"];
            405: components["responses"]["MethodNotAllowed"];
            406: components["responses"]["Problem"];
            /**
             * @description `trials_missing` (with `missing`), or `session_complete`: sealed at another
             *     number of trials.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            411: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Unavailable"];
        };
    };
    getEeg: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 019abcde-4567-7abc-8def-0123456789ab */
                session: components["parameters"]["Session"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The figures; `recording` is null when the session has no EEG. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Eeg"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["Problem"];
            405: components["responses"]["MethodNotAllowed"];
            406: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Unavailable"];
        };
    };
    storeEeg: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 019abcde-4567-7abc-8def-0123456789ab */
                session: components["parameters"]["Session"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EegUpload"];
            };
        };
        responses: {
            /** @description What became of the upload; the three numbers sum to the number of epochs sent. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EegCounts"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["Problem"];
            405: components["responses"]["MethodNotAllowed"];
            406: components["responses"]["Problem"];
            409: components["responses"]["Problem"];
            411: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Unavailable"];
        };
    };
    getSessionEngagement: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 019abcde-4567-7abc-8def-0123456789ab */
                session: components["parameters"]["Session"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The score, and the forecasts of the last 2048 trials. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionEngagement"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["Problem"];
            405: components["responses"]["MethodNotAllowed"];
            406: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Unavailable"];
        };
    };
    getScore: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 019abcde-4567-7abc-8def-0123456789ab */
                session: components["parameters"]["Session"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The score, as completing it answered. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Score"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["Problem"];
            405: components["responses"]["MethodNotAllowed"];
            406: components["responses"]["Problem"];
            409: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Unavailable"];
        };
    };
    storeTrials: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 019abcde-4567-7abc-8def-0123456789ab */
                session: components["parameters"]["Session"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TrialBatch"];
            };
        };
        responses: {
            /** @description What became of the batch; the three numbers sum to the number of trials sent. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrialCounts"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["Problem"];
            405: components["responses"]["MethodNotAllowed"];
            406: components["responses"]["Problem"];
            411: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            422: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Unavailable"];
        };
    };
    listTasks: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETags that the client holds. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All tasks, by name. */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskList"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            405: components["responses"]["MethodNotAllowed"];
            406: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Unavailable"];
        };
    };
    getTask: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETags that the client holds. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /** @example stroop */
                task: components["schemas"]["TaskName"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The definition (tasks/NAME/task.json). */
            200: {
                headers: {
                    "Cache-Control": components["headers"]["CacheControl"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskDefinition"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            405: components["responses"]["MethodNotAllowed"];
            406: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            503: components["responses"]["Unavailable"];
        };
    };
}
