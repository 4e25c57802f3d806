-- A row if anybody holds a lease that has not lapsed.
SELECT FROM vestnik_batch WHERE state = 'leased' AND lease_expires_at > clock_timestamp() LIMIT 1
