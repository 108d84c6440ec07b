-- Full-text search: an index of the fold, brought up to date from the log behind the writes. Local, made anew at will.

-- The number a node has in the index; every time it is indexed anew it gets the highest.
CREATE TABLE search_doc (
  doc  INTEGER PRIMARY KEY,
  node BLOB NOT NULL UNIQUE
) STRICT;

CREATE VIRTUAL TABLE search USING fts5 (
  title, aliases, body,
  cjk,   -- runs of Chinese, Japanese and Korean as pairs and single characters
  facet, -- what is not searched for by words: kind, folders, tags, dates
  content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);

-- How far the log is indexed.
CREATE TABLE search_state (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  rev INTEGER NOT NULL,
  idx INTEGER NOT NULL
) STRICT;
INSERT INTO search_state VALUES (1, 0, 0);
