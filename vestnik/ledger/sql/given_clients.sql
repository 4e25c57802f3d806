-- Clients that were picked before, with what their texts were made of: a part of the two statements that build a chunk.
-- Nothing of the directory is read again, so a message goes to the phone whose values it has. Refusals are few: places
-- in a list. The values are one document, so each row's part of it is made of JSON once. 0, null, or no array: none.
picked AS MATERIALIZED (
    SELECT id, phone_number, timezone, mobile_operator_code, stopped,
           (%(refusal_codes)s::text[])[refused] AS refusal, (%(refusal_details)s::text[])[refused] AS refusal_detail,
           nullif(parts, 0) AS parts, nullif(frozen, 'null'::jsonb) AS frozen
    FROM ROWS FROM (
        unnest(%(ids)s::bigint[]), unnest(%(phones)s::bigint[]), unnest(%(given_zones)s::text[]), unnest(%(codes_of)s::smallint[]),
        unnest(%(stopped)s::boolean[]), unnest(%(refused)s::int[]), unnest(%(parts)s::smallint[]),
        jsonb_array_elements(%(frozen)s::jsonb)
    ) AS p (id, phone_number, timezone, mobile_operator_code, stopped, refused, parts, frozen)
)
