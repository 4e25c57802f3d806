-- Whatever was queued when the backup was made may have been delivered since: without a definite answer it ends as unknown,
-- never as expired, cancelled or failed. Over which gateway, nobody knows (0). It stays queued, in a mailing that is paused.
WITH doubtful AS (
    UPDATE vestnik_message m SET in_doubt = true, gateway_id = 0
    WHERE mailing_id = ANY (%(mailings)s) AND state = {QUEUED} AND {logged_at_in_any:{batch_of_m}} IS NULL
    RETURNING 1
)
SELECT count(*) FROM doubtful
