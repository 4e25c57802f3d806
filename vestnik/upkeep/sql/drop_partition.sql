-- A partition of messages or of their log, by its quoted name: the disk has its space back at once.
DROP TABLE IF EXISTS {name}
