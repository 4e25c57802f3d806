"""Settings of the usual project: where its ledger is, and nothing else."""

import os

from psycopg.conninfo import conninfo_to_dict

_database = conninfo_to_dict(os.environ["BENCH_DATABASE"])
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _database["dbname"],
        "USER": _database["user"],
        "PASSWORD": _database["password"],
        "HOST": _database["host"],
        "PORT": _database.get("port", ""),
    }
}
INSTALLED_APPS = ["bench.baselines.usual"]
SECRET_KEY = os.environ["SECRET_KEY"]
USE_TZ = True
