-- A change of a type waits for the import. As vestnik/clients/attributes does it, on the connection of the import.
SELECT name, type FROM vestnik_attribute WHERE name = ANY (%(names)s) ORDER BY name FOR SHARE
