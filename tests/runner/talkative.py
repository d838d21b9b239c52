"""Workflows that print and log in every way there is, for the tests of runners. Imported by runners only."""

from __future__ import annotations

import asyncio
import ctypes
import logging
import multiprocessing
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent

logging.basicConfig(level=logging.INFO, format="%(name)s says %(message)s")
logger = logging.getLogger("talk")
pool = ThreadPoolExecutor(1)

print("printed at import")
pool.submit(print, "printed by a pool at import").result()


def in_another_process() -> None:
    """What a process of multiprocessing does."""
    print("from a forked process", flush=True)


class Talks(Workflow):
    """Says something on each way out of a process."""

    @step
    async def talk(self, ev: StartEvent) -> StopEvent:
        print("plain print")
        sys.stdout.buffer.write(b"bytes below\n")
        sys.stdout.flush()
        logger.info("an info")
        logging.warning("a warning")
        await asyncio.to_thread(print, "from to_thread")
        await asyncio.get_running_loop().run_in_executor(None, print, "from an executor")
        thread = threading.Thread(target=print, args=("from a raw thread",))
        thread.start()
        thread.join()
        subprocess.run([sys.executable, "-c", "print('from a subprocess')"], check=True)  # noqa: ASYNC221
        subprocess.run([sys.executable, "-c", "print('given stdout')"], stdout=sys.stdout, check=True)  # noqa: ASYNC221
        subprocess.run(["sh", "-c", "echo from a shell > /dev/stderr"], check=True)  # noqa: ASYNC221
        process = multiprocessing.get_context("fork").Process(target=in_another_process)
        process.start()
        process.join()
        os.write(2, b"straight to descriptor 2\n")
        libc = ctypes.CDLL(None)
        libc.puts(b"from C code")
        libc.fflush(None)
        print("without an end", end="")
        return StopEvent(result="said")


class Floods(Workflow):
    """Prints more than anyone reads, also by a subprocess."""

    @step
    async def flood(self, ev: StartEvent) -> StopEvent:
        for number in range(ev.get("lines", 0)):
            print(f"line {number} of very many lines that say nothing at all")
        code = f"for number in range({ev.get('child_lines', 0)}): print('a line of the subprocess', number)"
        subprocess.run([sys.executable, "-c", code], check=True)  # noqa: ASYNC221
        return StopEvent(result="said")


class ClosesDescriptors(Workflow):
    """Closes what it should not."""

    @step
    async def close(self, ev: StartEvent) -> StopEvent:
        os.close(1)
        print("after the descriptor was closed")
        return StopEvent(result="closed")


class Meets(Workflow):
    """Waits for another run to be at the same place, then has a subprocess print."""

    @step
    async def meet(self, ev: StartEvent) -> StopEvent:
        print(f"{ev.who} is here")
        while not os.path.exists(ev.sign):  # noqa: ASYNC110, ASYNC240
            await asyncio.sleep(0.01)
        if ev.speaks:
            subprocess.run([sys.executable, "-c", "print('who said this?')"], check=True)  # noqa: ASYNC221
        while not os.path.exists(ev.sign + ".over"):  # noqa: ASYNC110, ASYNC240
            await asyncio.sleep(0.01)
        return StopEvent(result="met")
