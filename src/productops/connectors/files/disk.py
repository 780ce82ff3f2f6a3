"""Reading and replacing a whole file: never half of it, and never over somebody's newer version."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from productops.errors import AccessError, ConfigError, StaleError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells two versions of a file apart."""

    inode: int
    size: int
    changed: int  # nanoseconds


def stamp(path: Path) -> Stamp:
    """Return a file's stamp.

    Raises:
        ConfigError: there is no such file.

    """
    try:
        found = path.stat()
    except OSError as error:
        raise _refused(path, error) from None
    return Stamp(found.st_ino, found.st_size, found.st_mtime_ns)


def content(path: Path) -> tuple[bytes, Stamp]:
    """Return what a file holds, whole, with the stamp of that version."""
    for _ in range(5):
        before = stamp(path)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise _refused(path, error) from None
        if stamp(path) == before:
            return data, before
    raise StaleError(f"{path.name} is being written.", system="files", record=path.name, remedy="Try again.")


def replace(path: Path, data: bytes, version: Stamp) -> Stamp:
    """Put a new version in the place of the one that was read; readers see the one or the other.

    Raises:
        StaleError: somebody wrote the file since it was read.
        AccessError: the folder does not let us.

    """
    real = Path(os.path.realpath(path))  # a link stays a link
    handle, name = tempfile.mkstemp(prefix=f".{real.name}.", dir=real.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(OSError):
            Path(name).chmod(real.stat().st_mode & 0o7777)
        if stamp(path) != version:
            raise StaleError(f"{path.name} was changed meanwhile.", system="files", record=path.name)
        Path(name).replace(real)
    except OSError as error:
        raise error if isinstance(error, AccessError) else _refused(path, error) from None
    finally:
        Path(name).unlink(missing_ok=True)
    _keep_folder(real.parent)
    return stamp(path)


def _keep_folder(folder: Path) -> None:
    """Have the new name survive a power cut, where the system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keep other processes that write this file through us waiting; a person's program is not kept."""
    if fcntl is None:
        yield
        return
    while True:
        try:
            file = path.open("rb")
        except OSError as error:
            raise _refused(path, error) from None
        with file:
            fcntl.flock(file, fcntl.LOCK_EX)
            # The one who waited may hold a version that was replaced: its lock guards nothing.
            if os.fstat(file.fileno()).st_ino == stamp(path).inode:
                yield
                return


def _refused(path: Path, error: OSError) -> ConfigError | AccessError:
    if isinstance(error, PermissionError):
        return AccessError(
            f"{path.name} may not be read or written by this account.",
            system="files",
            record=path.name,
            remedy="Change the permissions of the file or its folder, or close the program that holds it.",
        )
    what = "is a folder" if isinstance(error, IsADirectoryError) else "is not there"
    if not isinstance(error, FileNotFoundError | IsADirectoryError | NotADirectoryError):
        what = f"cannot be read: {error.strerror}"
    return ConfigError(
        f"{path} {what}.",
        system="files",
        remedy=f"It was looked for in {path.absolute().parent}. Check the path, or make an empty file with a header.",
    )


def make(path: Path, data: bytes) -> bool:
    """Make a file that is whole from its first moment; tell whether the name was free.

    Raises:
        AccessError: the folder does not let us.

    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise _refused(path, error) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o666 & ~_umask())
        os.link(name, path)
    except FileExistsError:
        return False
    except OSError as error:
        raise _refused(path, error) from None
    finally:
        Path(name).unlink(missing_ok=True)
    _keep_folder(path.parent)
    return True


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
