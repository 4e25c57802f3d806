"""Imports at once: no place is taken twice, cancelled files give the disk back, and a draft is its owner's alone."""

import io
import threading
from typing import Any

import pytest
from django.db import connection

from harness.cast import browser_of, person
from vestnik.clients.imports.drafts import keep_draft
from vestnik.clients.imports.jobs import add_job, cancel_job
from vestnik.clients.imports.runner import SPACE_KEPT, give_space_back
from vestnik.clients.imports.uploads import MAX_WAITING
from vestnik.errors import TooManyTries
from vestnik.models import ImportJob, ImportMode, ImportState, OnError

CSV = b"phone_number,tag,timezone\n79111234567,vip,Europe/Moscow\n"


def add(content: bytes = CSV) -> ImportJob:
    return add_job(file=io.BytesIO(content), mode=ImportMode.UPSERT, on_error=OnError.SKIP, actor=None, here=True)


def test_of_many_at_once_only_as_many_are_taken_as_may_wait(ledger: Any) -> None:
    del ledger
    for _ in range(MAX_WAITING - 2):
        add()
    ready, refused = threading.Barrier(8), []

    def try_to() -> None:
        try:
            ready.wait()
            add()
        except TooManyTries:
            refused.append(1)
        finally:
            connection.close()

    threads = [threading.Thread(target=try_to) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ImportJob.objects.filter(state=ImportState.WAITING).count() == MAX_WAITING
    assert len(refused) == 6


def test_files_of_cancelled_imports_give_the_disk_back(ledger: Any) -> None:
    size = "SELECT pg_total_relation_size('vestnik_importpiece')"
    job = add(CSV + b"79111234568,vip,Europe/Moscow\n" * 200_000)
    ((full,),) = ledger.execute(size).fetchall()
    cancel_job(job_id=job.id, actor=None)
    give_space_back(ledger)
    ((left,),) = ledger.execute(size).fetchall()
    assert full > 5_000_000
    assert left < SPACE_KEPT


def test_a_file_that_waits_is_not_thrown_away_with_the_others(ledger: Any) -> None:
    kept = add(CSV + b"79111234568,vip,Europe/Moscow\n" * 100_000)
    cancel_job(job_id=add().id, actor=None)
    give_space_back(ledger)
    ((pieces,),) = ledger.execute("SELECT count(*) FROM vestnik_importpiece WHERE job_id = %s", [kept.id]).fetchall()
    assert pieces >= 2


@pytest.mark.parametrize("path", ["", "/columns", "/preview", "/refused", "/discard"])
def test_a_draft_is_seen_and_discarded_by_its_owner_and_administrators_alone(ledger: Any, path: str) -> None:
    del ledger
    owner = person("olga", "operator")
    job = keep_draft(file=io.BytesIO(CSV), file_name="mine.csv", actor=owner)
    address = f"/console/clients/import/{job.id}{path}"
    stranger, boss = browser_of(person("oleg", "operator")), browser_of(person("anna", "administrator"))

    def ask(client: Any) -> int:
        return int((client.post if path in {"/preview", "/discard"} else client.get)(address).status_code)

    assert ask(stranger) == 404
    assert ImportJob.objects.filter(id=job.id, state=ImportState.RECEIVING).exists()
    assert ask(boss) < 400
