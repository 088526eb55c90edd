"""Matches when a job is done: when the status of the JSON body is one of
config.want, which is done by default."""

from httsleep_plugin import evaluator, main


@evaluator(description="whether the job is done")
def check(response, ctx):
    status = response.json()["status"]
    ctx.reason(f"the job is {status}")
    return status in ctx.config.get("want", ["done"])


if __name__ == "__main__":
    main()
