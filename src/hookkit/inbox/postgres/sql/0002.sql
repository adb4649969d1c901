-- Lanes: works that run one at a time. A work whose turn has not come is due at infinity, so that a
-- hookkit that knows no lanes leaves it alone.

ALTER TABLE hookkit_works ADD COLUMN lane TEXT;
ALTER TABLE hookkit_works ADD COLUMN rank DOUBLE PRECISION;
CREATE INDEX hookkit_works_lane ON hookkit_works (source, lane, rank, number)
    WHERE state = 'waiting' AND lane IS NOT NULL;

CREATE TABLE hookkit_lanes (
    source      TEXT    NOT NULL,
    lane        TEXT    NOT NULL,
    turn        BIGINT,                      -- the work whose turn it is
    done        DOUBLE PRECISION,            -- the highest rank that was done
    PRIMARY KEY (source, lane)
);
