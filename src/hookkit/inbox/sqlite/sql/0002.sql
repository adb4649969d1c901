-- Lanes: works that run one at a time. A work whose turn has not come is due at infinity, so that a
-- hookkit that knows no lanes leaves it alone.

ALTER TABLE works ADD COLUMN lane TEXT;
ALTER TABLE works ADD COLUMN rank REAL;
CREATE INDEX works_lane ON works (source, lane, rank, number)
    WHERE state = 'waiting' AND lane IS NOT NULL;

CREATE TABLE lanes (
    source      TEXT    NOT NULL,
    lane        TEXT    NOT NULL,
    turn        INTEGER,                     -- the work whose turn it is
    done        REAL,                        -- the highest rank that was done
    PRIMARY KEY (source, lane)
) WITHOUT ROWID;
