-- Seconds until the next receipt is due: new ones are at once; null: none waits.
SELECT CASE WHEN (SELECT min(id) FROM vestnik_receipt_body) IS NOT NULL THEN 0::float8
            ELSE (SELECT extract(epoch FROM min(due_at) - clock_timestamp())::float8 FROM vestnik_receipt WHERE verdict = '') END
