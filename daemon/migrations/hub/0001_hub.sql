-- What a hub keeps: accounts, their devices, and one log each. Ids are 16 bytes, instants Unix milliseconds.

-- Where the database lies: one that lies elsewhere was restored or copied, and its accounts get another epoch. One row.
CREATE TABLE place (
  one     INTEGER PRIMARY KEY CHECK (one = 1),
  machine BLOB NOT NULL,
  inode   INTEGER NOT NULL
) STRICT;

-- Whoever the issuer of tokens says somebody is.
CREATE TABLE account (
  id    INTEGER PRIMARY KEY,
  iss   TEXT NOT NULL,
  sub   TEXT NOT NULL,
  epoch INTEGER NOT NULL, -- another one after the hub was restored
  head  INTEGER NOT NULL, -- the newest place of the log, 0 for none
  newest_ms INTEGER NOT NULL DEFAULT 0, -- when the operation there was taken
  floor INTEGER NOT NULL, -- the log begins after this place
  bytes INTEGER NOT NULL,
  quota INTEGER NOT NULL,
  locked_out_ms INTEGER NOT NULL DEFAULT 0, -- when a device was locked out last, 0 for never
  UNIQUE (iss, sub)
) STRICT;

CREATE TABLE device (
  account       INTEGER NOT NULL,
  device        BLOB NOT NULL,
  name          TEXT NOT NULL,
  registered_ms INTEGER NOT NULL,
  seen_ms       INTEGER NOT NULL,
  cursor        INTEGER NOT NULL, -- how far it has read the log
  revoked       INTEGER NOT NULL, -- 1 when it is locked out
  PRIMARY KEY (account, device)
) STRICT, WITHOUT ROWID;

-- The logs. `seq` has no gaps within an account.
CREATE TABLE op (
  account INTEGER NOT NULL,
  seq     INTEGER NOT NULL,
  op_id   BLOB NOT NULL,
  device  BLOB NOT NULL,
  stream  BLOB NOT NULL,
  kind    INTEGER NOT NULL,
  base    INTEGER,          -- for texts: the place of the stream's text that it changes
  cursor  INTEGER NOT NULL, -- how far its device had read the log
  at      INTEGER NOT NULL, -- when it was taken
  body    BLOB NOT NULL,    -- never read here
  PRIMARY KEY (account, seq)
) STRICT;
CREATE INDEX op_stream ON op (account, stream, seq);

-- Which operations were taken; outlives their rows.
CREATE TABLE op_seen (
  account     INTEGER NOT NULL,
  op_id       BLOB NOT NULL,
  seq         INTEGER NOT NULL,
  fingerprint BLOB NOT NULL, -- tells another operation under the same id
  at          INTEGER NOT NULL,
  PRIMARY KEY (account, op_id)
) STRICT, WITHOUT ROWID;

-- The newest operation of each stream, and its newest text, 0 for none.
CREATE TABLE stream_head (
  account INTEGER NOT NULL,
  stream  BLOB NOT NULL,
  head    INTEGER NOT NULL,
  text    INTEGER NOT NULL,
  PRIMARY KEY (account, stream)
) STRICT, WITHOUT ROWID;
