-- The tree over the leaves (engine/evidence/FORMAT.md §6) grows in the row of the leaf: each event
-- keeps the hashes of the subtrees that its leaf completes. A proof finds what it needs by
-- sequence. SQLite has no SHA-256: what is there already is filled in by db/sqlite/fill_nodes, in
-- this migration's transaction.

ALTER TABLE event ADD COLUMN nodes BLOB;  -- 32 bytes each, from level 1 upwards; NULL: none
