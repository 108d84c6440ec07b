-- Files that accounts have here; their bytes lie beside the database, in a folder for each account.
CREATE TABLE blob (
  account INTEGER NOT NULL,
  hash    BLOB NOT NULL,    -- BLAKE3 of the bytes
  bytes   INTEGER NOT NULL,
  at      INTEGER NOT NULL, -- when it was taken
  PRIMARY KEY (account, hash)
) STRICT, WITHOUT ROWID;
