"""One call of bench/run: the backend, the proxies, and the interleaved rounds."""

import shutil
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from harness import machine
from harness.build import make_certificate
from harness.load import Load, total
from harness.proxies import ENGINES, KINDS, MOST_ENDPOINTS, NotSupported, Process, RunFailed, free_port, rest
from harness.turns import Turns

# Seconds. Long enough for some hundred events, and short beside what happens on a machine.
TURN = 0.1


class Session:
    """`binaries` are the programs by name, `load` and `backend` among them."""

    def __init__(self, binaries, proxies, rounds, seconds):
        self.binaries, self.rounds, self.seconds = binaries, rounds, seconds
        self._turns = None  # of the proxies that are measured at the same time
        self.notes = []
        self.foreign = []  # of every run: the share of the proxy's core that others used
        self._folder = Path(tempfile.mkdtemp(prefix="tidegate-bench-"))
        self._folder.chmod(0o755)
        certificate = make_certificate(self._folder)
        self._backends = [self._start_backend(f"backend-{number}") for number in range(MOST_ENDPOINTS)]
        self.backend = self._backends[0]
        ports = [backend.port for backend in self._backends]
        # Each proxy begins with a backend of its own: all tunnels of all proxies are more descriptors than one may have.
        self.kinds = {
            name: (KINDS | ENGINES)[name](binaries[name], self._folder, certificate, ports[first:] + ports[:first])
            for first, name in enumerate(proxies)
        }

    def close(self):
        for backend in self._backends:
            backend.stop()
        shutil.rmtree(self._folder)

    def _start_backend(self, folder, *options):
        (self._folder / folder).mkdir()
        port = free_port()
        command = [self.binaries["backend"], f"--listen=127.0.0.1:{port}", *options]
        return Process("backend", command, self._folder / folder, self._load_cores(), port)

    @staticmethod
    def _load_cores():
        return {machine.LOAD_CORE}

    def note(self, text):
        self.notes.append(text)

    @contextmanager
    def started(self, name, setting):
        process = self.kinds[name].start(setting)
        try:
            yield process
        finally:
            process.stop()

    def begin_load(self, proxy, mode, **options):
        if self._turns is None:
            rest([proxy, *self._backends])
        return Load(self.binaries["load"], self._load_cores(), proxy, mode, **options)

    def load(self, proxy, mode, turn=TURN, **options):
        """One run from beginning to end; the proxy and the backend are at rest before it and after it."""
        return total(self.load_in_turns(proxy, mode, turn, **options))

    def load_in_turns(self, proxy, mode, turn, seconds=0, **options):
        """The same in pieces of `turn` seconds, between which the other proxies have theirs; in one where it is alone."""
        pieces = max(1, round(seconds / turn)) if self._turns is not None else 1
        if seconds:
            options["seconds"] = seconds / pieces
        with self.begin_load(proxy, mode, **options) as load:
            if self._turns is None:
                outcomes = [load.measure()]
            else:
                outcomes = self._measure_in_turns(load, pieces)
        if self._turns is None:
            rest([proxy])
        foreign = total(outcomes).foreign
        if foreign is not None:
            self.foreign.append(foreign)
        return outcomes

    def _measure_in_turns(self, load, pieces):
        outcomes = []
        self._turns.meet()  # everything is open
        for _ in range(pieces):
            with self._turns.of(load.proxy.name):
                outcomes.append(load.measure())
        self._turns.meet()  # and nothing is closed before
        return outcomes

    def check_the_judge(self):
        """The load program must accept every byte of a sound answer and notice one that is spoilt."""
        for size in (64, 1024, 70000, 1024 * 1024):
            self.load(self.backend, "echo", size=size, tunnels=5, messages=50, compare="all", warmup=0)
        faulty = self._start_backend("faulty", "--fault=flip")
        try:
            self.load(faulty, "echo", size=64, messages=1, warmup=0)
        except RunFailed:
            return
        finally:
            faulty.stop()
        sys.exit("bench: the load program accepted a spoilt answer; no figure of it is worth anything")

    def run(self, experiment):
        """All rounds of one experiment. Returns {figure: {proxy: values}} and {proxy: why it has none}."""
        values = {figure.name: {} for figure in experiment.figures}
        missing = {}
        with ExitStack() as stack:
            running = {}
            for name in [name for name in self.kinds if name in experiment.proxies or not experiment.proxies]:
                try:
                    if experiment.fresh:
                        with self.started(name, experiment.setting):
                            running[name] = None
                    else:
                        running[name] = stack.enter_context(self.started(name, experiment.setting))
                except NotSupported as reason:
                    missing[name] = f"not supported: {reason}"
                except RunFailed as reason:
                    missing[name] = f"failed: {reason}"
            experiment.prepare(self, running, missing)
            for number in range(min(self.rounds, experiment.most_rounds)):
                order = [name for name in running if name not in missing]
                first = number % max(1, len(order))
                order = order[first:] + order[:first]
                if order and experiment.in_turns:
                    self._run_in_turns(experiment, order, running, values, missing)
                    continue
                for name in order:
                    self._run_once(experiment, name, running[name], values, missing)
        for name in missing:
            for each in values.values():
                each.pop(name, None)
        return values, missing

    def _run_in_turns(self, experiment, names, running, values, missing):
        """One round in which all proxies are measured by turns. One that fails costs the others this round."""
        rest([*(running[name] for name in names), *self._backends])
        self._turns = Turns(names)
        try:
            with ThreadPoolExecutor(len(names)) as pool:
                list(pool.map(lambda name: self._run_beside_others(experiment, name, running[name], values, missing), names))
        finally:
            self._turns = None

    def _run_beside_others(self, experiment, name, process, values, missing):
        try:
            self._run_once(experiment, name, process, values, missing)
        except BaseException:
            self._turns.abort()
            raise

    def _run_once(self, experiment, name, process, values, missing):
        try:
            if process is None:
                with self.started(name, experiment.setting) as fresh:
                    found = experiment.run(self, fresh)
            else:
                found = experiment.run(self, process)
        except threading.BrokenBarrierError:
            return
        except (RunFailed, FileNotFoundError) as reason:
            missing[name] = f"failed: {reason}"
            if self._turns is not None:
                self._turns.abort()
            return
        for figure in values:
            values[figure].setdefault(name, []).extend(found[figure] if isinstance(found[figure], list) else [found[figure]])
