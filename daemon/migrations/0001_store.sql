-- The log, its fold, and what is local to this store. Ids are 16 bytes, instants Unix milliseconds.

-- Whose store this is. One row; local, never synced.
CREATE TABLE meta (
  one      INTEGER PRIMARY KEY CHECK (one = 1),
  store_id BLOB NOT NULL,
  device   BLOB NOT NULL,
  machine  BLOB NOT NULL, -- hash of the machine's id: with the inode it tells a clone from the original
  inode    INTEGER NOT NULL
) STRICT;

-- The log: what one mutation did is a transaction, each change of one node an operation of it.
CREATE TABLE txn (
  rev         INTEGER PRIMARY KEY,
  mutation_id BLOB UNIQUE,
  grp         BLOB,             -- the undo step it belongs to; none for saves, imports, pulls
  role        INTEGER NOT NULL, -- 0 do, 1 undo, 2 redo
  undoes      BLOB,             -- the group an undo or redo takes back
  wall_ms     INTEGER NOT NULL, -- for people, never for order
  tick        INTEGER NOT NULL, -- where the clock stood after it: ms << 16 | counter
  label       TEXT NOT NULL,
  outcome     BLOB              -- the reply to its mutation; forgotten after a while
) STRICT;
CREATE INDEX txn_grp ON txn (grp) WHERE grp IS NOT NULL;
CREATE INDEX txn_undoes ON txn (undoes) WHERE undoes IS NOT NULL;

CREATE TABLE op (
  op_id       BLOB NOT NULL UNIQUE,
  rev         INTEGER NOT NULL,
  idx         INTEGER NOT NULL,
  device      BLOB NOT NULL,
  ent         BLOB NOT NULL,
  kind        INTEGER NOT NULL,
  body        BLOB NOT NULL,
  creates     INTEGER NOT NULL, -- 1 when the node was not there before
  before      BLOB NOT NULL,    -- the registers it wrote, as they were: {name: value}
  cursor      INTEGER,          -- how far its device had read the hub
  hub_seq     INTEGER,
  received_at INTEGER,
  carried_by  BLOB,
  PRIMARY KEY (rev, idx)
) STRICT;
CREATE INDEX op_ent ON op (ent, rev, idx);

-- The fold of the log.
CREATE TABLE node (
  id             BLOB PRIMARY KEY NOT NULL,
  kind           TEXT NOT NULL,
  title_key      TEXT,             -- none for tasks, which no link finds by title
  folder_key     TEXT NOT NULL,
  journal_day    TEXT,             -- first day of a journal's day or week
  trashed        INTEGER NOT NULL,
  open           INTEGER NOT NULL, -- 1 for a task that stands in the open lists
  closed_at      INTEGER,          -- when it left them: closed, or anything put into the trash
  modified       INTEGER NOT NULL,
  text_rev       INTEGER NOT NULL,
  text_revisions INTEGER NOT NULL,
  text_hash      BLOB NOT NULL,
  text_empty     INTEGER NOT NULL,
  vals           BLOB NOT NULL,    -- registers: {name: value}
  stamps         BLOB NOT NULL     -- their stamps, in order of name
) STRICT;
CREATE INDEX node_title ON node (title_key, id) WHERE title_key IS NOT NULL AND trashed = 0;
CREATE INDEX node_journal ON node (journal_day, id) WHERE journal_day IS NOT NULL AND trashed = 0;
CREATE INDEX node_open ON node (open) WHERE open = 1;
CREATE INDEX node_closed ON node (closed_at, id) WHERE closed_at IS NOT NULL;
CREATE INDEX node_project ON node (kind) WHERE kind IN ('project', 'area');

-- Texts that an operation made; a node without one has its genesis text.
CREATE TABLE text (
  node BLOB PRIMARY KEY NOT NULL,
  body TEXT NOT NULL
) STRICT;

CREATE TABLE alias (
  node      BLOB NOT NULL,
  title_key TEXT NOT NULL,
  PRIMARY KEY (node, title_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX alias_title ON alias (title_key);

-- Mutations a client was told are not applied: a late arrival is refused. Local.
CREATE TABLE burnt (
  mutation_id BLOB PRIMARY KEY NOT NULL,
  at_ms       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
