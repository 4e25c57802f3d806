-- How many clients have each attribute, as counted while clients were written: a few rows for a name.
SELECT name, sum(clients)::bigint FROM vestnik_attributecount GROUP BY name
