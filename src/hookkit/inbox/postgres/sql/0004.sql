-- What came with an id is found by the beginning of its key, which the id is: in order of bytes.

DELETE FROM hookkit_known WHERE key LIKE 'told:%';
ALTER TABLE hookkit_known ALTER COLUMN key TYPE TEXT COLLATE "C";

-- Only what is parsed later is looked up by its receipt, where it turns out to be unparseable.

DROP INDEX hookkit_known_receipt;
CREATE INDEX hookkit_known_receipt ON hookkit_known (receipt) WHERE position = -1;
