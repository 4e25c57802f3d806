-- How many clients have each attribute. Clients without any cost a look at a null.
SELECT name, count(*) FROM vestnik_client, jsonb_object_keys(attributes) AS name WHERE attributes IS NOT NULL GROUP BY name
