-- How many clients have each attribute, read from the clients themselves: seconds for a million. Only where an attribute
-- is not counted yet (vestnik/models/sql/attribute_counts.sql). Clients without any cost a look at a null.
SELECT name, count(*) FROM vestnik_client, jsonb_object_keys(attributes) AS name WHERE attributes IS NOT NULL GROUP BY name
