"""A Django project that sends mailings as tutorials do: one Celery task for each message.

The task posts with ``requests.post`` and writes with ``.filter(pk=…).update(…)``; every setting is left at its default.
So each message opens a connection to the gateway, and one to the database (``CONN_MAX_AGE`` is 0: Celery closes it with
the task). Laid out as the tutorials of Celery and Django lay it out: settings, models, celery, tasks.
"""
