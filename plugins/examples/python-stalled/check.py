"""An alarm for a job without progress: it matches when the progress of the JSON
body has been the same for config.attempts attempts, 5 by default."""

from httsleep_plugin import evaluator, main


@evaluator(description="whether the job makes no progress")
def check(response, ctx):
    progress = response.json()["progress"]
    if not isinstance(progress, (int, float)):
        raise TypeError("progress is no number")
    if progress != ctx.state.get("progress"):
        ctx.state = {"progress": progress, "since": ctx.attempt}
        ctx.reason(f"progress is {progress}")
        return False
    still = ctx.attempt - ctx.state["since"]
    ctx.reason(f"progress is {progress} for {still} attempts")
    return still >= ctx.config.get("attempts", 5)


if __name__ == "__main__":
    main()
