"""Children answer, refuse and fail; whatever they do, they leave their bounds for no one."""

import asyncio
import os
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import BaseModel

from amanah.contracts.errors import AmanahError, BadInput, Refused
from amanah.runtime.child_process import Bounds, ChildFailed, run

AMPLE = Bounds(seconds=60, memory=2 << 30, output=1 << 20)


class Order(BaseModel):
    """Input of the children of these tests."""

    text: str = ""


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Makes the module of a child, with this body of `answer(order)`; its name."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def make(body: str) -> str:
        lines = ["import json, os, resource, signal, sys, time", "from amanah.contracts import errors"]
        source = "\n".join([*lines, "def answer(order):", textwrap.indent(textwrap.dedent(body), "    ")])
        (tmp_path / "of_a_test.py").write_text(source)
        return "of_a_test"

    return make


async def reason(module: str, bounds: Bounds = AMPLE) -> str:
    with pytest.raises(ChildFailed) as failed:
        await run(module, Order(), bounds)
    assert failed.value.reason not in str(failed.value), "a reason is for logs alone"
    return failed.value.reason


async def test_the_order_goes_in_and_the_answer_comes_out(child: Callable[[str], str]) -> None:
    module = child("return json.loads(order)['text'].encode() * 2")
    assert await run(module, Order(text="beras é"), AMPLE) == "beras éberas é".encode()


async def test_a_large_order_meets_a_large_answer(child: Callable[[str], str]) -> None:
    order = Order(text="x" * 900_000)
    assert await run(child("return order"), order, AMPLE) == order.model_dump_json().encode()


async def test_what_is_printed_is_no_part_of_the_answer(child: Callable[[str], str]) -> None:
    module = child("print('a library says hello'); print('and complains', file=sys.stderr); return b'the answer'")
    assert await run(module, Order(), AMPLE) == b"the answer"


async def test_a_child_is_another_process_of_few_threads(child: Callable[[str], str]) -> None:
    module = child("return f'{os.getppid()} {os.environ[\"RAYON_NUM_THREADS\"]}'.encode()")
    assert await run(module, Order(), AMPLE) == f"{os.getpid()} 2".encode()


@pytest.mark.parametrize(
    ("raised", "kind", "message", "field"),
    [
        ("errors.Refused('file_empty', 'uploadId')", Refused, "file_empty", "uploadId"),
        ("errors.BadInput('bad_input.body')", BadInput, "bad_input.body", None),
    ],
)
async def test_the_childs_own_errors_are_raised_here(
    child: Callable[[str], str], raised: str, kind: type[AmanahError], message: str, field: str | None
) -> None:
    with pytest.raises(kind) as refused:
        await run(child(f"raise {raised}"), Order(), AMPLE)
    error = refused.value
    assert (error.code, error.text, error.field) == (kind(message).code, kind(message).text, field)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("raise ValueError('no such layout')", "ended with status 1: ValueError: no such layout"),
        ("sys.exit(1)", "ended with status 1"),
        ("sys.exit(70)", "ended with status 70"),
        ("return 'text'", "ended with status 1: TypeError: a bytes-like object is required, not 'str'"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "ended by signal 9"),
    ],
)
async def test_any_other_end_is_a_failure_with_its_reason(child: Callable[[str], str], body: str, told: str) -> None:
    assert await reason(child(body)) == told


async def test_a_module_that_is_not_there_is_a_failure() -> None:
    assert (
        await reason("amanah.nowhere") == "ended with status 1: ModuleNotFoundError: No module named 'amanah.nowhere'"
    )


# ---------------------------------------------------------------- bounds


async def test_memory_is_bounded(child: Callable[[str], str]) -> None:
    module = child("return b'%d' % len(bytearray(300 << 20))")
    assert await run(module, Order(), AMPLE) == b"%d" % (300 << 20)
    assert await reason(module, Bounds(60, 250 << 20, 1 << 20)) == "ended with status 1: MemoryError"


async def test_output_is_bounded(child: Callable[[str], str]) -> None:
    module = child("return b'x' * 10_001")
    assert len(await run(module, Order(), Bounds(60, 2 << 30, 10_001))) == 10_001
    assert (
        await reason(module, Bounds(60, 2 << 30, 10_000)) == "ended with status 1: OSError: [Errno 27] File too large"
    )


async def test_time_is_bounded(child: Callable[[str], str], tmp_path: Path) -> None:
    module = child(f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(600)")
    assert await reason(module, Bounds(1.5, 2 << 30, 1 << 20)) == "no answer within 1.5 s"
    assert_gone(tmp_path / "pid")


async def test_a_child_ends_itself_when_its_parent_is_gone(child: Callable[[str], str]) -> None:
    child("time.sleep(600)")
    began = time.monotonic()
    orphan = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "amanah.runtime.child_process", "of_a_test", "1", str(2 << 30), "1000",
        stdin=asyncio.subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([os.environ["PYTHONPATH"], *filter(None, sys.path)])},
    )  # fmt: skip
    async with asyncio.timeout(30):
        assert await orphan.wait() == -14
    assert time.monotonic() - began < 30


async def test_cancelling_kills_the_child(child: Callable[[str], str], tmp_path: Path) -> None:
    told = tmp_path / "pid"
    os.mkfifo(told)  # whoever opens it waits for the other
    module = child(f"open({str(told)!r}, 'w').write(str(os.getpid())); time.sleep(600)")
    running = asyncio.create_task(run(module, Order(), AMPLE))
    pid = await asyncio.to_thread(told.read_text)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


def assert_gone(told: Path) -> None:
    """The process that told its number is not there any more; it may have been killed before it did."""
    if told.exists() and (pid := told.read_text()):
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid), 0)
