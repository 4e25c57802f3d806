-- What a personal text names, of one client.
SELECT {values} FROM vestnik_client c WHERE c.id = %(client)s
