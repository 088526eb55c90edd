/* The programs of package evaluatortest, in C. */
#include "../httsleep.h"

static hs_text text_of(const char *member) { return hs_string(hs_member(hs_config(), member)); }
static int64_t int_of(const char *member) { return hs_int(hs_member(hs_config(), member), 0); }

static bool because(hs_text reason) {
    hs_reason("%.*s", HS_PRINT(reason));
    return true;
}

/* joined puts a separator in the place of line breaks. */
static hs_text joined(hs_text lines, const char *separator) {
    hs_text all = hs_literal(""), line = hs_line(&lines);
    for (bool first = true; line.at; first = false, line = hs_line(&lines))
        all = hs_format("%.*s%s%.*s", HS_PRINT(all), first ? "" : separator, HS_PRINT(line));
    return all;
}

HS_CHECK(status_is_200) { return hs_status_code() == 200; }
HS_CHECK(status_ok) { return hs_ok(); }
HS_CHECK(attempt_at_least) { return hs_attempt() >= int_of("at"); }
HS_CHECK(url) { return because(hs_url()); }
HS_CHECK(elapsed) { return because(hs_format("%lld", (long long)hs_elapsed_ms())); }

HS_CHECK(header) {
    hs_text values = hs_header(text_of("name"));
    because(joined(values, "|"));
    return values.at != NULL;
}

HS_CHECK(header_names) { return because(joined(hs_header_names(), ",")); }
HS_CHECK(body_contains) { return hs_contains(hs_body(), text_of("needle")); }
HS_CHECK(text_is) { return hs_same(hs_body(), text_of("text")); }

HS_CHECK(json_field) {
    hs_text field = hs_quote(text_of("field"));
    hs_text found = hs_jsonpath(hs_format("$[%.*s]", HS_PRINT(field)));
    if (!found.at) return hs_fail("the body is not JSON");
    hs_text inside = hs_inside(found, '[');
    return hs_same(hs_string(hs_next(&inside)), text_of("want"));
}

HS_CHECK(json_path) {
    hs_text found = hs_jsonpath(text_of("expression"));
    if (!found.at) return hs_fail("there is no answer");
    because(found);
    return !hs_equal(found, "[]");
}

HS_CHECK(count_with_state) {
    long long n = hs_int(hs_member(hs_state(), "n"), 0) + 1;
    if (!hs_set_state(hs_format("{\"n\": %lld}", n))) return hs_fail("the state was refused");
    hs_reason("n=%lld", n);
    return n >= int_of("until");
}

HS_CHECK(echo_state) { return because(hs_state()); }

HS_CHECK(delete_state) {
    hs_delete_state();
    return true;
}

HS_CHECK(set_state) { return hs_set_state(hs_member(hs_config(), "state")) ? true : hs_fail("the state was refused"); }

HS_CHECK(big_state) {
    size_t size = (size_t)int_of("bytes");
    char *pad = hs_alloc(size);
    for (size_t i = 0; i < size; i++) pad[i] = 'x';
    return hs_set_state(hs_format("{\"pad\":\"%.*s\"}", (int)size, pad));
}

HS_CHECK(fail) {
    hs_text message = text_of("message");
    return hs_fail("%.*s", HS_PRINT(message));
}

HS_CHECK(fail_after_state) {
    hs_set_state(hs_literal("{\"lost\": true}"));
    hs_reason("lost");
    hs_retry_after_ms(5000);
    __builtin_trap();
}

HS_CHECK(now) { return because(hs_format("%lld", (long long)hs_now_ms())); }

HS_CHECK(random) {
    hs_random r = {hs_seed()};
    long long first = (long long)hs_next_random(&r), second = (long long)hs_next_random(&r);
    return because(hs_format("%lld,%lld", first, second));
}

HS_CHECK(retry_after) {
    double seconds = 0;
    hs_number(hs_member(hs_config(), "seconds"), &seconds);
    hs_retry_after_ms((int64_t)(seconds * 1000));
    return false;
}

HS_CHECK(reason) { return because(text_of("text")); }

HS_CHECK(long_reason) {
    hs_text text = text_of("text");
    size_t count = (size_t)int_of("count");
    hs_buffer b = {hs_alloc(text.size * count), 0, text.size * count};
    for (size_t i = 0; i < count; i++) hs_put(&b, text.at, text.size);
    return because((hs_text){b.to, b.size});
}

HS_CHECK(log) {
    hs_text text = text_of("text");
    for (int64_t lines = int_of("lines"); lines > 0; lines--) hs_log(HS_INFO, "%.*s", HS_PRINT(text));
    return true;
}

HS_CHECK(log_levels) {
    hs_log(HS_DEBUG, "d");
    hs_log(HS_INFO, "i");
    hs_log(HS_WARN, "w");
    hs_log(HS_ERROR, "e");
    return true;
}

HS_CHECK(spin) {
    for (volatile int n = 0;; n++) {}
}
