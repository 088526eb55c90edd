// An alarm for a job without progress: matches when the progress of the JSON
// body has been the same for config.attempts attempts, 5 by default.
import { attempt, config, find, reason, setState, state } from "../../sdk/assemblyscript/index";

export function evaluate(): bool {
  const attempts = config().numberOr("attempts", 5);
  const found = find("$.progress");
  if (found == null) throw new Error("the body has no progress");
  const progress = found.number();

  const before = state();
  if (before.numberOr("progress", NaN) != progress) {
    setState(`{"progress": ${found.text}, "since": ${attempt()}}`);
    reason("progress is " + found.text);
    return false;
  }
  const still = attempt() - <i32>before.numberOr("since", attempt());
  reason(`progress is ${found.text} for ${still} attempts`);
  return still >= attempts;
}
