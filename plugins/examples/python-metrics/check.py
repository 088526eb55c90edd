"""Matches when a metric has gone down: when the sum of config.metric over the
config.labels, in a page of Prometheus metrics, is at most config.at_most, which
is 0 by default.

It reads the page with prometheus-client of PyPI, which is what a plugin process
is for: any library of any language.
"""

from httsleep_plugin import evaluator, main
from prometheus_client.parser import text_string_to_metric_families


@evaluator(
    description="whether a Prometheus metric has gone down",
    config_schema={
        "type": "object",
        "required": ["metric"],
        "properties": {
            "metric": {"type": "string"},
            "labels": {"type": "object"},
            "at_most": {"type": "number"},
        },
    },
)
def check(response, ctx):
    name, labels = ctx.config["metric"], ctx.config.get("labels", {}).items()
    values = [
        sample.value
        for family in text_string_to_metric_families(response.text())
        for sample in family.samples
        if sample.name == name and labels <= sample.labels.items()
    ]
    if not values:
        ctx.reason(f"there is no {name}")
        return False
    at_most = ctx.config.get("at_most", 0)
    ctx.reason(f"{name} is {sum(values):g}, want at most {at_most:g}")
    return sum(values) <= at_most


if __name__ == "__main__":
    main()
