"""What the machine is, what a process has cost, and where processes run."""

import os
import resource
import subprocess
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
PROXY_CORE = 0
LOAD_CORE = 1


def descriptor_limit():
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def confine(cores):
    """For preexec_fn: the cores a process may use, and every descriptor it may have."""

    def apply():
        os.sched_setaffinity(0, cores)
        limit = descriptor_limit()
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))

    return apply


def processes_of_session(leader):
    """The numbers of all processes that were started by `leader`, which leads its session, and itself."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            # The name in parentheses may hold anything; the session is the fourth field behind it.
            session = int((entry / "stat").read_text().rpartition(")")[2].split()[3])
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we looked
        if session == leader:
            found.append(int(entry.name))
    return sorted(found)


def cpu_seconds(process):
    """User and system time of all threads: in nanoseconds where the kernel tells, otherwise in clock ticks."""
    tasks = list(Path(f"/proc/{process}/task").iterdir())
    try:
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9
    except FileNotFoundError:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK


def pss_kib(process):
    """Memory of a process, shared pages counted by their share."""
    for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    raise RuntimeError(f"no Pss in /proc/{process}/smaps_rollup")


def busy_seconds(core):
    """How long a core has been at work for anybody, stolen time included; in clock ticks."""
    for line in Path("/proc/stat").read_text().splitlines():
        if line.startswith(f"cpu{core} "):
            user, nice, system, _, _, irq, softirq, steal = map(int, line.split()[1:9])
            return (user + nice + system + irq + softirq + steal) / TICK
    raise RuntimeError(f"no core {core}")


def _connection_tracking():
    count, most = (Path(f"/proc/sys/net/netfilter/nf_conntrack_{word}") for word in ("count", "max"))
    return f"{count.read_text().strip()} of {most.read_text().strip()} entries" if count.exists() else "none"


def describe():
    """Machine and kernel, for the head of the table."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "memory GiB": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1),
        "kernel": os.uname().release,
        "kernel TLS": "tls" in Path("/proc/sys/net/ipv4/tcp_available_ulp").read_text().split(),
        "connection tracking": _connection_tracking(),
        "descriptors per process": descriptor_limit(),
    }


def version(*command):
    """The first line with a digit that a program prints about itself."""
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    for line in (done.stdout + done.stderr).splitlines():
        if any(each.isdigit() for each in line):
            return line.strip()
    raise RuntimeError(f"{command[0]} does not say its version")
