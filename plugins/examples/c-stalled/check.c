/* An alarm for a job without progress: matches when the progress of the JSON
 * body has been the same for config.attempts attempts, 5 by default. */
#include "httsleep.h"

HS_CHECK(evaluate) {
    int64_t attempts = hs_int(hs_member(hs_config(), "attempts"), 5);
    hs_text found = hs_find(hs_literal("$.progress")), state = hs_state();
    double progress, before;
    if (!hs_number(found, &progress)) return hs_fail("the body has no progress");

    if (!hs_number(hs_member(state, "progress"), &before) || before != progress) {
        hs_set_state(hs_format("{\"progress\": %.*s, \"since\": %d}", HS_PRINT(found), hs_attempt()));
        hs_reason("progress is %.*s", HS_PRINT(found));
        return false;
    }
    int64_t still = hs_attempt() - hs_int(hs_member(state, "since"), hs_attempt());
    hs_reason("progress is %.*s for %lld attempts", HS_PRINT(found), (long long)still);
    return still >= attempts;
}
