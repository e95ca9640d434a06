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
TURN = 0.2
# Of what has a new process for each run, and hardly scatters.
MOST_ROUNDS_ALONE = 5


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
        rest([proxy, *self._backends])
        return self._open_load(proxy, mode, **options)

    def load(self, proxy, mode, **options):
        """One run of a proxy that is measured alone; it is at rest before and after."""
        with self.begin_load(proxy, mode, **options) as load:
            outcome = load.measure()
        rest([proxy])
        self._watch_foreign(outcome)
        return outcome

    def load_in_turns(self, proxy, mode, turn, seconds, **options):
        """All rounds of a proxy that is measured beside others, which have their turns in between: an outcome for each turn.
        A round is `seconds`, in turns of about `turn`."""
        turns = max(1, round(seconds / turn))
        outcomes = []
        with self._open_load(proxy, mode, seconds=seconds / turns, **options) as load:
            self._turns.meet()  # everything is open
            for _ in range(self.rounds * turns):
                with self._turns.of(proxy.name):
                    outcomes.append(load.measure())
            self._turns.meet()  # and nothing is closed before
        self._watch_foreign(total(outcomes))
        return outcomes

    def load_in_rounds(self, proxy, mode, seconds, turn=TURN, **options):
        """The same as an outcome for each round. The turns of a round are spread over the whole time, among those of the
        other rounds: while the machine is slow, all of them are."""
        outcomes = self.load_in_turns(proxy, mode, turn, seconds, **options)
        return [total(outcomes[first::self.rounds]) for first in range(self.rounds)]

    def _open_load(self, proxy, mode, **options):
        if proxy.backend_in_load:
            options["backend"] = proxy.backend_in_load
        return Load(self.binaries["load"], self._load_cores(), proxy, mode, **options)

    def _watch_foreign(self, outcome):
        if outcome.foreign is not None:
            self.foreign.append(outcome.foreign)

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
            if experiment.in_turns:
                self._run_in_turns(experiment, running, values, missing)
            else:
                self._run_alone(experiment, running, values, missing)
        for name in missing:
            for each in values.values():
                each.pop(name, None)
        return values, missing

    def _run_alone(self, experiment, running, values, missing):
        """One round after the other, and in a round one proxy after the other."""
        for number in range(min(self.rounds, MOST_ROUNDS_ALONE)):
            order = [name for name in running if name not in missing]
            first = number % max(1, len(order))
            for name in order[first:] + order[:first]:
                self._run_once(experiment, name, running[name], values, missing)

    def _run_in_turns(self, experiment, running, values, missing):
        """All rounds at the same time. When a proxy fails in them, they are repeated without it."""
        while names := [name for name in running if name not in missing]:
            for each in values.values():
                each.clear()
            rest([*(running[name] for name in names), *self._backends])
            self._turns = Turns(names)
            with ThreadPoolExecutor(len(names)) as pool, self._turns.together():
                list(pool.map(lambda name: self._run_beside_others(experiment, name, running[name], values, missing), names))
            if not any(name in missing for name in names):
                return

    def _run_beside_others(self, experiment, name, process, values, missing):
        with self._turns.together():
            self._run_once(experiment, name, process, values, missing)

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
            if experiment.in_turns:
                self._turns.abort()
            return
        for figure in values:
            values[figure].setdefault(name, []).extend(found[figure] if isinstance(found[figure], list) else [found[figure]])
