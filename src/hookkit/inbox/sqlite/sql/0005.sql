-- What came with an id is found by the beginning of its key, which the id is.

DELETE FROM marks WHERE key GLOB 'told:*';
