-- How many clients have each value of a column: one pass over its index, in parallel where they are many (a million
-- clients, two busy cores: 130-190 ms). Counters kept by triggers would be quicker to read, and every import would pay.
SELECT {column}, count(*) FROM vestnik_client GROUP BY {column} ORDER BY count(*) DESC, {column}
