"""A server of Google Cloud Storage's JSON API on this machine, behind a proxy that drops connections, as a fixture."""

import io
import json
import logging
import re
import threading
from functools import partial
from http.server import ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

import pytest
from cutting_proxy import CuttingProxy

from rsica_data.core import remote


def _handler(emulator, storage, not_found):
    """The emulator's handler, one request at a time, with the condition that an object is not there yet."""
    one_at_a_time = threading.Lock()

    class Handler(emulator.RequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.rfile = io.BytesIO(body)
            with one_at_a_time:
                if self._is_there(body):
                    self.send_response(412)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                else:
                    super().do_POST()

        def _is_there(self, body):
            address = urlparse(self.path)
            query = parse_qs(address.query)
            if query.get("ifGenerationMatch") != ["0"]:
                return False
            name = query["name"][0] if "name" in query else json.loads(re.search(rb'\{"name".*', body)[0])["name"]
            try:
                storage.get_file_obj(address.path.split("/b/")[1].split("/")[0], name)
            except not_found:
                return False
            return True

        def do_GET(self):
            with one_at_a_time:
                super().do_GET()

        def do_PUT(self):
            with one_at_a_time:
                super().do_PUT()

        def do_DELETE(self):
            with one_at_a_time:
                super().do_DELETE()

    return partial(Handler, storage)


@pytest.fixture
def gcs(monkeypatch, tmp_path):
    """A server with the bucket `set`: the file system that reaches it directly, and a proxy that cuts."""
    monkeypatch.setenv("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")  # read on import; it asks a service over gRPC
    pytest.importorskip("gcsfs")
    emulator = pytest.importorskip("gcp_storage_emulator.server")
    from gcp_storage_emulator.exceptions import NotFound
    from gcp_storage_emulator.handlers.buckets import create_bucket
    from gcp_storage_emulator.storage import Storage

    logging.getLogger("gcp_storage_emulator").setLevel(logging.CRITICAL)
    storage = Storage(use_memory_fs=True)
    create_bucket("set", storage)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(emulator, storage, NotFound))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("RSICA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(remote, "_FIRST_WAIT", 0.05)
    import gcsfs

    direct = gcsfs.GCSFileSystem(
        token="anon", endpoint_url=f"http://127.0.0.1:{port}", skip_instance_cache=True, use_listings_cache=False
    )
    proxy = CuttingProxy(port, 50_000, 1_500_000)
    proxy.start()
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", proxy.address)
    gcsfs.GCSFileSystem.clear_instance_cache()
    try:
        yield direct, proxy
    finally:
        proxy.listening.close()
        server.shutdown()
        gcsfs.GCSFileSystem.clear_instance_cache()
