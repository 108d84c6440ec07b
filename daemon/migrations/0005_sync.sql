-- Sync: what of the log is at the hub, what is on its way there, and what came of merging. All but `op` and `node` is
-- local to this store and left alone when the rows are made anew.

ALTER TABLE op ADD COLUMN place INTEGER NOT NULL DEFAULT 0; -- 0 in the chain of working texts, 1 beside it, 2 carried such texts
CREATE INDEX op_unsent ON op (rev, idx) WHERE hub_seq IS NULL AND carried_by IS NULL;
CREATE INDEX op_unsent_text ON op (ent, rev) WHERE hub_seq IS NULL AND carried_by IS NULL AND place = 0 AND kind < 3;

ALTER TABLE node ADD COLUMN rescued INTEGER NOT NULL DEFAULT 0; -- 1 where an unseen edit keeps it out of the trash

-- How this store stands to its hub. No row: it never had one.
CREATE TABLE sync (
  one        INTEGER PRIMARY KEY CHECK (one = 1),
  issuer     TEXT NOT NULL,    -- whose account it is: issuer and subject of the login
  subject    TEXT NOT NULL,
  epoch      INTEGER NOT NULL, -- of the account, when it was read last
  cursor     INTEGER NOT NULL, -- how far the account's log is read
  device     BLOB,             -- the device id that the hub knows; another one registers anew
  shift_ms   INTEGER NOT NULL, -- how far the hub's clock is ahead of this one, where that matters
  sent_rev   INTEGER NOT NULL, -- own operations up to this revision may be at the hub
  synced_at  INTEGER NOT NULL  -- when the two were last known to agree
) STRICT;

-- The newest text of each page at the hub. Neither `rev` nor `body`: the one it begins with.
CREATE TABLE head (
  node      BLOB PRIMARY KEY NOT NULL,
  seq       INTEGER NOT NULL,
  revisions INTEGER NOT NULL,
  rev       INTEGER, -- the working text of this revision
  body      TEXT,    -- this text, which never was the working one
  broken    INTEGER NOT NULL
) STRICT;

-- Texts on their way to the hub. Sent as they are until it is known what became of them.
CREATE TABLE outgoing (
  node   BLOB PRIMARY KEY NOT NULL,
  op_id  BLOB NOT NULL UNIQUE,
  base   INTEGER NOT NULL,
  rev    INTEGER NOT NULL,
  cursor INTEGER NOT NULL,
  kind   INTEGER NOT NULL,
  body   BLOB NOT NULL,
  target TEXT NOT NULL
) STRICT;

-- Own operations that the hub refuses. They wait for a person.
CREATE TABLE parked (
  op_id  BLOB PRIMARY KEY NOT NULL,
  node   BLOB NOT NULL,
  reason TEXT NOT NULL,
  at_ms  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Values that were overwritten by somebody who had not seen them.
CREATE TABLE conflict (
  node      BLOB NOT NULL,
  name      TEXT NOT NULL,
  lost_by   BLOB NOT NULL,
  won_by    BLOB NOT NULL,
  lost      BLOB NOT NULL,
  at_ms     INTEGER NOT NULL,
  dismissed INTEGER NOT NULL,
  PRIMARY KEY (node, name, lost_by)
) STRICT, WITHOUT ROWID;

-- Operations of others that could not be folded in, as they came.
CREATE TABLE unfit (
  seq         INTEGER PRIMARY KEY,
  op_id       BLOB NOT NULL,
  device      BLOB NOT NULL,
  ent         BLOB NOT NULL,
  kind        INTEGER NOT NULL,
  cursor      INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  body        BLOB NOT NULL,
  reason      TEXT NOT NULL
) STRICT
