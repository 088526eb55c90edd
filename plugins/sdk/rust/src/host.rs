//! The functions of the ABI httsleep, version 1; see ABI.md.

/// What `jsonpath` returns when the body is not JSON.
pub const NOT_JSON: i32 = -3;

#[link(wasm_import_module = "httsleep")]
extern "C" {
    pub fn status_code() -> i32;
    pub fn attempt() -> i32;
    pub fn elapsed_ms() -> i64;
    pub fn now_ms() -> i64;
    pub fn seed() -> u64;
    pub fn url(to: *mut u8, cap: usize) -> i32;
    pub fn header(name: *const u8, size: usize, to: *mut u8, cap: usize) -> i32;
    pub fn header_names(to: *mut u8, cap: usize) -> i32;
    pub fn body(offset: i64, to: *mut u8, cap: usize) -> i32;
    pub fn jsonpath(expression: *const u8, size: usize, to: *mut u8, cap: usize) -> i32;
    pub fn config(to: *mut u8, cap: usize) -> i32;
    pub fn state(to: *mut u8, cap: usize) -> i32;
    pub fn set_state(json: *const u8, size: usize) -> i32;
    pub fn reason(text: *const u8, size: usize);
    pub fn retry_after_ms(wait: i64);
    pub fn log(level: i32, text: *const u8, size: usize);
}
