"""The programs of package evaluatortest, in Python."""

from httsleep_plugin import evaluator, main


def because(ctx, reason):
    ctx.reason(reason)
    return True


evaluator("status_is_200")(lambda response, ctx: response.status == 200)
evaluator("status_ok")(lambda response, ctx: response.ok)
evaluator("attempt_at_least")(lambda response, ctx: ctx.attempt >= ctx.config["at"])
evaluator("url")(lambda response, ctx: because(ctx, response.url))
evaluator("elapsed")(lambda response, ctx: because(ctx, response.elapsed))
evaluator("header_names")(lambda response, ctx: because(ctx, ",".join(response.headers.keys())))
evaluator("body_contains")(lambda response, ctx: ctx.config["needle"].encode() in response.body)
evaluator("text_is")(lambda response, ctx: response.text() == ctx.config["text"])
evaluator("set_state")(lambda response, ctx: setattr(ctx, "state", ctx.config["state"]) is None)
evaluator("big_state")(lambda response, ctx: ctx.state.update(pad="x" * ctx.config["bytes"]) is None)
evaluator("return_value")(lambda response, ctx: ctx.config["value"])
evaluator("now")(lambda response, ctx: because(ctx, ctx.now_ms))
evaluator("random")(lambda response, ctx: because(ctx, f"{ctx.random.random()},{ctx.random.random()}"))
evaluator("reason")(lambda response, ctx: because(ctx, ctx.config["text"]))
evaluator("long_reason")(lambda response, ctx: because(ctx, ctx.config["text"] * ctx.config["count"]))


@evaluator
def header(response, ctx):
    ctx.reason("|".join(response.headers.get_all(ctx.config["name"])))
    return ctx.config["name"] in response.headers


@evaluator
def json_field(response, ctx):
    body = response.json()
    return isinstance(body, dict) and body.get(ctx.config["field"]) == ctx.config["want"]


@evaluator
def count_with_state(response, ctx):
    ctx.state["n"] = ctx.state.get("n", 0) + 1
    ctx.reason(f"n={ctx.state['n']}")
    return ctx.state["n"] >= ctx.config["until"]


@evaluator
def echo_state(response, ctx):
    import json

    return because(ctx, json.dumps(ctx.state, separators=(",", ":"), ensure_ascii=False))


@evaluator
def delete_state(response, ctx):
    del ctx.state
    return True


@evaluator
def fail(response, ctx):
    raise RuntimeError(ctx.config["message"])


@evaluator
def fail_after_state(response, ctx):
    ctx.state = {"lost": True}
    ctx.reason("lost")
    ctx.retry_after(5)
    raise RuntimeError("after all that")


@evaluator
def retry_after(response, ctx):
    ctx.retry_after(ctx.config["seconds"])
    return False


@evaluator
def log(response, ctx):
    for _ in range(ctx.config["lines"]):
        ctx.log(ctx.config["text"])
    return True


@evaluator
def log_levels(response, ctx):
    for level in ("debug", "info", "warn", "error"):
        ctx.log(level[0], level)
    return True


@evaluator
def spin(response, ctx):
    while True:
        pass


if __name__ == "__main__":
    main()
