-- Reminders that this device fired, so that each fires once. Local: it is no fold of the log, and a rebuild leaves it alone.
CREATE TABLE fired_reminder (
  node     BLOB NOT NULL,
  reminder TEXT NOT NULL,
  at_ms    INTEGER NOT NULL,
  PRIMARY KEY (node, reminder, at_ms)
) STRICT, WITHOUT ROWID;
