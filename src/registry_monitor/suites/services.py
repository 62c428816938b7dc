"""Each service should be reached by its public host, be itself, run what was deployed, and reach the others.

*Passes when* the application behind the public host answers (not the load balancer for it), the answer is one that
only this service gives, all its running tasks run the revision and the images of the service's task definition, and
the calls that one service makes of another work, as the caller's answers prove.
*Needs* ecs:DescribeServices, ecs:ListTasks, ecs:DescribeTasks, ecs:DescribeTaskDefinition.
"""

from collections.abc import Sequence
from dataclasses import replace

from pydantic import JsonValue

from registry_monitor.clients.http import HttpError
from registry_monitor.inventory.facts import Task, TaskDefinition, known
from registry_monitor.model import Attempt, CannotTellError, Check, Outcome, SuiteName
from registry_monitor.suites.asking import TOO_MANY_REQUESTS, Question, ask, fetch, fresh_bad_key, judge, no_answer
from registry_monitor.suites.context import SuiteContext
from registry_monitor.suites.ecs_services import is_deploying, overdue_before
from registry_monitor.target import Call, DirectProbe, Expectation, Service

SUITE = SuiteName.SERVICES

_TASKS = ("ecs:DescribeServices", "ecs:ListTasks", "ecs:DescribeTasks", "ecs:DescribeTaskDefinition")


def checks(context: SuiteContext) -> list[Check]:
    """All checks of the suite, in the order in which they are reported."""
    listed: list[Check] = []
    for service in context.target.services:
        if service.public_host is not None:
            listed.append(_reachable_check(context, service, service.public_host))
        if service.public_host is not None and service.probe is not None:
            listed.append(_identity_check(context, service, service.public_host, service.probe))
        listed.append(_deployed_check(context, service))
    listed.extend(_call_check(context, call) for call in context.target.calls)
    return listed


def _reachable_check(context: SuiteContext, service: Service, host: str) -> Check:
    """Whoever answers must be an application: what the load balancer says in its place is no service."""
    path = service.probe.path if service.probe else service.health_path
    question = Question(f"https://{host}{path}", Expectation())

    def run(attempt: Attempt) -> Outcome:
        expected = "an answer of the application, whatever it says, but no 5xx"
        try:
            answer = fetch(context, attempt, question)
        except HttpError as error:
            outcome = no_answer(question, error)
            return outcome.model_copy(update={"expected": expected})
        return Outcome.judge(
            answer.written_by not in ("load balancer", "firewall") and answer.status < 500,
            expected=expected,
            seen=answer.describe(),
            evidence=answer.evidence(),
            latency_ms=answer.elapsed_ms,
            is_final=answer.status == TOO_MANY_REQUESTS,
        )

    return Check(
        id=f"{SUITE}.{service.role}.reachable",
        suite=SUITE,
        subject=f"{service.name} by {host}",
        run=run,
        host=host,
        service=service.role,
        requests=(question.told,),
    )


def _identity_check(context: SuiteContext, service: Service, host: str, probe: DirectProbe) -> Check:
    question = Question(f"https://{host}{probe.path}", probe.expect, key=probe.key)
    return Check(
        id=f"{SUITE}.{service.role}.identity",
        suite=SUITE,
        subject=f"{service.name}, known by {question.told}",
        run=lambda attempt: ask(context, attempt, question),
        after=(f"{SUITE}.{service.role}.reachable",),
        host=host,
        service=service.role,
        requests=(question.told,),
    )


def _deployed_check(context: SuiteContext, service: Service) -> Check:
    def run(attempt: Attempt) -> Outcome:
        services = known(context.inventory.ecs_services(attempt.remaining_s))
        there = services.named(service.name)
        if there is None:
            seen = "runs nothing: the service does not exist"
            return Outcome.judge(False, expected="running tasks of its task definition", seen=seen)
        tasks = known(context.inventory.tasks(service.name, attempt.remaining_s))
        definition = known(context.inventory.task_definition(there.task_definition, attempt.remaining_s))
        is_under_way = is_deploying(there, overdue_before(context.target))
        return judge_deployed(tasks, definition, is_deploying=is_under_way)

    return Check(
        id=f"{SUITE}.{service.role}.deployed",
        suite=SUITE,
        subject=f"What {service.name} runs",
        run=run,
        service=service.role,
        requests=_TASKS,
    )


def is_image(runs: str, wanted: str) -> bool:
    """Whether a task's image is the one of its definition; ECS may add the digest to which a tag was resolved.

    (ECS developer guide, "Container image resolution".)
    """
    return runs == wanted or ("@" not in wanted and runs.partition("@")[0] == wanted)


def judge_deployed(tasks: Sequence[Task], definition: TaskDefinition, *, is_deploying: bool) -> Outcome:
    """Every running task has the service's revision and its images; two revisions belong to a deployment under way.

    Containers that are not of the task definition are AWS's own (GuardDuty and Service Connect add theirs to tasks).
    """
    expected = f"running tasks of {definition.family}:{definition.revision}, with its images"
    running = [task for task in tasks if task.last_status == "RUNNING"]
    evidence: dict[str, JsonValue] = {"task_definition": definition.arn, "images": {**definition.images}}
    if not running:
        return Outcome.judge(False, expected=expected, seen="is nothing: no task runs", evidence=evidence)
    revisions = {task.task_definition for task in running}
    right = [task for task in running if task.task_definition == definition.arn]
    others = {
        image: None
        for task in right
        for container, wanted in sorted(definition.images.items())
        if not is_image(image := task.images.get(container, f"no container {container}"), wanted)
    }
    if revisions != {definition.arn} and not is_deploying:
        told = ", ".join(sorted(arn.rpartition("/")[2] for arn in revisions))
        return Outcome.judge(
            False, expected=expected, seen=f"is {told}, without a deployment in its time", evidence=evidence
        )
    if others:
        seen = f"is another image: {'; '.join(others)}"
        return Outcome.judge(False, expected=expected, seen=seen, evidence=evidence)
    images = ", ".join(sorted(definition.images.values()))
    tasks_told = f" of {len(running)} tasks, with a deployment under way" if is_deploying else " tasks"
    seen = f"is {definition.family}:{definition.revision} ({images}) in {len(right)}{tasks_told}"
    return Outcome.judge(True, expected=expected, seen=seen, evidence=evidence)


def _call_check(context: SuiteContext, call: Call) -> Check:
    authentication = context.target.authentication
    question = Question(call.url, call.expect, key=call.key, budget_ms=call.budget_ms)

    def run(attempt: Attempt) -> Outcome:
        if not call.bad_key:
            return ask(context, attempt, question)
        if authentication is None:
            raise CannotTellError("the target has no section 'authentication', so no bad key can be made")
        header = context.target.keys.sent_as.carrying(fresh_bad_key(authentication))
        return _refused(context, attempt, replace(question, headers=header))

    return Check(
        id=f"{SUITE}.call.{call.id}",
        suite=SUITE,
        subject=f"The call of {call.caller} to {call.callee}",
        run=run,
        host=question.host,
        service=call.caller,
        requests=(question.told,),
    )


def _refused(context: SuiteContext, attempt: Attempt, question: Question) -> Outcome:
    """The answer to a bad key; that it was let in is a security failure, and once is proof enough."""
    try:
        answer = fetch(context, attempt, question)
    except HttpError as error:
        return no_answer(question, error)
    outcome = judge(answer, question)
    if outcome.status.is_passed or answer.status not in range(200, 300) or answer.written_by == "load balancer":
        return outcome
    seen = f"{outcome.seen}: it lets in a key that nobody has been given"
    return outcome.model_copy(update={"seen": seen, "is_security_failure": True, "is_final": True})
