// The functions of the ABI httsleep, version 1; see ABI.md.

@external("httsleep", "status_code")
export declare function status_code(): i32;
@external("httsleep", "attempt")
export declare function attempt(): i32;
@external("httsleep", "elapsed_ms")
export declare function elapsed_ms(): i64;
@external("httsleep", "now_ms")
export declare function now_ms(): i64;
@external("httsleep", "seed")
export declare function seed(): u64;
@external("httsleep", "url")
export declare function url(to: usize, cap: i32): i32;
@external("httsleep", "header")
export declare function header(name: usize, size: i32, to: usize, cap: i32): i32;
@external("httsleep", "header_names")
export declare function header_names(to: usize, cap: i32): i32;
@external("httsleep", "body")
export declare function body(offset: i64, to: usize, cap: i32): i32;
@external("httsleep", "jsonpath")
export declare function jsonpath(expression: usize, size: i32, to: usize, cap: i32): i32;
@external("httsleep", "config")
export declare function config(to: usize, cap: i32): i32;
@external("httsleep", "state")
export declare function state(to: usize, cap: i32): i32;
@external("httsleep", "set_state")
export declare function set_state(json: usize, size: i32): i32;
@external("httsleep", "reason")
export declare function reason(text: usize, size: i32): void;
@external("httsleep", "retry_after_ms")
export declare function retry_after_ms(wait: i64): void;
@external("httsleep", "log")
export declare function log(level: i32, text: usize, size: i32): void;
