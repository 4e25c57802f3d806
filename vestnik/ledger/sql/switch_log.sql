-- Switches the outcome log, and the sequence that releases before it need for a lease.
SELECT vestnik_switch_outcome_log(%(on)s)
