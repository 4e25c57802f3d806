-- From now on no earlier release leases a batch (models/sql/lease_numbers.sql): there is something that it does not know.
SELECT vestnik_end_earlier_releases()
