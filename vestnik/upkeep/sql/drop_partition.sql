-- A partition of messages, by its quoted name: the disk has its space back at once.
DROP TABLE {name}
