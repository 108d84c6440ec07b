-- Letters such as ß and ø are searched for as ss and o: the index is made anew.
INSERT INTO search (search) VALUES ('delete-all');
DELETE FROM search_doc;
UPDATE search_state SET rev = 0, idx = 0
