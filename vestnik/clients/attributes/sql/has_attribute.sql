-- Does any client have this attribute? Read from the clients themselves, to the end where none has it.
SELECT EXISTS (SELECT FROM vestnik_client WHERE attributes ? %(name)s)
