"""Step Functions: moto's interpreter, and the three things that it has not.

``ItemBatcher``: its grammar does not know the field. ``ResultWriter``: it writes a manifest without files. Lambda: its
own runs code in Docker alone. Each is added at the narrowest place, as AWS's guides have it.

What moto is given differs from the deployed definition in three words (``_for_moto``): the batcher is left out; a
percentage is 100.0, since its grammar takes no whole number there; children are STANDARD, since it knows no others.
Either kind of child is executed state by state as it stands.
"""

import copy
import io
import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.distributed_iteration_component import (
    DistributedIterationComponent,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.result_writer.resource_eval.resource_eval_s3 import (
    ResourceEvalS3,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils

from tests.fleet.deployed import REGION, fleets_stack
from tests.template.stack import Json

type Invoke = Callable[[str, Json], Any]  # a function's ARN and its event: its answer


class Interpreter:
    """The state machine of the fleet, as deployed.

    Of the last execution, ``batches``: how many items each child had; ``began_s``: by ``time.monotonic``.
    """

    def __init__(self, batcher: Json) -> None:
        self._batcher = batcher
        self.batches: list[int] = []
        self.began_s = 0.0

    def execute(self, given: Json, timeout_s: float) -> Json:
        """Start one execution and wait for its end: as DescribeExecution tells it."""
        states = boto3.client("stepfunctions", region_name=REGION)
        properties = fleets_stack().properties("Fleet")
        definition = json.dumps(_for_moto(properties["Definition"]))
        machine = states.create_state_machine(
            name=properties["StateMachineName"], definition=definition, roleArn=properties["RoleArn"]
        )
        self.began_s = time.monotonic()
        asked = {"name": str(uuid.uuid4()), "input": json.dumps(given)}
        started = states.start_execution(stateMachineArn=machine["stateMachineArn"], **asked)
        give_up = time.monotonic() + timeout_s
        while time.monotonic() < give_up:
            told: Json = states.describe_execution(executionArn=started["executionArn"])
            if told["status"] != "RUNNING":
                return told
            time.sleep(0.1)
        raise TimeoutError(f"the execution did not end in {timeout_s:g} s")

    def batched(self, items: list[Json], state_input: Json) -> list[Json]:
        """Step Functions developer guide, "ItemBatcher (Map)": each child's input is BatchInput and Items."""
        most = self._batcher["MaxItemsPerBatch"]
        fixed = {key.removesuffix(".$"): state_input[path.removeprefix("$.")]
                 for key, path in self._batcher["BatchInput"].items()}  # fmt: skip
        made = [{"BatchInput": fixed, "Items": items[first : first + most]} for first in range(0, len(items), most)]
        self.batches = [len(each["Items"]) for each in made]
        return made


def _for_moto(definition: Json) -> Json:
    """The definition without what moto's grammar refuses."""
    given = copy.deepcopy(definition)
    visit = given["States"]["VisitTargets"]
    visit.pop("ItemBatcher")
    visit["ToleratedFailurePercentage"] = float(visit["ToleratedFailurePercentage"])
    visit["ItemProcessor"]["ProcessorConfig"]["ExecutionType"] = "STANDARD"
    return given


@contextmanager
def interpreter(patch: pytest.MonkeyPatch, invoke: Invoke) -> Iterator[Interpreter]:
    """Moto as AWS in this process, executing state machines; ``invoke``: in the place of Lambda."""
    batcher = fleets_stack().properties("Fleet")["Definition"]["States"]["VisitTargets"]["ItemBatcher"]
    made = Interpreter(batcher)
    _batch_items(patch, made)
    _write_results(patch)
    patch.setattr(lambda_eval_utils, "_invoke_lambda_function", lambda **asked: _invoked(invoke, **asked))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        patch.setenv(name, "fake")
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        yield made


def _batch_items(patch: pytest.MonkeyPatch, made: Interpreter) -> None:
    run_map = DistributedIterationComponent._map_run

    def run_batches(component: Any, env: Any, eval_input: Any) -> None:
        inputs = made.batched(env.stack.pop(), env.states.get_input())
        env.stack.append(inputs)
        run_map(component, env, eval_input)
        eval_input.map_run_record.inputs = inputs  # for who writes the results

    patch.setattr(DistributedIterationComponent, "_map_run", run_batches)


def _write_results(patch: pytest.MonkeyPatch) -> None:
    """As the guide has it: files by status, each an array of executions with input and output as texts.

    "ResultWriter (Map)", "Exporting to Amazon S3". Moto's worker leaves None as the output of a child that failed.
    """

    def put(env: Any, resource_runtime_part: Any, state_credentials: Any) -> None:
        place, outputs = env.stack.pop(), env.stack.pop()
        record = env.map_run_record_pool_manager.get_all().pop()
        folder = f"{place['Prefix']}/{record.map_run_arn.split(':')[-1]}"
        s3 = boto3.client("s3", region_name=resource_runtime_part.region)
        files: dict[str, list[Json]] = {"FAILED": [], "PENDING": [], "SUCCEEDED": []}
        executions = [_execution(given, told) for given, told in zip(record.inputs, outputs, strict=True)]
        for status, listed in files.items():
            if of_status := [each for each in executions if each["Status"] == status]:
                body = json.dumps(of_status).encode()
                s3.put_object(Bucket=place["Bucket"], Key=f"{folder}/{status}_0.json", Body=body)
                listed.append({"Key": f"{folder}/{status}_0.json", "Size": len(body)})
        manifest = {"DestinationBucket": place["Bucket"], "MapRunArn": record.map_run_arn, "ResultFiles": files}
        s3.put_object(Bucket=place["Bucket"], Key=f"{folder}/manifest.json", Body=json.dumps(manifest).encode())
        details = {"Bucket": place["Bucket"], "Key": f"{folder}/manifest.json"}
        env.stack.append({"MapRunArn": record.map_run_arn, "ResultWriterDetails": details})

    patch.setattr(ResourceEvalS3, "_handle_put_object", staticmethod(put))


def _execution(given: Json, told: Any) -> Json:
    common = {"Input": json.dumps(given), "InputDetails": {"Included": True}}
    if told is None:
        return common | {"Status": "FAILED", "Error": "States.Runtime", "Cause": "not told by moto"}
    return common | {"Status": "SUCCEEDED", "Output": json.dumps(told), "OutputDetails": {"Included": True}}


def _invoked(invoke: Invoke, parameters: Json, region: str, state_credentials: Any) -> Json:
    """Lambda API reference, "Invoke": an error of the function is an answer, with its type in the payload."""
    try:
        answer = invoke(parameters["FunctionName"], json.loads(parameters["Payload"]))
    except ClientError:
        raise  # Lambda's own
    except Exception as error:  # noqa: BLE001 - as Lambda does
        told = {"errorType": type(error).__name__, "errorMessage": str(error)}
        return {"StatusCode": 200, "FunctionError": "Unhandled", "Payload": told}
    return {"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": json.load(io.StringIO(json.dumps(answer)))}
