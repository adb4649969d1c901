-- Only what is parsed later is looked up by its receipt, where it turns out to be unparseable.

DROP INDEX marks_receipt;
CREATE INDEX marks_receipt ON marks (receipt) WHERE position = -1;
