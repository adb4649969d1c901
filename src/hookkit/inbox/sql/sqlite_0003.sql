-- What somebody on call asks about: where a delivery came from, each attempt that failed, what was refused.

ALTER TABLE deliveries ADD COLUMN origin TEXT NOT NULL DEFAULT 'request';   -- request, repair

CREATE TABLE failures (
    work        INTEGER NOT NULL REFERENCES works,
    attempt     INTEGER NOT NULL,
    fate        TEXT    NOT NULL,            -- of the work after it: waiting, discarded, skipped, dead
    ended_at    REAL    NOT NULL,
    error       TEXT    NOT NULL,
    traceback   TEXT    NOT NULL
);
CREATE INDEX failures_work ON failures (work);

CREATE TABLE refusals (
    source      TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    hour        INTEGER NOT NULL,            -- unix time in hours
    times       INTEGER NOT NULL,
    last_at     REAL    NOT NULL,
    PRIMARY KEY (source, reason, hour)
) WITHOUT ROWID;

CREATE TABLE secret_uses (
    source      TEXT    NOT NULL,
    live        INTEGER NOT NULL,            -- how many secrets there were
    secret      INTEGER NOT NULL,            -- which of them verified, 0 for the newest
    times       INTEGER NOT NULL,
    first_at    REAL    NOT NULL,
    last_at     REAL    NOT NULL,
    PRIMARY KEY (source, live, secret)
) WITHOUT ROWID;

CREATE INDEX events_open ON events (state, receipt) WHERE state <> 'done';
CREATE INDEX events_id ON events (source, event_id) WHERE event_id IS NOT NULL;
CREATE INDEX marks_receipt ON marks (receipt);
