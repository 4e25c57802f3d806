-- What a personal text names, of the clients with these phones.
SELECT c.phone_number{values} FROM vestnik_client c WHERE c.phone_number = ANY(%(phones)s)
