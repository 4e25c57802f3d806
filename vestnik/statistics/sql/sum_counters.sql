-- The totals of mailings that are not over: sums over batch counters, in the order of MESSAGE_STATES.
SELECT mailing_id, {counters:sum(*)}
FROM vestnik_batch WHERE mailing_id = ANY (%(mailings)s::bigint[]) GROUP BY mailing_id
