-- Fails at once where anybody works with the table.
LOCK TABLE vestnik_importpiece IN ACCESS EXCLUSIVE MODE NOWAIT
