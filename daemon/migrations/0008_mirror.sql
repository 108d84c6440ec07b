-- The folder that mirrors the pages as Markdown files: what is known of the files, and the texts they had. Local: no fold of the log, never synced, and a rebuild leaves it alone.

CREATE TABLE mirror_file (
  node    BLOB PRIMARY KEY NOT NULL,
  path    TEXT NOT NULL,  -- below the folder, NFC
  disk    BLOB NOT NULL,  -- hash of what stood in it
  inode   INTEGER,        -- which file it was: inode and instant of birth
  born    INTEGER,
  gone_at INTEGER         -- since when it is gone together with its page
) STRICT, WITHOUT ROWID;

-- What was last read from a file, and what was written to it since; zstd.
CREATE TABLE mirror_version (
  node BLOB NOT NULL,
  n    INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (node, n)
) STRICT;
