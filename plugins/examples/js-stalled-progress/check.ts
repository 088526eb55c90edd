// An alarm for a job that makes no progress: it matches when the progress has
// been the same for some attempts in a row.
import type { Callback } from "httsleep";

interface Config {
  field?: string; // where the progress stands; "progress" by default
  attempts?: number; // how many attempts without progress are too many; 5 by default
}

interface State {
  progress?: number;
  since?: number; // the attempt that saw this progress first
}

const stalled: Callback<Config, State> = (response, ctx) => {
  const { field = "progress", attempts = 5 } = ctx.config;
  const progress: unknown = response.json()[field];
  if (typeof progress !== "number") {
    throw new TypeError(`${field} is no number`);
  }
  if (progress !== ctx.state.progress) {
    ctx.state = { progress, since: ctx.attempt };
    ctx.reason(`progress is ${progress}`);
    return false;
  }
  const still = ctx.attempt - (ctx.state.since ?? ctx.attempt);
  ctx.reason(`progress is ${progress} for ${still} attempts`);
  return still >= attempts;
};

export default stalled;
