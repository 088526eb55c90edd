"""Plugins of httsleep in Python.

A plugin is a program that registers functions and hands over to main():

    from httsleep_plugin import evaluator, main

    @evaluator
    def check(response, ctx):
        job = response.json()
        ctx.reason("the job is " + job["status"])
        return job["status"] == "done"

    if __name__ == "__main__":
        main()

A condition names it as callback: {exec: [python3, ./check.py]}.
"""

from ._call import Context, Headers, Response
from ._registry import evaluator
from ._serve import main

__all__ = ["Context", "Headers", "Response", "evaluator", "main"]
__version__ = "1.0.0"
