"""A PostgreSQL server for one test run, from the programs in the package ``pgserver``.

The package's own ``get_server()`` would, for root, add an account to the machine and open folders to everybody. So
only its programs are used here: the server runs as ``nobody`` then, listens on a socket in a folder of its own, and
is stopped by its process. Nothing outside that folder changes.
"""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest


def _programs():
    found = importlib.util.find_spec("pgserver")
    if found is None or not found.submodule_search_locations:
        pytest.skip("the package pgserver, which brings PostgreSQL, is not installed")
    return Path(next(iter(found.submodule_search_locations))) / "pginstall" / "bin"


def _account():
    """Return how to start a program: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    import pwd  # not on Windows

    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        pytest.skip("root cannot run PostgreSQL, and there is no account nobody to run it")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


@contextmanager
def server():
    """Run a server and give the URL of its database, without the database's name."""
    programs, account = _programs(), _account()
    home = Path(tempfile.mkdtemp(prefix="po-pg-"))
    try:
        if account:
            os.chown(home, account["user"], account["group"])
        quiet = {"cwd": home, "capture_output": True, "text": True, "env": {"LC_ALL": "C", "PATH": os.defpath}}
        try:
            made = subprocess.run(
                [programs / "initdb", "-D", home / "data", "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8"],
                check=False, **quiet, **account,
            )  # fmt: skip
        except PermissionError:
            pytest.skip(f"the account nobody cannot reach {programs.name} of pgserver, and root cannot run PostgreSQL")
        assert made.returncode == 0, made.stderr
        control = [programs / "pg_ctl", "-D", home / "data", "-w", "-l", home / "log"]
        options = f"-k {home} -c listen_addresses='' -c fsync=off"
        quiet = {**quiet, "capture_output": False, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        started = subprocess.run([*control, "-o", options, "start"], check=False, **quiet, **account)
        assert started.returncode == 0, (home / "log").read_text()
        try:
            yield f"postgresql+psycopg://postgres@/{{name}}?host={home}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=False, **quiet, **account)
    finally:
        shutil.rmtree(home, ignore_errors=True)
