SELECT count(*) FROM vestnik_client WHERE attributes ? %(name)s
