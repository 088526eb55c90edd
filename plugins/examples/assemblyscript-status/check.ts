// Matches when a job is done: when the status of the JSON body is one of
// config.want, which is done by default.
import { config, find, reason } from "../../sdk/assemblyscript/index";

export function evaluate(): bool {
  const found = find("$.status");
  if (found == null) throw new Error("the body has no status");
  const status = found.string();
  reason("the job is " + status);

  const want = config().get("want");
  if (want == null) return status == "done";
  const names = want.elements();
  for (let i = 0; i < names.length; i++) {
    if (names[i].string() == status) return true;
  }
  return false;
}
