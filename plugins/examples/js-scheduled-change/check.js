// Matches once the last scheduled change of a service lies in the past.
// The tutorial calls it ensure_scheduled_change_in_past.

/** @type {import("httsleep").Callback} */
const ensureScheduledChangeInPast = (response, ctx) => {
  const at = Date.parse(response.json().last_scheduled_change);
  if (Number.isNaN(at)) throw new TypeError("last_scheduled_change is no date");

  const seconds = Math.ceil((at - Date.now()) / 1000);
  if (seconds < 0) return true;

  ctx.reason(`the change is ${seconds} s away`);
  return false;
};

export default ensureScheduledChangeInPast;
