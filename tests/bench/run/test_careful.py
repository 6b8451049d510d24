"""Batches that raise are halved down to the items at fault; NVML is read where there is one."""

import sys
import time
import types

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rsica_bench.run.careful import ask_each
from rsica_bench.run.live import line
from rsica_bench.run.run_plan import Unit, still_to_ask
from rsica_bench.run.run_summary import Summary
from rsica_bench.run.session import Answered
from rsica_bench.run.telemetry import Telemetry
from rsica_data.core.errors import UserError, one_line


@given(st.lists(st.integers(0, 20), max_size=20), st.booleans())
def test_only_the_items_at_fault_fail(items, together):
    def ask(numbers):
        if any(number % 5 == 0 for number in numbers):
            raise ValueError("a fifth")
        return [float(number) for number in numbers]

    expected = ["ValueError: a fifth" if number % 5 == 0 else float(number) for number in items]
    assert ask_each(ask, items, float, together) == expected


def test_errors_of_the_toolkit_pass_and_wrong_results_do_not():
    def refuse(numbers):
        raise UserError("wrong option")

    with pytest.raises(UserError):
        ask_each(refuse, [1, 2], float, True)
    assert ask_each(lambda numbers: [None], [1], float, True) == ["TypeError: a result is a NoneType, not a float"]
    assert ask_each(lambda numbers: [], [1], float, True) == ["ValueError: 0 results for 1 items"]
    assert ask_each(lambda numbers: ["busy"], [1], float, True) == ["busy"]
    assert ask_each(lambda numbers: sys.exit(3), [1], float, True) == ["SystemExit: 3"]
    assert one_line(KeyError()) == "KeyError"


def test_a_unit_with_a_gap_is_asked_whole_where_the_batch_counts():
    units = [Unit(0, 0, (("a", 2), ("b", 1))), Unit(1, 0, (("c", 1),))]
    answered = {("a", 0), ("b", 0), ("c", 0)}
    assert list(still_to_ask(units, answered, independent=True)) == [Unit(0, 0, (("a", 2),))]
    assert list(still_to_ask(units, answered, independent=False)) == [units[0]]
    assert list(still_to_ask(units, answered | {("a", 1)}, independent=False)) == []


def test_the_live_line_counts():
    summary = Summary(total=10, before=2)
    rows = [{"answer": {"changed": True}}, {"answer": None, "failed": True}, {"answer": None}]
    summary.add(Answered(Unit(0, 0, ()), rows, {"output_tokens": 50, "judged": 3, "right": 1, "usd": 0.5}, 0.1))
    assert (summary.done, summary.unparsed, summary.failed) == (3, 2, 1)
    summary.gpu_bytes = 3 * 2**30
    said = line(summary)
    assert (
        said.startswith("right 33.3%, unparsed 2, failed 1, ")
        and "tok/s" in said
        and "0.50 USD" in said
        and said.endswith("GPU 3.0 GiB")
    )


class NoSupport(Exception):
    pass


def nvml(counter):
    """The part of NVML's interface that is used, with one GPU."""
    energy = iter(counter or [])

    def total(handle):
        if counter is None:
            raise NoSupport
        return next(energy)

    return types.SimpleNamespace(
        NVMLError=NoSupport,
        nvmlInit=lambda: None,
        nvmlShutdown=lambda: None,
        nvmlDeviceGetCount=lambda: 1,
        nvmlDeviceGetHandleByIndex=lambda number: number,
        nvmlDeviceGetName=lambda handle: "Test GPU",
        nvmlDeviceGetUtilizationRates=lambda handle: types.SimpleNamespace(gpu=50),
        nvmlDeviceGetMemoryInfo=lambda handle: types.SimpleNamespace(used=123),
        nvmlDeviceGetPowerUsage=lambda handle: 100_000,
        nvmlDeviceGetTotalEnergyConsumption=total,
    )


def test_telemetry_of_a_gpu(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", nvml([1000, 5500]))
    with Telemetry() as telemetry:
        while not telemetry.used_bytes:
            time.sleep(0.001)
    assert telemetry.used_bytes == 123
    found = telemetry.figures()["gpus"]
    assert found == [
        {"name": "Test GPU", "busy_share": 0.5, "peak_bytes": 123, "energy_joules": 4.5, "energy_from": "counter"}
    ]
    monkeypatch.setitem(sys.modules, "pynvml", nvml(None))
    with Telemetry() as telemetry:
        pass
    assert telemetry.figures()["gpus"][0]["energy_from"] == "power"


def test_telemetry_without_a_driver(monkeypatch):
    def no_driver():
        raise NoSupport

    monkeypatch.setitem(sys.modules, "pynvml", types.SimpleNamespace(NVMLError=NoSupport, nvmlInit=no_driver))
    with Telemetry() as telemetry:
        pass
    assert telemetry.figures()["gpus"] == [] and telemetry.figures()["peak_process_bytes"] > 0
