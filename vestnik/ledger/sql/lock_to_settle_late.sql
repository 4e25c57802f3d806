-- Batch first, then its mailing, as a flush does. Without the mailing's lock a freeze at the same moment would sum the
-- counters from before, and neither of the two would see the other.
WITH batch AS MATERIALIZED (
    SELECT mailing_id FROM vestnik_batch WHERE id = %(batch)s FOR NO KEY UPDATE
)
SELECT m.id FROM vestnik_mailing m WHERE m.id = (SELECT mailing_id FROM batch) FOR NO KEY UPDATE
