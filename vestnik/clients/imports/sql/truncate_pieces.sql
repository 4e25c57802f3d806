-- Only behind lock_pieces.sql, and only when the table is empty: it gives the space back to the system.
TRUNCATE vestnik_importpiece
