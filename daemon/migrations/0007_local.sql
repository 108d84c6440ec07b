-- What belongs to this machine alone and outlives the daemon, such as the active context. Local: never synced, and a rebuild leaves it alone.
CREATE TABLE local_setting (
  name  TEXT PRIMARY KEY NOT NULL,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
