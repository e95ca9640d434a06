"""What is measured: each experiment runs a proxy once and gives one or more figures."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from harness import machine
from harness.proxies import MOST_ENDPOINTS, RunFailed, Setting
from harness.session import TURN

SIZES = {"64B": 64, "1KiB": 1024, "16KiB": 16 * 1024, "64KiB": 64 * 1024, "1MiB": 1024 * 1024}
TUNNELS = (10, 100, 1000, 9000)
# Every tunnel has a message in flight; beyond this the kernel's socket memory decides, not the proxy.
MOST_IN_FLIGHT = 160 * 1024 * 1024
SOURCES = 8


@dataclass(frozen=True)
class Figure:
    name: str
    unit: str
    # The bar: the greatest ratio to "nginx", "haproxy", "floor" or the "best" of the first two; "value" is absolute.
    bar: dict = field(default_factory=dict)


class Experiment:
    """`setting` is what the proxies are configured for; with `fresh` each run has a new process."""

    fresh = False
    in_turns = False  # whether all proxies and rounds are measured at the same time, by turns of a fraction of a second
    proxies = ()  # those that take part, where it is not all

    def __init__(self, setting, figures):
        self.setting, self.figures = setting, figures

    def prepare(self, bench, running, missing):
        """Before the first round; `running` are the started proxies by name, `missing` takes why one gives no figure."""

    def run(self, bench, proxy):
        """By the name of the figure: the value of a round, or in turns the list of those of all. Raises RunFailed."""
        raise NotImplementedError


def _word(tls):
    return "tls" if tls else "plain"


def _tls(setting, use="full"):
    return {"tls": use if setting.tls else "none"}


class Echo(Experiment):
    """CPU per echoed message, closed loop."""

    in_turns = True

    def __init__(self, tls, size, tunnels):
        self.size, self.tunnels = size, tunnels
        self.name = f"cpu/echo/{_word(tls)}/{size}/{tunnels}"
        super().__init__(Setting(tls=tls), [Figure(self.name, "µs/message", self._bar(tls))])

    def _bar(self, tls):
        if tls:
            if self.size == "64B" and self.tunnels == 100:
                return {"nginx": 0.95, "haproxy": 0.85}
            return {"nginx": 0.60, "haproxy": 0.95} if self.size == "16KiB" else {}
        if self.size == "64B":
            return {100: {"nginx": 0.95, "floor": 1.05}, 1000: {"nginx": 0.90, "haproxy": 0.85},
                    9000: {"nginx": 0.90, "haproxy": 0.85}}.get(self.tunnels, {})
        return {"nginx": 0.25, "haproxy": 0.50} if self.size == "64KiB" else {}

    def run(self, bench, proxy):
        # A turn has to be some messages of each tunnel, or it is all beginning and end.
        turn = max(TURN, 4 * self.tunnels * (15e-6 + SIZES[self.size] * 1e-9))
        outcomes = bench.load_in_rounds(proxy, "echo", bench.seconds, turn, tunnels=self.tunnels, size=SIZES[self.size],
                                        sources=SOURCES, **_tls(self.setting))
        return {self.name: [outcome.cpu / outcome["messages"] * 1e6 for outcome in outcomes]}


class Latency(Experiment):
    """Latency at half of what the slowest proxy can do. The load program is the backend, too: as two they would need nearly all
    of their core at that rate, and the latency would be their own."""

    in_turns = True

    def __init__(self, tls):
        self.name = f"latency/{_word(tls)}/64B/1000"
        self.rate = 0
        super().__init__(Setting(tls=tls, backend_in_load=True), [
            Figure(f"{self.name}/p50", "µs"),
            Figure(f"{self.name}/p99", "µs", {} if tls else {"best": 1.00}),
            Figure(f"{self.name}/p99.9", "µs"),
        ])

    def prepare(self, bench, running, missing):
        seen = {}
        for _ in range(3):
            for name in [name for name in running if name not in missing]:
                try:
                    outcome = bench.load(running[name], "echo", tunnels=1000, seconds=bench.seconds, sources=SOURCES,
                                         **_tls(self.setting))
                    seen.setdefault(name, []).append(outcome["messages"] / outcome["seconds"])
                except RunFailed as reason:
                    missing[name] = f"failed: {reason}"
        saturation = {name: statistics.median(rates) for name, rates in seen.items() if name not in missing}
        if saturation:
            self.rate = int(min(saturation.values()) / 2)
            bench.note(f"{self.name}: offered {self.rate} messages/s; saturation "
                       + ", ".join(f"{name} {rate:.0f}" for name, rate in saturation.items()))

    def run(self, bench, proxy):
        outcomes = bench.load_in_turns(proxy, "latency", turn=0.05, seconds=1.25 * bench.seconds, warmup=0.05, tunnels=1000,
                                       rate=self.rate, sources=SOURCES, **_tls(self.setting))
        return {f"{self.name}/{word}": [outcome[key] * 1e6 for outcome in outcomes] for word, key in
                (("p50", "p50"), ("p99", "p99"), ("p99.9", "p999"))}


class Handshake(Experiment):
    """A tunnel's whole life: connect, upgrade, one echo, Close, end."""

    in_turns = True

    def __init__(self, use):
        self.use = use
        self.name = {"none": "handshake/plain", "full": "handshake/tls", "resumed": "handshake/tls-resumed"}[use]
        bar = {"nginx": 1.00 if use == "none" else 0.95}
        super().__init__(Setting(tls=use != "none"), [
            Figure(f"cpu/{self.name}", "µs/handshake", bar), Figure(f"rate/{self.name}", "1/s"),
        ])

    def run(self, bench, proxy):
        outcomes = bench.load_in_rounds(proxy, "handshake", bench.seconds, tunnels=32, sources=SOURCES,
                                        **_tls(self.setting, self.use))
        return {f"cpu/{self.name}": [outcome.cpu / outcome["handshakes"] * 1e6 for outcome in outcomes],
                f"rate/{self.name}": [outcome["handshakes"] / outcome["seconds"] for outcome in outcomes]}


class Memory(Experiment):
    """Memory of 5,000 tunnels that have echoed one message and rest, over that of none."""

    fresh = True
    tunnels = 5000

    def __init__(self, tls):
        self.name = f"memory/idle/{_word(tls)}"
        super().__init__(Setting(tls=tls), [Figure(self.name, "KiB/tunnel", {"value": 10.0 if tls else 1.0})])

    def run(self, bench, proxy):
        # What the first tunnels allocate for all is not the cost of a tunnel.
        bench.load(proxy, "idle", tunnels=50, **_tls(self.setting))
        before = self._settled(proxy)
        with bench.begin_load(proxy, "idle", tunnels=self.tunnels, sources=SOURCES, **_tls(self.setting)) as load:
            grown = self._settled(proxy) - before
            load.measure()  # each tunnel must still be there
        return {self.name: grown / self.tunnels}

    @staticmethod
    def _settled(proxy):
        """PSS in KiB once it has stopped to change."""
        last, end = proxy.pss(), time.monotonic() + 10
        while time.monotonic() < end:
            time.sleep(0.3)
            fresh = proxy.pss()
            if fresh == last:
                return fresh
            last = fresh
        raise RunFailed("the memory does not come to rest")


class Bulk(Experiment):
    """One-way streams to four clients, in frames of 64 KiB."""

    in_turns = True

    def __init__(self, tls):
        self.name = f"bulk/{_word(tls)}"
        super().__init__(Setting(tls=tls), [Figure(f"cpu/{self.name}", "µs/MiB"), Figure(f"rate/{self.name}", "MiB/s")])

    def run(self, bench, proxy):
        outcomes = bench.load_in_rounds(proxy, "bulk", bench.seconds, tunnels=4, **_tls(self.setting))
        return {f"cpu/{self.name}": [outcome.cpu / outcome["bytes"] * 2**20 * 1e6 for outcome in outcomes],
                f"rate/{self.name}": [outcome["bytes"] / 2**20 / outcome["seconds"] for outcome in outcomes]}


class Get(Experiment):
    """GET of 1 KiB on kept client connections, with and without kept upstream connections."""

    in_turns = True

    def __init__(self, tls, upstream_keepalive):
        self.name = f"get/{_word(tls)}/{'upstream-kept' if upstream_keepalive else 'upstream-fresh'}"
        super().__init__(Setting(tls=tls, upstream_keepalive=upstream_keepalive), [
            Figure(f"cpu/{self.name}", "µs/request", {} if tls else {"nginx": 1.05}), Figure(f"rate/{self.name}", "1/s"),
        ])

    def run(self, bench, proxy):
        outcomes = bench.load_in_rounds(proxy, "get", bench.seconds, tunnels=32, **_tls(self.setting))
        return {f"cpu/{self.name}": [outcome.cpu / outcome["requests"] * 1e6 for outcome in outcomes],
                f"rate/{self.name}": [outcome["requests"] / outcome["seconds"] for outcome in outcomes]}


class Scaling(Experiment):
    """The same echo with two workers on two cores, over that with one worker on one core."""

    fresh = True

    def __init__(self, tls):
        self.name = f"scaling/{_word(tls)}/64B/100"
        super().__init__(Setting(tls=tls), [
            Figure(f"{self.name}/rate", "of one"), Figure(f"{self.name}/cpu", "of one"),
        ])

    def run(self, bench, proxy):
        one = self._echo(bench, proxy)
        both = frozenset({machine.PROXY_CORE, machine.PROXY_CORE + 1})
        with bench.started(proxy.name, replace(self.setting, workers=2, cores=both)) as other:
            two = self._echo(bench, other)
        return {f"{self.name}/rate": two[0] / one[0], f"{self.name}/cpu": two[1] / one[1]}

    def _echo(self, bench, proxy):
        outcome = bench.load(proxy, "echo", tunnels=100, seconds=bench.seconds, **_tls(self.setting))
        return outcome["messages"] / outcome["seconds"], outcome.cpu / outcome["messages"]


class Method(Experiment):
    """Handshakes with a balancing method over ten endpoints, over those with plain round robin. Both are loaded at the same
    time and share the core by turns of milliseconds, so that whatever else happens on the machine happens to both."""

    fresh = True
    turns = 3
    proxies = ("tidegate",)
    directives = {
        "least_conn": "least_conn;", "random-two": "random two least_conn;", "least_time": "least_time header;",
        "peak_ewma": "least_time peak_ewma;", "ip_hash": "ip_hash;", "hash": "hash $remote_addr$remote_port;",
        "hash-consistent": "hash $remote_addr$remote_port consistent;",
        "hash-bounded": "hash $remote_addr$remote_port consistent bounded_load=1.25;",
    }

    def __init__(self, method):
        self.name = f"method/{method}"
        self.balance = self.directives[method]
        super().__init__(Setting(endpoints=MOST_ENDPOINTS), [
            Figure(f"{self.name}/cpu", "of round robin", {"value": 1.05}), Figure(f"{self.name}/rate", "of round robin"),
        ])

    def run(self, bench, proxy):
        with bench.started(proxy.name, replace(self.setting, balance=self.balance)) as other:
            turns = [self._turn(bench, other, proxy) for _ in range(self.turns)]
        cpu, rate = (statistics.median(ratios) for ratios in zip(*turns))
        return {f"{self.name}/cpu": cpu, f"{self.name}/rate": rate}

    @staticmethod
    def _turn(bench, *proxies):
        """Of the first proxy over the second: CPU for a handshake, and handshakes per second."""
        with ExitStack() as stack, ThreadPoolExecutor(len(proxies)) as together:
            loads = [stack.enter_context(bench.begin_load(proxy, "handshake", tunnels=32, seconds=bench.seconds,
                                                          sources=SOURCES)) for proxy in proxies]
            outcomes = [running.result() for running in [together.submit(load.measure) for load in loads]]
        cpu, rate = ([value(outcome) for outcome in outcomes] for value in (
            lambda outcome: outcome.cpu / outcome["handshakes"],
            lambda outcome: outcome["handshakes"] / outcome["seconds"]))
        return cpu[0] / cpu[1], rate[0] / rate[1]


def all_experiments():
    found = []
    for tls in (False, True):
        found += [Echo(tls, size, tunnels) for size in SIZES for tunnels in TUNNELS
                  if SIZES[size] * tunnels <= MOST_IN_FLIGHT]
        found.append(Latency(tls))
        found += [Handshake(use) for use in (("full", "resumed") if tls else ("none",))]
        found.append(Memory(tls))
        found.append(Bulk(tls))
        found += [Get(tls, kept) for kept in (True, False)]
        found.append(Scaling(tls))
    found += [Method(name) for name in Method.directives]
    return found
