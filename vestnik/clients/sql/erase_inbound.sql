-- What a person wrote to us, under any of the numbers.
DELETE FROM vestnik_inbound WHERE phone = ANY (%(phones)s)
