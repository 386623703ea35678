"""An object store on loopback that speaks S3, for tests: moto's server, and buckets in it.

It needs the packages of `make test-s3`.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

HAS_S3 = all(importlib.util.find_spec(name) for name in ("moto", "s3fs", "upath", "flask"))
ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "linkwright",
    "AWS_SECRET_ACCESS_KEY": "no secret",
    "AWS_DEFAULT_REGION": "us-east-1",
}


@contextmanager
def s3_server() -> Iterator[str]:
    """Yield the address of a new server; who runs meanwhile is its client by the environment."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 - of a lane
    from s3fs import S3FileSystem  # noqa: PLC0415 - as above

    S3FileSystem.clear_instance_cache()  # one that is kept goes on asking another server
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    before = dict(os.environ)
    os.environ.update(ACCOUNT, AWS_ENDPOINT_URL=f"http://{host}:{port}")
    try:
        yield f"http://{host}:{port}"
    finally:
        os.environ.clear()
        os.environ.update(before)
        server.stop()


def new_bucket() -> str:
    """Make a bucket; return the address of a folder in it."""
    from s3fs import S3FileSystem  # noqa: PLC0415 - as above

    name = f"linkwright-{secrets.token_hex(6)}"
    S3FileSystem(use_listings_cache=False).mkdir(name)
    return f"s3://{name}/property/facts"
