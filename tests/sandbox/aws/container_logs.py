"""What the stand-ins and MLflow log, written to CloudWatch Logs as the awslogs driver would."""

import logging
import logging.handlers
import queue
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from tests.sandbox.aws.scheduler import Scheduler
from tests.sandbox.aws.tasks import write_log

if TYPE_CHECKING:
    from tests.sandbox.world import World

_LOGGER = logging.getLogger("tests.sandbox.services")
# Module -> application; all other modules are the API's. The MLflow server itself logs as one of them.
_APPLICATIONS = {"auth": "auth", "mlflow_front": "mlflow", "mlflow_server": "mlflow", "features": "features"}


class ContainerLogs(logging.Handler):
    """Takes the log records of the containers from ``start`` to ``stop``; a thread of its own writes them."""

    def __init__(self, world: "World", scheduler: Scheduler) -> None:
        super().__init__(logging.INFO)
        self._world = world
        self._scheduler = scheduler
        records: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
        self._entrance = logging.handlers.QueueHandler(records)
        self._listener = logging.handlers.QueueListener(records, self)

    def start(self) -> None:
        """Begin to take records."""
        self._listener.start()
        _LOGGER.addHandler(self._entrance)

    def stop(self) -> None:
        """Write what is still waiting, and take no more."""
        _LOGGER.removeHandler(self._entrance)
        self._listener.stop()
        self._entrance.close()
        self.close()

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record to the stream of its service's newest task; without service, task or log group it is lost.

        A stand-in may also run by itself, beside a platform that has no such service.
        """
        application = _APPLICATIONS.get(record.name.rpartition(".")[2], "api")
        names = {service.name for service in self._world.platform.services if service.application == application}
        tasks = [task for task in self._scheduler.tasks if task.service["serviceName"] in names]
        if tasks:
            try:
                write_log(self._world, tasks[-1].service, tasks[-1].record, self.format(record))
            except ClientError:
                return
