"""The doorbell of one machine: Celery messages as files below $FRAMME_HOME.

kombu's own transport writes a message where readers look for it, so one of them can take half a message, and it moves what it takes through the
machine's temporary directory. Here a file is written under another name and renamed, and both folders are ours.
A message taken by a process that dies is gone: what is owed stands in PostgreSQL, and the sweep rings again.
"""

import fcntl
import os
import time
import uuid
from contextlib import suppress
from pathlib import Path
from queue import Empty

from kombu.transport import filesystem
from kombu.utils.json import dumps, loads

# Reading what is bound while another process writes it must not find a file cut short either.
BINDING_LOCK = "bindings.lock"


def options(folder: Path) -> dict:
    """The transport options for a broker in this folder; its folders are made."""
    folders = {"data_folder_in": folder / "rung", "data_folder_out": folder / "rung", "processed_folder": folder / "taken", "control_folder": folder / "bound"}
    for each in folders.values():
        each.mkdir(mode=0o700, parents=True, exist_ok=True)
    return {name: str(path) for name, path in folders.items()} | {"polling_interval": 0.2}


class Channel(filesystem.Channel):
    def _put(self, queue, payload, **kwargs):
        name = f"{time.time_ns():020}_{uuid.uuid4()}.{queue}.msg"
        _write(Path(self.data_folder_out) / name, dumps(payload))

    def _get(self, queue):
        for name in sorted(os.listdir(self.data_folder_in)):
            if name.partition(".")[2] != f"{queue}.msg":
                continue
            taken = Path(self.processed_folder) / name
            try:
                (Path(self.data_folder_in) / name).rename(taken)
            except FileNotFoundError:  # another worker was faster
                continue
            message = taken.read_text()
            taken.unlink()
            return loads(message)
        raise Empty()

    def _queue_bind(self, exchange, routing_key, pattern, queue):
        file = self._exchange_file(exchange)
        bound = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        with open(self.control_folder / BINDING_LOCK, "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            known = self.get_table(exchange)
            if bound not in known:
                _write(file, dumps([bound, *known]))


class Transport(filesystem.Transport):
    """As an asynchronous one it has the worker give each of its processes a pipe of its own.

    Where they share one, whoever is killed while it waits there takes the lock along, and all others wait for ever.
    """

    Channel = Channel
    implements = filesystem.Transport.implements.extend(asynchronous=True)

    def register_with_event_loop(self, connection, loop):
        loop.call_repeatedly(self.polling_interval, self.take)

    def take(self):
        """Hand on what has been rung, as far as the worker wants it now."""
        with suppress(Empty):
            while True:
                self.cycle.get(self._deliver)


def _write(path: Path, text: str) -> None:
    """Have the whole text appear at once under its name."""
    draft = path.with_name(f"{uuid.uuid4()}.draft")
    draft.write_text(text)
    draft.rename(path)
