"""Proxies, certificates, standard streams and locks that the environment spoils: one line each, and no traceback."""

import multiprocessing.synchronize
import os
import ssl
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rsica_data.core.command_line import run_cli
from rsica_data.core.errors import RunError, UserError
from rsica_data.core.workers import run_units
from rsica_data.dataset.hub.client import ask
from rsica_data.llm import LlmClient, LlmSettings

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "no_proxy", "NO_PROXY")
FULL = Path("/dev/full")
MAIN = "import sys; from rsica_data.cli import main; sys.argv[0] = 'rsica-data'; main()"


@pytest.fixture
def environment(monkeypatch):
    for name in (*PROXIES, "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def check(url="http://llm.test/v1", **values):
    """The one line with which a client refuses."""
    settings = {"base_url": url, "key_env": None, "timeout_s": 3, **values}
    with LlmClient(LlmSettings.model_validate(settings)) as client, pytest.raises(UserError) as caught:
        client.check()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_socks_proxy_without_its_package(environment):
    environment.setitem(sys.modules, "socksio", None)
    environment.setenv("ALL_PROXY", "socks5://bob:hunter2@127.0.0.1:9")
    said = check()
    assert "SOCKS proxy" in said and "socksio" in said and "hunter2" not in said and "bob" not in said


@pytest.mark.parametrize("proxy", ["htp://bob:hunter2@x", "http://[::1", "http://bob:hunter2@x:port", "socks9://x"])
def test_a_proxy_without_a_usable_address(environment, proxy):
    environment.setenv("ALL_PROXY", proxy)
    said = check()
    assert "proxy" in said and "hunter2" not in said


def test_a_proxy_that_cannot_be_reached(environment):
    environment.setenv("ALL_PROXY", "http://bob:hunter2@127.0.0.1:9")
    said = check()
    assert "cannot be reached" in said and "hunter2" not in said


@pytest.mark.parametrize("content", [None, b"", b"no certificate", b"\xff\xfe"])
def test_certificates_that_cannot_be_read(environment, tmp_path, content):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    environment.setenv("SSL_CERT_FILE", str(path))
    assert "SSL_CERT_FILE" in check("https://llm.test/v1")


@pytest.fixture
def untrusted(tmp_path):
    """Address of a server whose certificate nobody signed."""
    command = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout key.pem -out cert.pem"
    try:
        subprocess.run(["openssl", *command.split()], cwd=tmp_path, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("no openssl")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.handle_error = lambda request, address: None
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_address[1]}/v1"
    server.shutdown()
    server.server_close()


def test_a_certificate_that_is_not_trusted(environment, untrusted):
    said = check(untrusted)
    assert "its certificate is not trusted: " in said and "SSL_CERT_FILE" in said


def test_https_where_http_is_spoken_and_the_other_way_round(environment, untrusted):
    assert "cannot be reached" in check(untrusted.replace("https:", "http:"))
    plain = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    threading.Thread(target=plain.serve_forever, daemon=True).start()
    try:
        assert "cannot be reached" in check(f"https://127.0.0.1:{plain.server_address[1]}/v1")
    finally:
        plain.shutdown()
        plain.server_close()


@pytest.mark.parametrize("key", ["sk-with space-0123", "sk-é-0123456789", "sk-line\nend-0123", "sk-\x00-0123456789"])
def test_a_key_that_is_none(environment, key):
    if "\x00" in key:
        key = key.replace("\x00", "\x7f")  # the environment holds no NUL
    environment.setenv("OTHER_KEY", key)
    said = check(key_env="OTHER_KEY")
    assert "OTHER_KEY" in said and "0123" not in said


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ImportError("Using SOCKS proxy, but the 'socksio' package is not installed."), "SOCKS proxy"),
        (ValueError("Unknown scheme for proxy URL URL('htp://bob:hunter2@x')"), "proxy"),
        (ssl.SSLError(1, "no certificate or crl found"), "SSL_CERT_FILE"),
    ],
)
def test_the_hub_client_says_the_same(error, words):
    def step():
        raise error

    with pytest.raises(UserError, match=words) as caught:
        ask(step, "the Hub's account")
    assert "hunter2" not in str(caught.value) and "\n" not in str(caught.value)


def test_the_hub_client_shows_no_key(environment):
    environment.setenv("HF_TOKEN", "hf_0123456789abcdefGHIJ")

    def step():
        raise ConnectionError("no way to https://bob:hunter2@hub.test/?token=hf_0123456789abcdefGHIJ (hf_0123456789)")

    with pytest.raises(RunError) as caught:
        ask(step, "x/y", tries=1)
    assert all(word not in str(caught.value) for word in ("hunter2", "bob", "hf_01", "abcdef"))


@pytest.mark.parametrize("number", [1, 13, 28, 30, 38])
def test_no_locks_between_processes(monkeypatch, number):
    """As in a container whose /dev/shm is read-only, full or missing."""

    def fails(*words, **values):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(multiprocessing.synchronize._multiprocessing, "SemLock", fails)
    with pytest.raises(RunError, match=r"/dev/shm .*--workers 1"):
        list(run_units(str, [1, 2, 3], 2))
    assert list(run_units(str, [1], 1)) == [(1, "1")]


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full")
@pytest.mark.parametrize("words", [["--help"], ["synth", "--help"], ["assist", "prompts", "--json"], ["card", "none"]])
def test_a_full_output_is_one_line(words):
    with FULL.open("w") as full:
        ended = subprocess.run([sys.executable, "-c", MAIN, *words], stdout=full, stderr=subprocess.PIPE, text=True)
    assert ended.stderr.count("\n") == 1 and "rsica-data: error: " in ended.stderr
    assert ended.returncode in (1, 2) and "Traceback" not in ended.stderr


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full")
def test_a_full_error_output_leaves_the_status():
    with FULL.open("w") as full:
        ended = subprocess.run([sys.executable, "-c", MAIN, "build", "none.yaml"], stdout=subprocess.PIPE, stderr=full)
    assert ended.returncode == 2 and ended.stdout == b""


@pytest.mark.parametrize("closed", ["2>&-", ">&-", "<&-", "<&- >&- 2>&-"])
def test_closed_streams_change_nothing(tmp_path, closed):
    out = tmp_path / "levir"
    words = f'"$0" -c "$1" synth --pairs 4 --out "$2" --workers 1 {closed}'
    ended = subprocess.run(["sh", "-c", words, sys.executable, MAIN, str(out)], capture_output=True, text=True)
    assert ended.returncode == 0 and ended.stderr == ""
    files = list(out.rglob("*.png"))
    assert files and all(path.read_bytes().startswith(b"\x89PNG") for path in files)
    refused = f'"$0" -c "$1" build none.yaml {closed}'
    ended = subprocess.run(["sh", "-c", refused, sys.executable, MAIN], capture_output=True, text=True)
    assert ended.returncode == 2 and "Traceback" not in ended.stderr


def test_an_output_that_fails_within_a_program(capsys, monkeypatch):
    import click

    @click.command()
    def command():
        raise OSError(28, "No space left on device")

    group = click.Group(commands={"x": command})
    monkeypatch.setattr("rsica_data.core.command_line._drop_output", lambda: None)
    assert run_cli(group, "p", ["x"]) == 1
    assert capsys.readouterr().err == "p: error: what it prints cannot be written: No space left on device\n"
