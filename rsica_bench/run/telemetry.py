"""What the machine did meanwhile: GPU load, memory and energy through NVML, peak memory of the process."""

from __future__ import annotations

import importlib
import threading
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from rsica_data.core.peak_memory import peak_memory_bytes

_EVERY = 0.5


@dataclass
class _Gpu:
    """One GPU: running sums of its readings; energy in millijoules."""

    handle: Any
    name: str
    energy: int | None
    readings: int = 0
    load: float = 0.0
    used: int = 0
    peak: int = 0
    power: float = 0.0


@dataclass
class Telemetry:
    """Reads every GPU twice a second in a thread. Without NVML or a GPU it only tells the process's memory."""

    gpus: list[_Gpu] = field(default_factory=list)

    def __enter__(self) -> Telemetry:
        self._stop, self._began = threading.Event(), time.monotonic()
        self._nvml = _nvml()
        if self._nvml is not None:
            for number in range(self._nvml.nvmlDeviceGetCount()):
                handle = self._nvml.nvmlDeviceGetHandleByIndex(number)
                self.gpus.append(_Gpu(handle, _text(self._nvml.nvmlDeviceGetName(handle)), self._energy(handle)))
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        self._seconds = time.monotonic() - self._began
        self._entries = [self._entry(gpu) for gpu in self.gpus]
        if self._nvml is not None:
            self._nvml.nvmlShutdown()

    def figures(self) -> dict[str, Any]:
        """Figures of the time between entering and leaving; of the whole machine's GPUs, whoever used them."""
        return {"gpus": self._entries, "peak_process_bytes": peak_process_bytes()}

    @property
    def used_bytes(self) -> int:
        """Memory in use on all GPUs at the last reading."""
        return sum(gpu.used for gpu in self.gpus)

    def _watch(self) -> None:
        while self.gpus:
            for gpu in self.gpus:
                self._read(gpu)
            if self._stop.wait(_EVERY):
                return

    def _read(self, gpu: _Gpu) -> None:
        gpu.readings += 1
        gpu.load += self._nvml.nvmlDeviceGetUtilizationRates(gpu.handle).gpu / 100
        gpu.used = int(self._nvml.nvmlDeviceGetMemoryInfo(gpu.handle).used)
        gpu.peak = max(gpu.peak, gpu.used)
        gpu.power += self._nvml.nvmlDeviceGetPowerUsage(gpu.handle) / 1000

    def _energy(self, handle: Any) -> int | None:
        try:
            return int(self._nvml.nvmlDeviceGetTotalEnergyConsumption(handle))
        except self._nvml.NVMLError:
            return None  # cards before Volta do not count it: power times time is used

    def _entry(self, gpu: _Gpu) -> dict[str, Any]:
        readings = max(gpu.readings, 1)
        after = None if gpu.energy is None else self._energy(gpu.handle)
        counted = None if after is None or gpu.energy is None else (after - gpu.energy) / 1000
        return {
            "name": gpu.name,
            "busy_share": round(gpu.load / readings, 4),
            "peak_bytes": gpu.peak,
            "energy_joules": round(gpu.power / readings * self._seconds if counted is None else counted, 1),
            "energy_from": "power" if counted is None else "counter",
        }


def _nvml() -> Any:
    """The NVML binding, initialised; None without it or without a driver."""
    try:
        nvml = importlib.import_module("pynvml")
    except ImportError:
        return None
    try:
        nvml.nvmlInit()
    except nvml.NVMLError:
        return None
    return nvml


def peak_process_bytes() -> int | None:
    """Largest resident size of this process and of any finished child, in bytes; None where it is not told."""
    peaks = peak_memory_bytes()
    return None if peaks is None else max(peaks)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
