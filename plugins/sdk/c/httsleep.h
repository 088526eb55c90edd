/*
 * httsleep.h: callbacks of httsleep in C, as WebAssembly modules.
 *
 *     #include "httsleep.h"
 *
 *     HS_CHECK(evaluate) {
 *         hs_text status = hs_string(hs_find(hs_literal("$.status")));
 *         if (!status.at) return hs_fail("the body has no status");
 *         hs_reason("the job is %.*s", HS_PRINT(status));
 *         return hs_equal(status, "done");
 *     }
 *
 * A check returns true for a match, false for none, and hs_fail() for an error.
 * Nothing else is needed, no C library either. Include this in one source file
 * of a module: it keeps where its memory is.
 */
#ifndef HTTSLEEP_H
#define HTTSLEEP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HS_IMPORT(name) __attribute__((import_module("httsleep"), import_name(#name)))

/* The functions of the host, version 1, as ABI.md describes them. Those that
 * give a text are wrapped below. */
HS_IMPORT(status_code) int32_t hs_status_code(void);  /* as 200 */
HS_IMPORT(attempt) int32_t hs_attempt(void);          /* from 1 */
HS_IMPORT(elapsed_ms) int64_t hs_elapsed_ms(void);    /* that the attempt took */
HS_IMPORT(now_ms) int64_t hs_now_ms(void);            /* since 1970 */
HS_IMPORT(seed) uint64_t hs_seed(void);               /* see hs_random */
HS_IMPORT(url) int32_t hs_host_url(char *to, uint32_t cap);
HS_IMPORT(header) int32_t hs_host_header(const char *name, uint32_t size, char *to, uint32_t cap);
HS_IMPORT(header_names) int32_t hs_host_header_names(char *to, uint32_t cap);
HS_IMPORT(body) int32_t hs_host_body(int64_t offset, char *to, uint32_t cap);
HS_IMPORT(jsonpath) int32_t hs_host_jsonpath(const char *expression, uint32_t size, char *to, uint32_t cap);
HS_IMPORT(config) int32_t hs_host_config(char *to, uint32_t cap);
HS_IMPORT(state) int32_t hs_host_state(char *to, uint32_t cap);
HS_IMPORT(set_state) int32_t hs_host_set_state(const char *json, uint32_t size);
HS_IMPORT(reason) void hs_host_reason(const char *text, uint32_t size);
HS_IMPORT(retry_after_ms) void hs_retry_after_ms(int64_t wait); /* ask for a delay; it must not be negative */
HS_IMPORT(log) void hs_host_log(int32_t level, const char *text, uint32_t size);

/* A text is bytes, without a zero at its end. A text that is missing has at
 * NULL; every function takes such a text and passes it on. */
typedef struct {
    const char *at;
    size_t size;
} hs_text;

/* What "%.*s" needs to print a text. */
#define HS_PRINT(text) (int)(text).size, (text).at

#define HS_NONE ((hs_text){NULL, 0})

/* HS_CHECK defines a check and exports it under its name, which is that of the
 * callback's function, or evaluate. The memory of hs_alloc is free again when
 * the next call begins. */
#define HS_CHECK(name)                                                        \
    static int32_t hs_check_##name(void);                                     \
    __attribute__((export_name(#name))) int32_t hs_export_##name(void) {      \
        hs_reset();                                                           \
        return hs_check_##name();                                             \
    }                                                                         \
    static int32_t hs_check_##name(void)

#define HS_FAILED 2

/* ---- memory ---- */

enum { HS_PAGE = 65536 };

/* The memory that hs_alloc gives lies in pages that it asked the host for, so
 * that a C library beside it may have its own heap. */
static struct { char *begin, *next, *end; } hs_heap;

static inline void hs_reset(void) { hs_heap.next = hs_heap.begin; }

/* hs_alloc gives memory until the end of the call. Without memory left the call
 * ends. */
static inline void *hs_alloc(size_t size) {
    if (size > INT32_MAX) __builtin_trap();
    size = (size + 16) & ~(size_t)15; /* never 0 */
    if (size > (size_t)(hs_heap.end - hs_heap.next)) {
        size_t pages = (size + HS_PAGE - 1) / HS_PAGE;
        size_t before = __builtin_wasm_memory_grow(0, pages);
        if (before == (size_t)-1) __builtin_trap();
        char *grown = (char *)(before * HS_PAGE);
        if (grown != hs_heap.end) hs_heap.begin = hs_heap.next = grown;
        hs_heap.end = grown + pages * HS_PAGE;
    }
    hs_heap.next += size;
    return hs_heap.next - size;
}

/* ---- texts ---- */

static inline size_t hs_length(const char *string) {
    size_t n = 0;
    while (string[n]) n++;
    return n;
}

static inline hs_text hs_literal(const char *string) { return (hs_text){string, hs_length(string)}; }

static inline bool hs_same(hs_text a, hs_text b) {
    if (a.size != b.size || !a.at != !b.at) return false;
    for (size_t i = 0; i < a.size; i++)
        if (a.at[i] != b.at[i]) return false;
    return true;
}

static inline bool hs_equal(hs_text text, const char *string) { return hs_same(text, hs_literal(string)); }

static inline bool hs_contains(hs_text text, hs_text part) {
    for (size_t i = 0; part.size <= text.size && i <= text.size - part.size; i++)
        if (hs_same((hs_text){text.at + i, part.size}, part)) return true;
    return false;
}

/* hs_line takes the next line off a text; missing when there is none. */
static inline hs_text hs_line(hs_text *rest) {
    if (!rest->at) return HS_NONE;
    size_t n = 0;
    while (n < rest->size && rest->at[n] != '\n') n++;
    hs_text line = {rest->at, n};
    *rest = n < rest->size ? (hs_text){rest->at + n + 1, rest->size - n - 1} : HS_NONE;
    return line;
}

/* A buffer that bytes are added to; those that do not fit are counted only. */
typedef struct {
    char *to;
    size_t size, cap;
} hs_buffer;

static inline void hs_put(hs_buffer *b, const char *from, size_t size) {
    for (size_t i = 0; i < size; i++, b->size++)
        if (b->size < b->cap) b->to[b->size] = from[i];
}

static inline void hs_put_int(hs_buffer *b, int64_t n) {
    char digits[20];
    size_t i = sizeof digits;
    uint64_t left = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    do digits[--i] = (char)('0' + left % 10);
    while (left /= 10);
    if (n < 0) digits[--i] = '-';
    hs_put(b, digits + i, sizeof digits - i);
}

/* hs_print writes what a format says: %s, %.*s, %d, %lld and %%. */
static inline void hs_print(hs_buffer *b, const char *format, va_list arguments) {
    for (const char *f = format; *f; f++) {
        if (*f != '%') {
            hs_put(b, f, 1);
        } else if (*++f == 'd') {
            hs_put_int(b, va_arg(arguments, int));
        } else if (*f == 'l' && f[1] == 'l' && f[2] == 'd') {
            hs_put_int(b, va_arg(arguments, long long));
            f += 2;
        } else if (*f == 's') {
            const char *string = va_arg(arguments, const char *);
            hs_put(b, string, hs_length(string));
        } else if (*f == '.' && f[1] == '*' && f[2] == 's') {
            size_t size = va_arg(arguments, unsigned);
            hs_put(b, va_arg(arguments, const char *), size);
            f += 2;
        } else if (*f == '%') {
            hs_put(b, f, 1);
        } else {
            __builtin_trap();
        }
    }
}

static inline hs_text hs_vformat(const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    hs_buffer b = {NULL, 0, 0};
    hs_print(&b, format, arguments);
    b = (hs_buffer){(char *)hs_alloc(b.size), 0, b.size};
    hs_print(&b, format, again);
    va_end(again);
    return (hs_text){b.to, b.size};
}

#define HS_FORMAT(at) __attribute__((format(printf, at, at + 1)))
#define HS_FORMATTED(text)           \
    va_list arguments;               \
    va_start(arguments, format);     \
    hs_text text = hs_vformat(format, arguments); \
    va_end(arguments)

/* hs_format makes a text. A format knows %s, %.*s, %d, %lld and %%. */
HS_FORMAT(1) static inline hs_text hs_format(const char *format, ...) {
    HS_FORMATTED(text);
    return text;
}

/* ---- what a check says ---- */

/* hs_reason gives one line for the report that says why; the last one counts. */
HS_FORMAT(1) static inline void hs_reason(const char *format, ...) {
    HS_FORMATTED(text);
    hs_host_reason(text.at, text.size);
}

/* hs_fail says what went wrong: return hs_fail("…"). Whatever the check has
 * stored is lost then. */
HS_FORMAT(1) static inline int32_t hs_fail(const char *format, ...) {
    HS_FORMATTED(text);
    hs_host_reason(text.at, text.size);
    return HS_FAILED;
}

typedef enum { HS_DEBUG, HS_INFO, HS_WARN, HS_ERROR } hs_level;

/* hs_log adds a line to the log of the evaluation. */
HS_FORMAT(2) static inline void hs_log(hs_level level, const char *format, ...) {
    HS_FORMATTED(text);
    hs_host_log((int32_t)level, text.at, text.size);
}

/* hs_set_state stores JSON for the next attempt, at most 64 KiB; false when it
 * is not JSON. */
static inline bool hs_set_state(hs_text json) { return json.size > 0 && hs_host_set_state(json.at, json.size) == 0; }

/* hs_delete_state makes the state what it was at first, {}. */
static inline void hs_delete_state(void) { hs_host_set_state(NULL, 0); }

/* ---- what a check sees ---- */

/* HS_FETCH calls a getter with a buffer, and again when that was too small. The
 * getter's arguments before the buffer go into the parentheses. */
enum { HS_GUESS = 256 };
#define HS_FETCH(getter, ...)                                             \
    char *to = (char *)hs_alloc(HS_GUESS);                                \
    int32_t size = getter(__VA_ARGS__ to, HS_GUESS);                      \
    if (size < 0) return HS_NONE;                                         \
    if (size > HS_GUESS) {                                                \
        to = (char *)hs_alloc(size);                                      \
        getter(__VA_ARGS__ to, size);                                     \
    }                                                                     \
    return (hs_text){to, (size_t)size}

static inline bool hs_ok(void) { return hs_status_code() >= 200 && hs_status_code() <= 299; }

/* hs_url is where the response came from, after redirects. */
static inline hs_text hs_url(void) { HS_FETCH(hs_host_url, ); }

/* hs_header gives all values of a header, one on each line (hs_line takes the
 * first one off); missing when there is none. Names are case-insensitive. */
static inline hs_text hs_header(hs_text name) { HS_FETCH(hs_host_header, name.at, name.size, ); }

/* hs_header_names gives the names of all headers, in lower case and sorted, one
 * on each line. */
static inline hs_text hs_header_names(void) { HS_FETCH(hs_host_header_names, ); }

/* hs_body is the whole body, hs_read_body a part of it: it writes at most cap
 * bytes from an offset on, and gives how many there are from there to the end. */
static inline hs_text hs_body(void) { HS_FETCH(hs_host_body, 0, ); }
static inline size_t hs_read_body(size_t offset, void *to, size_t cap) {
    return (size_t)hs_host_body((int64_t)offset, (char *)to, cap);
}

/* hs_config is the config of the condition, hs_state what the check last
 * stored; both are JSON, {} when there is none. */
static inline hs_text hs_config(void) { HS_FETCH(hs_host_config, ); }
static inline hs_text hs_state(void) { HS_FETCH(hs_host_state, ); }

/* hs_jsonpath is what an expression finds in the body, as a JSON list; missing
 * when the body is not JSON or the expression is wrong. */
static inline hs_text hs_jsonpath(hs_text expression) { HS_FETCH(hs_host_jsonpath, expression.at, expression.size, ); }

/* A source of randomness: hs_random r = {hs_seed()}; the same evaluation gives
 * the same numbers again. */
typedef struct { uint64_t state; } hs_random;
static inline uint64_t hs_next_random(hs_random *r) {
    uint64_t z = r->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* ---- JSON that the host gave, which is valid ---- */

/* hs_skip gives where the next that is neither blank nor the separator stands. */
static inline size_t hs_skip(hs_text json, size_t i, char separator) {
    while (i < json.size && (json.at[i] == ' ' || json.at[i] == '\t' || json.at[i] == '\n' || json.at[i] == '\r' || json.at[i] == separator)) i++;
    return i;
}

/* hs_value_end is where the value that begins at i ends. */
static inline size_t hs_value_end(hs_text json, size_t i) {
    size_t depth = 0;
    bool quoted = false;
    for (; i < json.size; i++) {
        char c = json.at[i];
        if (quoted) {
            if (c == '\\') i++;
            else if (c == '"') quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '[' || c == '{') {
            depth++;
        } else if (c == ']' || c == '}') {
            if (depth == 0) return i;
            depth--;
        } else if (depth == 0 && (c == ',' || c == ':' || c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
            return i;
        } else {
            continue;
        }
        if (depth == 0 && !quoted) return i + 1;
    }
    return i;
}

/* hs_next takes the next value off the inside of an array or object, and gives
 * it as JSON; missing at the end. Begin with hs_inside. */
static inline hs_text hs_next(hs_text *rest) {
    size_t begin = hs_skip(*rest, hs_skip(*rest, 0, ','), ':');
    if (!rest->at || begin >= rest->size || rest->at[begin] == ']' || rest->at[begin] == '}') return HS_NONE;
    size_t end = hs_value_end(*rest, begin);
    hs_text value = {rest->at + begin, end - begin};
    *rest = (hs_text){rest->at + end, rest->size - end};
    return value;
}

/* hs_inside is what stands in an array or object; missing for other JSON. */
static inline hs_text hs_inside(hs_text json, char open) {
    size_t begin = hs_skip(json, 0, ' ');
    if (begin >= json.size || json.at[begin] != open) return HS_NONE;
    return (hs_text){json.at + begin + 1, json.size - begin - 1};
}

static inline void hs_put_rune(hs_buffer *b, uint32_t r) {
    char out[4];
    size_t n = r < 0x80 ? 1 : r < 0x800 ? 2 : r < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1; r >>= 6) out[i] = (char)(0x80 | (r & 0x3f));
    out[0] = (char)(n == 1 ? r : (0xf00u >> n & 0xff) | r);
    hs_put(b, out, n);
}

static inline uint32_t hs_hex(const char *at) {
    uint32_t n = 0;
    for (size_t i = 0; i < 4; i++) n = n << 4 | (uint32_t)(at[i] <= '9' ? at[i] - '0' : (at[i] | 32) - 'a' + 10);
    return n;
}

/* hs_escape writes the character of the escape sequence at i, and gives where
 * it ends. Half a surrogate pair becomes U+FFFD. */
static inline size_t hs_escape(hs_buffer *b, hs_text json, size_t i) {
    char c = json.at[i + 1];
    if (c != 'u') {
        static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
        for (size_t k = 0; from[k]; k++)
            if (c == from[k]) c = to[k];
        hs_put(b, &c, 1);
        return i + 2;
    }
    uint32_t r = hs_hex(json.at + i + 2);
    i += 6;
    if (r >= 0xd800 && r < 0xe000) {
        bool pair = r < 0xdc00 && i + 6 <= json.size && json.at[i] == '\\' && json.at[i + 1] == 'u';
        uint32_t low = pair ? hs_hex(json.at + i + 2) : 0;
        pair = low >= 0xdc00 && low < 0xe000;
        r = pair ? 0x10000 + ((r - 0xd800) << 10) + (low - 0xdc00) : 0xfffd;
        if (pair) i += 6;
    }
    hs_put_rune(b, r);
    return i;
}

/* hs_string is the content of a JSON string; missing for other JSON. */
static inline hs_text hs_string(hs_text json) {
    if (json.size < 2 || json.at[0] != '"') return HS_NONE;
    hs_buffer b = {(char *)hs_alloc(json.size), 0, json.size};
    for (size_t i = 1; i < json.size - 1;) {
        if (json.at[i] == '\\') {
            i = hs_escape(&b, json, i);
        } else {
            hs_put(&b, json.at + i++, 1);
        }
    }
    return (hs_text){b.to, b.size};
}

/* hs_quote is a text as a JSON string, for hs_set_state and for expressions. */
static inline hs_text hs_quote(hs_text text) {
    hs_buffer b = {(char *)hs_alloc(6 * text.size + 2), 0, 6 * text.size + 2};
    hs_put(&b, "\"", 1);
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (c < 0x20) {
            const char escape[] = {'\\', 'u', '0', '0', (char)('0' + (c >> 4)), "0123456789abcdef"[c & 15]};
            hs_put(&b, escape, sizeof escape);
            continue;
        }
        if (c == '"' || c == '\\') hs_put(&b, "\\", 1);
        hs_put(&b, text.at + i, 1);
    }
    hs_put(&b, "\"", 1);
    return (hs_text){b.to, b.size};
}

/* hs_member is the value of a member of a JSON object; missing when there is
 * none. Of several the last one counts. */
static inline hs_text hs_member(hs_text json, const char *name) {
    hs_text inside = hs_inside(json, '{'), found = HS_NONE;
    for (hs_text key; (key = hs_next(&inside)).at;) {
        hs_text value = hs_next(&inside);
        if (hs_equal(hs_string(key), name)) found = value;
    }
    return found;
}

/* hs_find is the first value that a jsonpath finds in the body, as JSON;
 * missing when there is none, or hs_jsonpath has none. */
static inline hs_text hs_find(hs_text expression) {
    hs_text inside = hs_inside(hs_jsonpath(expression), '[');
    return hs_next(&inside);
}

/* hs_number reads a JSON number; false for other JSON. It is exact up to 15
 * digits. */
static inline bool hs_number(hs_text json, double *number) {
    size_t i = json.size > 0 && json.at[0] == '-';
    if (i >= json.size || json.at[i] < '0' || json.at[i] > '9') return false;
    double n = 0, scale = 1;
    int32_t exponent = 0, written = 0;
    bool fraction = false;
    for (; i < json.size && (json.at[i] == '.' || (json.at[i] >= '0' && json.at[i] <= '9')); i++) {
        if (json.at[i] == '.') {
            fraction = true;
            continue;
        }
        n = n * 10 + (json.at[i] - '0');
        exponent -= fraction;
    }
    if (i + 1 < json.size) {
        bool minus = json.at[++i] == '-';
        for (i += json.at[i] == '-' || json.at[i] == '+'; i < json.size; i++)
            if (written < 10000) written = written * 10 + (json.at[i] - '0');
        exponent += minus ? -written : written;
    }
    for (int32_t k = exponent < 0 ? -exponent : exponent; k > 0 && scale < 1e308; k--) scale *= 10;
    n = exponent < 0 ? n / scale : n * scale;
    *number = json.at[0] == '-' ? -n : n;
    return true;
}

/* hs_int is a JSON number without its fraction, within what 64 bits hold, or
 * what is given for other JSON. */
static inline int64_t hs_int(hs_text json, int64_t otherwise) {
    double number;
    if (!hs_number(json, &number)) return otherwise;
    if (number >= 9223372036854775807.0) return INT64_MAX;
    return number <= -9223372036854775808.0 ? INT64_MIN : (int64_t)number;
}

#ifdef __cplusplus
}
#endif

#endif
