// Matches when enough of a list are ready: at least config.share of them, and
// never fewer than config.least.
import type { Callback } from "httsleep";

interface Config {
  list?: string; // a jsonpath; "$.items[*]" by default
  field?: string; // "state" by default
  value?: string; // "ready" by default
  share?: number; // 1 by default: all of them
  least?: number; // 1 by default, so that an empty list never matches
}

const enough: Callback<Config> = (response, ctx) => {
  const { list = "$.items[*]", field = "state", value = "ready", share = 1, least = 1 } = ctx.config;
  const items: Record<string, unknown>[] = ctx.jsonpath(list);
  const ready = items.filter((item) => item[field] === value).length;
  const needed = Math.max(least, Math.ceil(items.length * share));

  ctx.reason(`${ready} of ${items.length} ${value}, need ${needed}`);
  return ready >= needed;
};

export default enough;
