-- Snapshots: a log up to a place, shortened by a device to what still counts. The newest whole one has its parts; of
-- those before it the row tells when the log up to there was first had otherwise, until the log begins there.
CREATE TABLE snapshot (
  account    INTEGER NOT NULL,
  id         BLOB NOT NULL,
  device     BLOB NOT NULL,    -- who makes it
  epoch      INTEGER NOT NULL,
  seq        INTEGER NOT NULL, -- the place up to which it has the log
  format     INTEGER NOT NULL,
  begun_ms   INTEGER NOT NULL,
  made_ms    INTEGER,          -- when it was whole; none while its parts come
  state_hash BLOB,
  PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshot_part (
  account  INTEGER NOT NULL,
  snapshot BLOB NOT NULL,
  part     INTEGER NOT NULL,
  hash     BLOB NOT NULL, -- BLAKE3 of the body
  body     BLOB NOT NULL, -- never read here
  PRIMARY KEY (account, snapshot, part)
) STRICT;
