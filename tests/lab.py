"""The real JupyterLab in a real Chromium, for the browser test and the screenshots."""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from .environment import FOLDERS, neutral

FLAGS = (
    "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-dev-shm-usage",
)
SETTINGS = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    # What the tests do to a notebook stays in the page.
    "@jupyterlab/docmanager-extension/plugin": {"autosave": False},
    # Cells outside the window stay in the page, where a test can find them.
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
}


def find_chromium():
    """The path of a Chromium or Chrome: one that is installed, or the one that `playwright install` fetched."""
    for name in ("chromium", "chromium-browser", "google-chrome", "chrome"):
        if shutil.which(name):
            return shutil.which(name)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


@contextmanager
def jupyterlab(folder, width=1400, height=1000):
    """A page in Chromium on a JupyterLab of its own that serves `folder`; `page.problems` are its console's."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch, _server(folder, Path(scratch)) as address:
        with sync_playwright() as playwright:
            sandbox = [] if hasattr(os, "geteuid") and os.geteuid() else ["--no-sandbox"]
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=[*FLAGS, *sandbox])
            page = browser.new_page(viewport={"width": width, "height": height})
            page.address, page.problems = address, []
            page.on("pageerror", lambda error: page.problems.append(str(error)))
            page.on("console", lambda line: page.problems.append(line.text) if line.type == "error" else None)
            try:
                yield page
            finally:
                browser.close()


def open_notebook(page, name):
    """Open the notebook `name`, and wait until its kernel answers: JupyterLab loses what is run before that."""
    url, token = page.address
    page.goto(f"{url}/lab/tree/{name}?token={token}&reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.evaluate("""async () => {
        const context = window.jupyterapp.shell.currentWidget.sessionContext;
        await context.ready;
        await context.session.kernel.info;
    }""")


def restart_and_run(page, through=None, seconds=120):
    """Restart the kernel and run all cells, as the double arrow in the toolbar does; wait until all have a number.

    through: stop behind the first cell with this text in it.
    """
    count = page.evaluate("""async through => {
        const app = window.jupyterapp, {content, sessionContext} = app.shell.currentWidget;
        await sessionContext.restartKernel();
        await sessionContext.session.kernel.info;
        const code = content.widgets.filter(({model}) => model.type === 'code' && model.sharedModel.source.trim());
        const last = through === null ? code.length - 1
            : code.findIndex(({model}) => model.sharedModel.source.includes(through));
        content.activeCellIndex = content.widgets.indexOf(code[last]) + 1;
        app.commands.execute(through === null ? 'notebook:run-all-cells' : 'notebook:run-all-above');
        return last + 1;
    }""", through)
    page.wait_for_function("""count => {
        const cells = [...document.querySelectorAll('.jp-Notebook .jp-CodeCell')];
        const prompts = cells.filter(cell => cell.querySelector('.cm-content').innerText.trim())
            .map(cell => cell.querySelector('.jp-InputPrompt').textContent).slice(0, count);
        return prompts.length && prompts.every((text, i) => text.includes(`[${i + 1}]`));
    }""", arg=count, timeout=seconds * 1000)


@contextmanager
def _server(folder, scratch):
    """(address, token) of a JupyterLab in a process group of its own, all of Jupyter's own folders in `scratch`."""
    for plugin, settings in SETTINGS.items():
        file = scratch / FOLDERS["JUPYTERLAB_SETTINGS_DIR"] / f"{plugin}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(settings))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token, url = secrets.token_hex(16), f"http://127.0.0.1:{port}"
    command = [
        sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}",
        "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}",
        "--LabApp.expose_app_in_browser=True",
    ]
    with open(scratch / "log", "w+") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=neutral(scratch), start_new_session=True)
        try:
            _wait_until_up(process, f"{url}/api/status?token={token}", scratch / "log")
            yield url, token
        finally:
            _stop(process)


def _wait_until_up(process, url, log):
    end = time.monotonic() + 90
    while True:
        try:
            return urllib.request.urlopen(url, timeout=2).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()[-2000:]}") from None
            time.sleep(0.1)


def _stop(process):
    """End the server and its kernels: the processes of this group alone."""
    if os.name == "nt":
        process.terminate()
    else:
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
