"""Asking the API server through a proxy's socket."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ethgen.errors import ClusterError
from ethgen.operate.kube import Api, ApiError, connected, rpc
from ethgen.operate.kubectl import Kubectl

if TYPE_CHECKING:
    from conftest import Cluster


def test_a_refusal_carries_the_servers_own_words(api: Api) -> None:
    """A status of Kubernetes becomes an error with its message and number."""
    with pytest.raises(ApiError, match="GET /api/v1/nowhere: not found") as caught:
        api.get("/api/v1/nowhere")
    assert caught.value.status == 404


def test_a_server_that_is_gone_is_reported(tmp_path: Path) -> None:
    """No socket means no answer, not a crash."""
    with pytest.raises(ApiError, match="does not answer"):
        Api(tmp_path / "nobody", "ethgen-test").get("/version")


def test_an_answer_that_is_not_json_is_reported(api: Api, cluster: Cluster) -> None:
    """A page of a proxy in between is no answer."""
    cluster.pages["/version"] = "<html>"
    with pytest.raises(ApiError, match="not JSON"):
        api.get("/version")


def test_a_json_rpc_error_is_no_result(api: Api, cluster: Cluster) -> None:
    """An error in place of a result is told with its method."""
    cluster.pages[cluster.pod_page("p", 8545, "/")] = {"jsonrpc": "2.0", "id": 1, "error": {"message": "no such block"}}
    with pytest.raises(ApiError, match=r"eth_blockNumber: .*no such block"):
        rpc(api, "devnet", "p", 8545, ("eth_blockNumber", []))


def script(folder: Path, text: str) -> Kubectl:
    """Make a program that stands for kubectl."""
    program = folder / "kubectl"
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return Kubectl(program, Path("kubeconfig"), "ethgen-test")


def test_a_kubectl_that_fails_ends_in_its_last_words(tmp_path: Path) -> None:
    """A context that does not exist is told by kubectl and passed on, with a cure."""
    kubectl = script(tmp_path, "echo 'error: context \"ethgen-test\" does not exist' >&2; exit 1")
    with (
        pytest.raises(
            ClusterError, match=r'cannot use the context ethgen-test: .*"ethgen-test" does not exist'
        ) as caught,
        connected(kubectl),
    ):
        pytest.fail("there is no cluster")
    assert "ethgen cluster up" in caught.value.cure


def test_a_cluster_that_does_not_answer_is_told_apart_from_a_missing_context(tmp_path: Path) -> None:
    """A proxy that comes up before an API server that is down gives one clear line."""
    answer = (
        "import http.server, socketserver, sys\n"
        "class H(http.server.BaseHTTPRequestHandler):\n"
        "    def address_string(self): return ''\n"
        "    def do_GET(self): self.send_error(502, 'no route to host')\n"
        "socketserver.UnixStreamServer(sys.argv[-1].partition('=')[2], H).serve_forever()\n"
    )
    (tmp_path / "server.py").write_text(answer)
    kubectl = script(tmp_path, f'exec python3 {tmp_path}/server.py "$@" 2>/dev/null')
    with pytest.raises(ClusterError, match="the API server of ethgen-test does not answer"), connected(kubectl):
        pytest.fail("there is no cluster")


def test_a_proxy_is_waited_for_until_it_listens(tmp_path: Path) -> None:
    """A socket has its name before it takes connections; that moment is no cluster that does not answer."""
    answer = (
        "import http.server, socketserver, sys, time\n"
        "class H(http.server.BaseHTTPRequestHandler):\n"
        "    def address_string(self): return ''\n"
        "    def do_GET(self):\n"
        "        self.send_response(200); self.end_headers(); self.wfile.write(b'{}')\n"
        "class Late(socketserver.UnixStreamServer):\n"
        "    def server_activate(self):\n"
        "        time.sleep(0.2); super().server_activate()\n"
        "Late(sys.argv[-1].partition('=')[2], H).serve_forever()\n"
    )
    (tmp_path / "server.py").write_text(answer)
    kubectl = script(tmp_path, f'exec python3 {tmp_path}/server.py "$@" 2>/dev/null')
    with connected(kubectl) as api:
        assert api.get("/version") == {}
