"""A server of S3 on this machine (moto) behind a proxy that drops connections, as a fixture."""

import urllib.request

import pytest
from cutting_proxy import CuttingProxy

from rsica_data.core import remote
from rsica_data.core.files import sha256_bytes


@pytest.fixture
def s3(monkeypatch, tmp_path):
    """A server of S3 with a bucket: the file system that reaches it directly, and a proxy that cuts."""
    pytest.importorskip("s3fs")
    server_module = pytest.importorskip("moto.server")
    server = server_module.ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("RSICA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(remote, "_FIRST_WAIT", 0.05)
    import s3fs

    # Servers of one process share what they hold.
    urllib.request.urlopen(urllib.request.Request(f"http://{host}:{port}/moto-api/reset", method="POST")).close()
    direct = s3fs.S3FileSystem(client_kwargs={"endpoint_url": f"http://{host}:{port}"}, skip_instance_cache=True)
    direct.mkdir("set")
    proxy = CuttingProxy(port, 50_000, 1_500_000)
    proxy.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.address)
    s3fs.S3FileSystem.clear_instance_cache()  # those of an earlier test reach its server
    try:
        yield direct, proxy
    finally:
        s3fs.S3FileSystem.clear_instance_cache()
        proxy.listening.close()
        server.stop()


VARYING = ("build_info.json", ".rsica-lock")


def content(direct, place):
    """SHA-256 of what lies at a place, by name, without what differs from build to build."""
    direct.invalidate_cache()
    found = direct.find(place)
    return {
        name.removeprefix(place): sha256_bytes(direct.cat_file(name)) for name in found if not name.endswith(VARYING)
    }
