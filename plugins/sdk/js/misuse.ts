// What the types must refuse. Where one lets it pass, the compiler says that
// the directive above it is unused.
import type { Callback } from "httsleep";

// @ts-expect-error the status is read-only
export const status: Callback = (response) => (response.status = 200) === 200;
// @ts-expect-error the answer is a boolean
export const answer: Callback = (response) => response.text();
// @ts-expect-error there is no body
export const body: Callback = (response) => response.body.length > 0;
// @ts-expect-error a delay is a number or a text
export const delay: Callback = (_, ctx) => { ctx.retryAfter(new Date()); return false; };
// @ts-expect-error a header may be missing
export const header: Callback = (response) => response.headers.get("x").length > 0;
// @ts-expect-error the attempt is read-only
export const attempt: Callback = (_, ctx) => { ctx.attempt = 2; return true; };
