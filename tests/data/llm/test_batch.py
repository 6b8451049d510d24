"""The batch API: one file, one payment, whatever happens between two steps."""

import pytest

from rsica_data.core.errors import UserError
from rsica_data.llm import BudgetReached
from rsica_data.llm.batch import BatchFolder

QUICK = {"batch": True, "batch_poll_s": 0.02, "batch_size": 20}


class Killed(BaseException):
    """Stands for a SIGKILL: nothing after it runs but what the kernel does."""


def paid_once(server):
    return set(server.answered().values()) == {1}


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_all_questions_come_back_at_the_discount(server, make_client, ask, api):
    requests = [ask(number, tag=api) for number in range(50)] + [ask(3)]
    client = make_client(server.url, api=api, **QUICK)
    replies = list(client.ask_all(requests))
    assert sorted(reply.key for reply in replies) == sorted(request.key for request in requests)
    assert all(reply.error is None and reply.data for reply in replies)
    assert [row["batch"] for row in server.rows("answered")] == [True] * 50
    assert client.usage.paid == 50
    assert client.usage.usage.cost == server.cost()
    server.forget()
    client.close()
    assert all(reply.cached for reply in make_client(server.url, api=api, **QUICK).ask_all(requests))
    assert server.rows() == []


@pytest.mark.parametrize("fault", ["batch-failed", "batch-expired", "500", "cut", "malformed", "violation"])
def test_what_failed_is_asked_one_by_one(start_server, make_client, ask, fault):
    server = start_server("--fault", f"{fault}={1 if fault.startswith('batch') else 0.3}")
    client = make_client(server.url, **QUICK, schema_retries=6)
    replies = list(client.ask_all(ask(number) for number in range(30)))
    assert [reply.error for reply in replies] == [None] * 30
    batched = [row["batch"] for row in server.rows("answered")]
    assert False in batched
    assert paid_once(server)
    assert client.usage.usage.cost == server.cost()


@pytest.mark.parametrize("step", ["written", "uploaded", "created", "ended", "collected"])
@pytest.mark.parametrize("noted", [False, True], ids=["before-noting", "after-noting"])
def test_a_kill_at_any_step_pays_nothing_twice(server, make_client, ask, monkeypatch, step, noted):
    record = BatchFolder.record

    def die(folder, batch, **found):
        if found["step"] == step:
            if noted:
                record(folder, batch, **found)
            raise Killed
        return record(folder, batch, **found)

    requests = [ask(f"{step} {noted} {number}") for number in range(10)]
    client = make_client(server.url, **QUICK)
    with monkeypatch.context() as patch:
        patch.setattr(BatchFolder, "record", die)
        with pytest.raises(Killed):
            list(client.ask_all(requests))
    client.close()
    again = make_client(server.url, **QUICK)
    replies = list(again.ask_all(requests))
    assert [reply.error for reply in replies] == [None] * 10
    assert paid_once(server)
    assert len(server.rows("answered")) == 10
    assert (again.usage.usage + again.usage.earlier).cost == server.cost()


def test_the_budget_holds_for_batches(server, make_client, ask):
    requests = [ask(f"budget {number}") for number in range(50)]
    client = make_client(server.url, max_requests=25, **QUICK)
    replies = []
    with pytest.raises(BudgetReached):
        replies.extend(client.ask_all(requests))
    client.close()
    assert len(server.rows("answered")) == 25
    assert len(list(make_client(server.url, max_requests=50, **QUICK).ask_all(requests))) == 50
    assert paid_once(server)


def test_one_process_a_cache(server, make_client, ask, tmp_path):
    folder = BatchFolder(tmp_path / "cache" / "batches")
    with pytest.raises(UserError, match="another process sends batches"):
        list(make_client(server.url, **QUICK).ask_all([ask(0)]))
    folder.close()
