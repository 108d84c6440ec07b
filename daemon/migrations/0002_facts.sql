-- What texts and titles say: links, tags, aliases. Part of the fold; what a link means is found when it is asked for.
CREATE TABLE fact (
  node BLOB NOT NULL,
  kind INTEGER NOT NULL, -- 0 link of the text, 1 link of a task's title, 2 tag of the text, 3 alias of the frontmatter
  name TEXT NOT NULL,    -- name of the link (levels of its target, folded, the last first), tag, or title key
  PRIMARY KEY (node, kind, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX fact_name ON fact (kind, name, node);

-- Nodes of an older store whose facts are yet to be read. Emptied when the store is opened.
CREATE TABLE fact_due (
  node BLOB PRIMARY KEY NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO fact_due SELECT node FROM text;
INSERT OR IGNORE INTO fact_due SELECT id FROM node WHERE kind = 'task' AND instr(vals, X'5B5B') > 0;
