"""Kernels that start warm: forked from a process that has imported what chapters import.

Two documented interfaces: jupyter_client's kernel provisioner, and Python's own fork server.
"""

from __future__ import annotations

import functools
import gc
import multiprocessing
import os
import signal
import threading
from multiprocessing.context import ForkServerProcess
from typing import Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

PRELOAD = [
    *("ipykernel.kernelapp", "pyfixest", "pyfixest.estimation", "pyfixest.report", "seaborn"),
    *("scipy.stats", "scipy.optimize", "myst_nb", "ipywidgets"),
]


@functools.cache
def end_with_the_build() -> None:
    """Have this process end when the one that began it ends: a kernel, its builder, the build."""

    def watch(build: Any) -> None:
        build.join()
        if os.getpgrp() == os.getpid():  # a kernel, with what its chapter started
            os.killpg(0, signal.SIGKILL)
        os._exit(1)

    if build := multiprocessing.parent_process():
        threading.Thread(target=watch, args=[build], daemon=True).start()


class WarmProvisioner(LocalProvisioner):
    """Starts a kernel in this machine as a fork; all else is the local provisioner's."""

    process: Any

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Start ``python -m ipykernel_launcher …`` without starting Python."""
        multiprocessing.get_context("forkserver").set_forkserver_preload(PRELOAD)
        arguments = cmd[cmd.index("ipykernel_launcher") + 1 :]
        self.cwd = kwargs.get("cwd") or os.getcwd()
        self.process = WarmKernel(target=_serve, args=(arguments, kwargs["env"], str(self.cwd)))
        self.process.start()
        return self.connection_info


class WarmKernel(ForkServerProcess):
    """A forked kernel, asked and ended as if `subprocess` had started it."""

    stdin = stdout = stderr = None

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        return self.exitcode

    def wait(self) -> int | None:
        """Wait for its end, and return the exit code."""
        self.join()
        return self.exitcode

    def send_signal(self, number: int) -> None:
        """Send a signal to it alone: only it knows when its group is its own."""
        os.kill(self.pid or 0, number)


def _serve(arguments: list[str], env: dict[str, str], folder: str) -> None:
    """Be a kernel, in its own environment and folder."""
    import matplotlib
    from ipykernel.kernelapp import IPKernelApp

    gc.freeze()  # what the fork inherits is no waste: looking through it would copy it
    os.setsid()
    end_with_the_build()
    multiprocessing.set_start_method(None, force=True)  # the system's, as in any kernel
    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    matplotlib.rcParams["backend"] = "module://matplotlib_inline.backend_inline"
    IPKernelApp.launch_instance(arguments)
