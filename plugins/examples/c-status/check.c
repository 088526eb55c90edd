/* Matches when a job is done: when the status of the JSON body is one of
 * config.want, which is done by default. */
#include "httsleep.h"

HS_CHECK(evaluate) {
    hs_text want = hs_member(hs_config(), "want");
    if (!want.at) want = hs_literal("[\"done\"]");

    hs_text status = hs_string(hs_find(hs_literal("$.status")));
    if (!status.at) return hs_fail("the body has no status");
    hs_reason("the job is %.*s", HS_PRINT(status));

    hs_text list = hs_inside(want, '['), one;
    while ((one = hs_next(&list)).at)
        if (hs_same(hs_string(one), status)) return true;
    return false;
}
