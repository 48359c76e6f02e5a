"""Starts notebook kernels from a process that has already imported the heavy packages."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
import tempfile
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Any, cast

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from bookkit.pairs import FOLDER

if TYPE_CHECKING:  # there is none on Windows
    from multiprocessing.context import ForkServerContext

PRELOADED = [
    "pyfixest.estimation",
    "seaborn",
    "clustergap.panel",
    "ipykernel.kernelapp",
    "myst_nb",
]
"""Importing these takes seconds; a kernel forked afterwards starts in a tenth of one."""


def warm_context() -> ForkServerContext | None:
    """Return a fork server with the packages loading, or None where there is none (Windows).

    Returns
    -------
    context or None
        For `kernel_manager`.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return None
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


def kernel_manager(
    context: ForkServerContext | None, environment: dict[str, str]
) -> type[AsyncKernelManager]:
    """Return a kernel manager class for one chapter.

    Parameters
    ----------
    context
        Fork server whose children become the kernels; ``None`` starts new processes.
    environment
        The kernel's environment variables.

    Returns
    -------
    type
        For papermill.
    """

    class Provisioner(LocalProvisioner):
        async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
            assert context is not None  # else Manager makes no Provisioner
            connection_file = cmd[cmd.index("-f") + 1]
            arguments = (connection_file, kwargs["env"], str(FOLDER))
            process = context.Process(target=_run_kernel, args=arguments)
            process.start()
            self.process, self.pid = cast("Any", _Forked(process)), process.pid
            return self.connection_info

    class Manager(AsyncKernelManager):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            if context:  # of two kernels that start at once, each may find the same port free
                self._sockets = tempfile.TemporaryDirectory(prefix="kernel-")
                self.transport, self.ip = "ipc", f"{self._sockets.name}/socket"

        async def _async_pre_start_kernel(self, **kw: Any) -> tuple[list[str], dict[str, Any]]:
            if context and self.provisioner is None:
                self.provisioner = Provisioner(
                    kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self
                )
            return await super()._async_pre_start_kernel(**kw | {"env": environment})

    return Manager


def _run_kernel(connection_file: str, env: dict[str, str], cwd: str) -> None:
    from ipykernel.kernelapp import launch_new_instance

    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the kernel greets whoever might connect
    sys.argv = ["ipykernel_launcher", "-f", connection_file, "--log-level=CRITICAL"]
    launch_new_instance(sys.argv[1:])


class _Forked:
    """A forked process with the part of subprocess.Popen that jupyter_client asks for."""

    stdin = stdout = stderr = None

    def __init__(self, process: BaseProcess):
        self._process = process

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self) -> int | None:
        self._process.join()
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        if self._process.pid and self._process.is_alive():
            with contextlib.suppress(ProcessLookupError):  # it may have ended just now
                os.kill(self._process.pid, number)
