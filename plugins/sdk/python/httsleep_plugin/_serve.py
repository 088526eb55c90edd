"""Serves the functions of a plugin to the host that started it."""

import base64
import concurrent.futures
import os
import platform
import queue
import sys
import tempfile
import threading
import traceback

import grpc

from . import _messages as messages
from ._call import Context, Response
from ._registry import functions

_COOKIE = ("HTTSLEEP_PLUGIN", "5a1d7d4c-evaluator")
_VERSION = "1"
_MAX_REQUEST, _MAX_RESPONSE = 4 << 20, 1 << 20
_MAX_TEXT = 8 << 10
_WORKERS = 64  # as many as a host has under way


def _failure(message: str, limit: str = "", stack: str = "") -> dict:
    def clean(text: str) -> str:
        return text.encode("utf-8", "replace")[:_MAX_TEXT].decode("utf-8", "ignore")

    return {"limit": limit, "message": clean(message), "stack": clean(stack)}


def evaluate(request, cancelled: threading.Event):
    """Runs the function that a request names."""
    function = functions.get(request.function)
    if function is None:
        known = ", ".join(sorted(functions))
        return messages.EvaluateResponse(failure=_failure(f"there is no function {request.function!r}; the functions are {known}"))
    outcome, ctx = {}, None
    try:
        ctx = Context(request, cancelled)
        answer = ctx.answer(function.call(Response(request.response), ctx))
        size = len(answer.get("state", b""))
        if size > request.caps.state:
            outcome["failure"] = _failure(f"the new state has {size} bytes, at most {request.caps.state} are kept", "output")
        else:
            outcome["answer"] = answer
    except RecursionError as error:
        outcome["failure"] = _failure(f"RecursionError: {error}", "depth", traceback.format_exc())
    except BaseException as error:  # also SystemExit: a function does not end the plugin
        outcome["failure"] = _failure(f"{type(error).__name__}: {error}", "", traceback.format_exc())
    if ctx is not None:
        outcome["log"] = [{"level": level, "text": text} for level, text in ctx.lines]
        outcome["log_dropped"] = ctx.dropped
    return messages.EvaluateResponse(**outcome)


class _Service:
    """The service httsleep.plugin.v1.Evaluator."""

    def __init__(self, name: str, version: str):
        self._about = messages.DescribeResponse(
            name=name,
            version=version,
            sdk="python " + platform.python_version(),
            functions=[
                {"name": f.name, "description": f.description, "config_schema": f.config_schema}
                for f in functions.values()
            ],
        )
        self._workers = concurrent.futures.ThreadPoolExecutor(_WORKERS, "evaluation")

    def describe(self, _request, _context):
        return self._about

    def evaluate(self, request, context):
        cancelled = threading.Event()
        context.add_callback(cancelled.set)
        return evaluate(request, cancelled)

    def evaluate_stream(self, requests, _context):
        replies = queue.SimpleQueue()
        threading.Thread(target=self._read, args=(requests, replies), daemon=True).start()
        while (reply := replies.get()) is not None:
            yield reply

    def _read(self, requests, replies) -> None:
        """Starts what the host asks for, until it closes the stream."""
        running = {}  # id of an evaluation → its event of cancellation

        def run(identity, request, cancelled):
            reply = evaluate(request, cancelled)
            running.pop(identity, None)
            replies.put(messages.EvaluateStreamResponse(id=identity, evaluate=reply))

        try:
            for request in requests:
                kind = request.WhichOneof("request")
                if kind == "ping":
                    replies.put(messages.EvaluateStreamResponse(id=request.id, pong={}))
                elif kind == "cancel" and request.id in running:
                    running[request.id].set()
                elif kind == "evaluate":
                    running[request.id] = cancelled = threading.Event()
                    self._workers.submit(run, request.id, request.evaluate, cancelled)
        except grpc.RpcError:
            pass  # The host is gone.
        for cancelled in list(running.values()):
            cancelled.set()
        replies.put(None)

    def handlers(self):
        def pair(request, response):
            return {"request_deserializer": request.FromString, "response_serializer": response.SerializeToString}

        return grpc.method_handlers_generic_handler("httsleep.plugin.v1.Evaluator", {
            "Describe": grpc.unary_unary_rpc_method_handler(
                self.describe, **pair(messages.DescribeRequest, messages.DescribeResponse)),
            "Evaluate": grpc.unary_unary_rpc_method_handler(
                self.evaluate, **pair(messages.EvaluateRequest, messages.EvaluateResponse)),
            "EvaluateStream": grpc.stream_stream_rpc_method_handler(
                self.evaluate_stream, **pair(messages.EvaluateStreamRequest, messages.EvaluateStreamResponse)),
        })


def _life(stopped: threading.Event):
    """The health service, and the call by which a host ends its plugin."""

    def healthy(_request, _context):
        return b"\x08\x01"  # HealthCheckResponse{status: SERVING}

    def shutdown(_request, _context):
        stopped.set()
        return b""

    return [
        grpc.method_handlers_generic_handler("grpc.health.v1.Health", {"Check": grpc.unary_unary_rpc_method_handler(healthy)}),
        grpc.method_handlers_generic_handler("plugin.GRPCController", {"Shutdown": grpc.unary_unary_rpc_method_handler(shutdown)}),
    ]


def _handshake(server, path: str) -> None:
    """Listens with TLS, and tells the host where and with which certificate."""
    from ._tls import new_certificate

    client = os.environ.get("PLUGIN_CLIENT_CERT", "").encode()
    if not client:
        sys.exit("The host gave no certificate: it has to use TLS.")
    key, pem, der = new_certificate()
    server.add_secure_port("unix:" + path, grpc.ssl_server_credentials([(key, pem)], client, require_client_auth=True))
    server.start()
    certificate = base64.b64encode(der).decode().rstrip("=")
    print(f"1|{_VERSION}|unix|{path}|grpc|{certificate}", flush=True)


def _listen(server, path: str) -> None:
    """Listens for a host that attaches, on a socket that only this user can open."""
    before = os.umask(0o177)
    server.add_insecure_port("unix:" + path)
    server.start()
    os.umask(before)
    print(f"the plugin serves on {path}", file=sys.stderr, flush=True)


def main(*, name: str = "", version: str = "") -> None:
    """Serves the registered functions, until the host ends the plugin.

    With the environment variable HTTSLEEP_PLUGIN_LISTEN, which names a unix
    socket, it serves there, for a host that attaches to it: so a plugin can be
    started under a debugger.
    """
    listen = os.environ.get("HTTSLEEP_PLUGIN_LISTEN", "")
    name = name or os.path.splitext(os.path.basename(sys.argv[0]))[0]
    if not listen and os.environ.get(_COOKIE[0]) != _COOKIE[1]:
        known = ", ".join(sorted(functions))
        sys.exit(f"This is a plugin of httsleep with the functions {known}.\nUse it in a condition, as callback: {{exec: [python3, {sys.argv[0]}]}}.")
    stopped = threading.Event()
    server = grpc.server(
        concurrent.futures.ThreadPoolExecutor(_WORKERS + 8, "call"),
        options=[("grpc.max_receive_message_length", _MAX_REQUEST), ("grpc.max_send_message_length", _MAX_RESPONSE)],
    )
    server.add_generic_rpc_handlers([_Service(name, version).handlers(), *_life(stopped)])
    if listen:
        _listen(server, listen)
    else:
        _handshake(server, tempfile.mktemp(prefix="plugin", dir=os.environ.get("PLUGIN_UNIX_SOCKET_DIR")))
    stopped.wait()
    server.stop(None)
    sys.stdout.flush()
    os._exit(0)  # Functions that are still running do not hold up the end.
