"""Where a job's executors run on this machine, as Spark's master URL says it. Pure."""

from .workers import Workers

LOCAL, CLUSTER = "local", "cluster"
_TASK_FAILURES = 4
_MB_PER_GB = 1024


def master(kind: str, workers: Workers, machine_cores: int) -> str:
    """Return the master for a job that got these workers.

    `local`: threads of the driver, one a core of the executors, and no more than the machine has cores: more would only
    take turns. A task is tried as often as on the service, where plain `local[n]` would try once.
    `cluster`: each executor is a process of its own with its cores and memory, also when the machine has fewer cores.
    """
    executors = max(1, workers.executors)
    size = workers.executor
    if kind == CLUSTER:
        return f"local-cluster[{executors},{size.cpu},{size.memory_gb * _MB_PER_GB}]"
    return f"local[{min(executors * size.cpu, machine_cores)},{_TASK_FAILURES}]"
