-- Processes of ours that are connected to the ledger, by the names that they give their connections.
SELECT count(*) FILTER (WHERE application_name LIKE 'vestnik dispatch %%'),
       count(*) FILTER (WHERE application_name LIKE 'vestnik keeper %%')
FROM pg_stat_activity WHERE datname = current_database()
