"""`terraform-map`: the map of Terraform addresses, made of the platform's states by its own pipeline. Needs no AWS."""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from registry_monitor.invocation import InvocationError
from registry_monitor.terraform import MappedResource
from registry_monitor.terraform.json_stream import JsonError
from registry_monitor.terraform.states import StateError, shown_resources, state_resources

_STANDARD_INPUT = "standard input"


def map_from_terminal(options: argparse.Namespace) -> int:
    """Print the map of all states given, by address; the exit code.

    Raises InvocationError for the first state that cannot be read: then nothing has been printed.
    """
    read = state_resources if options.state else shown_resources
    mapped: set[MappedResource] = set()
    for path in options.files or (None,):
        with _named_errors(str(path or _STANDARD_INPUT)), _opened(path) as source:
            mapped.update(read(source))
    lines = [json.dumps(each.model_dump(), ensure_ascii=False) for each in sorted(mapped, key=_place)]
    print("[\n" + ",\n".join(lines) + "\n]" if lines else "[]")
    return 0


def _place(resource: MappedResource) -> tuple[str, str]:
    return resource.address, resource.model_dump_json()


def _opened(path: Path | None) -> TextIO:
    if path is None:
        return open(sys.stdin.fileno(), encoding="utf-8", closefd=False)
    return path.open(encoding="utf-8")


@contextmanager
def _named_errors(name: str) -> Iterator[None]:
    """Tell which state it is that cannot be read. No words of its content leave: they may be secret."""
    try:
        yield
    except (StateError, JsonError) as error:
        raise InvocationError(f"{name} {error}") from None
    except UnicodeDecodeError:
        raise InvocationError(f"{name} is not text in UTF-8; expected JSON of Terraform") from None
    except OSError as error:
        raise InvocationError(f"{name} cannot be read: {error.strerror}; expected a file of JSON") from None
