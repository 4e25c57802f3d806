-- The books of mailings that are not over: sums over batch counters, in the order of MESSAGE_STATES.
SELECT mailing_id, sum(queued), sum(sending), sum(sent), sum(delivered), sum(undelivered), sum(failed), sum(expired),
       sum(cancelled), sum(unknown)
FROM vestnik_batch WHERE mailing_id = ANY (%(mailings)s::bigint[]) GROUP BY mailing_id
