"""Each task should answer by its own address, past the load balancer: so that a broken service and a broken way part.

*Passes when* each running task of a service accepts connections on its container's port, answers its health path
asked by its address and by the public host, does the service's work, and is the one that the target groups register.
*Needs* the platform to open the ports to the monitor's security group; where it has not, the checks are UNKNOWN with
the rule to add, or SKIPPED where the target says so, never FAIL. ecs:ListTasks, ecs:DescribeTasks.
"""

from collections.abc import Callable, Mapping

from pydantic import JsonValue

from registry_monitor.clients.connection import open_connection
from registry_monitor.clients.http import HttpError
from registry_monitor.inventory.facts import EcsService, Task, known
from registry_monitor.model import Attempt, CannotTellError, Check, Outcome, SuiteName
from registry_monitor.suites.asking import Question, fetch
from registry_monitor.suites.context import SuiteContext
from registry_monitor.suites.ecs_services import is_deploying, is_young, overdue_before, settled_before
from registry_monitor.suites.expecting import describe, difference
from registry_monitor.suites.reach import refuse_to_blame, why_not_asked
from registry_monitor.target import DirectProbe, Service

SUITE = SuiteName.SERVICES_DIRECT

_TASKS = ("ecs:ListTasks", "ecs:DescribeTasks")

# So many tasks that accept nothing mean a closed port, where none before them did: they share security groups. The
# silences end within a check's 15 s.
_SILENCES = 2

type _AskTask = Callable[[Attempt, str], str | None]  # (attempt, address) -> what is wrong; raises HttpError


def checks(context: SuiteContext) -> list[Check]:
    """All checks of the suite, in the order in which they are reported."""
    return [check for service in context.target.services for check in _service_checks(context, service)]


def _service_checks(context: SuiteContext, service: Service) -> list[Check]:
    accepts = _task_check(context, service, "accepts", "a connection to its port", _connect(service))
    listed = [accepts, _registered_check(context, service)]
    alive = DirectProbe(path=service.health_path)
    asked: dict[str, tuple[DirectProbe, str | None]] = {"by-address": (alive, None)}
    if service.public_host is not None:
        asked["by-host"] = (alive, service.public_host)
        if service.probe is not None:
            asked["works"] = (service.probe, service.public_host)
    for aspect, (probe, host) in asked.items():
        expected = _ALIVE if probe is alive else describe(probe.expect)
        ask = _get(context, service, probe, host)
        listed.append(_task_check(context, service, aspect, expected, ask, after=(accepts.id,)))
    return listed


_ALIVE = "an answer below 400 on its health path"


def _connect(service: Service) -> _AskTask:
    def ask(attempt: Attempt, address: str) -> str | None:
        open_connection(attempt, address, service.container_port).close()
        return None

    return ask


def _get(context: SuiteContext, service: Service, probe: DirectProbe, host: str | None) -> _AskTask:
    is_probe = probe is service.probe

    def ask(attempt: Attempt, address: str) -> str | None:
        url = f"http://{address}:{service.container_port}{probe.path}"
        headers = {"Host": host} if host else None
        answer = fetch(context, attempt, Question(url, probe.expect, key=probe.key, headers=headers))
        if not is_probe:
            return answer.describe() if answer.status >= 400 else None
        differs = difference(answer, probe.expect)
        return f"{answer.describe()}: {differs}" if differs else None

    return ask


def _task_check(
    context: SuiteContext,
    service: Service,
    aspect: str,
    expected: str,
    ask: _AskTask,
    after: tuple[str, ...] = (),
) -> Check:
    """Each running task in turn; one that is wrong is enough, and all are told.

    Where one task accepts connections, the port is open to the monitor: another's silence is then its own.
    """

    def run(attempt: Attempt) -> Outcome:
        there, tasks = _running(context, service, attempt)
        groups = there.security_groups if there is not None else ()
        wrong: dict[str, str] = {}
        silent = 0
        for number, task in enumerate(tasks, start=1):
            address = task.address or ""
            try:
                seen = ask(attempt, address)
            except CannotTellError:
                if not wrong:
                    raise
                break  # one that is wrong is proved, and the time for the others is over
            except HttpError as error:
                seen = str(error)
                silent += error.kind == "connect timeout"
                if silent == number == min(len(tasks), _SILENCES):
                    refuse_to_blame(error, f"{service.name} at {address}", service.container_port, groups)
            if seen is not None:
                wrong[address] = seen
        return _judge_tasks([task.address or "" for task in tasks], wrong, expected)

    return Check(
        id=f"{SUITE}.{service.role}.{aspect}",
        suite=SUITE,
        subject=f"Each task of {service.name}, asked directly,",
        run=run,
        after=after,
        host=service.name,
        service=service.role,
        requests=(f"GET http://<task>:{service.container_port}/…" if after else "TCP", *_TASKS),
        skip=why_not_asked(context, service.role),
    )


def _running(context: SuiteContext, service: Service, attempt: Attempt) -> tuple[EcsService | None, tuple[Task, ...]]:
    """The service, where it exists, and its running tasks."""
    there = known(context.inventory.ecs_services(attempt.remaining_s)).named(service.name)
    tasks = () if there is None else known(context.inventory.tasks(service.name, attempt.remaining_s))
    running = tuple(task for task in tasks if task.address and task.last_status == "RUNNING")
    moment = settled_before()
    settled = tuple(task for task in running if not is_young(task, moment))
    return there, settled or running  # one that has just started need not listen yet, where others do


def _judge_tasks(addresses: list[str], wrong: Mapping[str, str], expected: str) -> Outcome:
    if not addresses:
        return Outcome.judge(False, expected=expected, seen="cannot be asked: no task runs")
    told = "; ".join(f"{address} {seen}" for address, seen in wrong.items())
    right = len(addresses) - len(wrong)
    evidence: dict[str, JsonValue] = {"tasks": [*addresses], "wrong": {**wrong}}
    seen = f"is right in {right} of {len(addresses)}" + (f": {told}" if told else "")
    is_final = any("answered 429" in each for each in wrong.values())  # a rate limit: nothing is asked again
    return Outcome.judge(not wrong, expected=expected, seen=seen, evidence=evidence, is_final=is_final)


def _registered_check(context: SuiteContext, service: Service) -> Check:
    """A target that is no running task, or a task that is no target, is a broken way to a service that works."""

    def run(attempt: Attempt) -> Outcome:
        there, tasks = _running(context, service, attempt)
        running = {task.address for task in tasks if task.address}
        registered = {
            target.id
            for group in (there.targets if there is not None else ())
            for target in known(context.inventory.target_health(group.target_group_arn, attempt.remaining_s))
            if target.state != "draining"
        }
        known_tasks = known(context.inventory.tasks(service.name, attempt.remaining_s)) if there is not None else ()
        starting = {task.address for task in known_tasks}  # one that is being started may be registered already
        told = [f"{address} runs and is no target" for address in sorted(running - registered)]
        told += [f"{address} is a target and no running task" for address in sorted(registered - running - starting)]
        is_under_way = there is not None and is_deploying(there, overdue_before(context.target))
        is_right = bool(running & registered) and (not told or is_under_way)
        return Outcome.judge(
            is_right,
            expected="its running tasks, and nothing else, registered",
            seen="; ".join(told)
            or (f"are its {len(running)} running tasks" if running else "are none, and no task runs"),
            evidence={"registered": [*sorted(registered)], "running": [*sorted(running)]},
        )

    return Check(
        id=f"{SUITE}.{service.role}.registered",
        suite=SUITE,
        subject=f"The targets of {service.name}",
        run=run,
        service=service.role,
        requests=(*_TASKS, "elasticloadbalancing:DescribeTargetHealth"),
    )
