-- What a person wrote to us, under any of the numbers. Earlier releases took a sender such as 89111234567 for no phone: those texts
-- are found by the digits.
DELETE FROM vestnik_inbound
WHERE phone = ANY (%(phones)s)
   OR (phone IS NULL AND regexp_replace(sender, '[^0-9]', '', 'g') = ANY (ARRAY(
        SELECT p.prefix || right(n.phone::text, 10) FROM unnest(%(phones)s::bigint[]) n (phone), (VALUES (''), ('8')) p (prefix))))
