//! Callbacks of httsleep in Rust, as WebAssembly modules.
//!
//! ```ignore
//! use httsleep::{Call, Result};
//!
//! fn check(call: &Call) -> Result<bool> {
//!     let status = call.find("$.status")?.ok_or("the body has no status")?.string()?;
//!     call.reason(&format!("the job is {}", status));
//!     Ok(status == "done")
//! }
//!
//! httsleep::export! { "evaluate" => check }
//! ```
//!
//! The name is that of the callback's `function`, or `evaluate`, which is called
//! when it names none. `Ok(true)` ends the wait, `Ok(false)` goes on, and an
//! `Err` says that the check failed. So does a panic; its message is in the log.
//!
//! The crate itself needs `alloc` only. A guest with `#![no_std]` switches the
//! feature `std` off, which logs panics, and brings its own allocator and panic
//! handler, as `rust-nostd-status` of the examples. That needs Rust 1.68; an
//! older one does not link it without `feature(default_alloc_error_handler)`.
#![no_std]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod host;
mod json;

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use alloc::{borrow::ToOwned, format, vec};
use core::fmt;
use core::time::Duration;

pub use json::{quote, Json};

/// Why a check failed. Everything that can be displayed becomes one with `?` or
/// `into()`.
#[derive(Debug)]
pub struct Error(String);

impl<E: fmt::Display> From<E> for Error {
    fn from(cause: E) -> Self {
        Error(cause.to_string())
    }
}

/// What a check returns.
pub type Result<T> = core::result::Result<T, Error>;

/// How much a log line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Debug,
    Info,
    Warn,
    Error,
}

/// One evaluation: the response to judge, and what the check says of it besides
/// its verdict.
///
/// `now_ms` and `random` are the only clock and the only randomness, so that a
/// recorded evaluation gives the same answer again.
pub struct Call(());

impl Call {
    /// The status of the response, as 200.
    pub fn status_code(&self) -> i32 {
        unsafe { host::status_code() }
    }

    /// Whether the status is 200 to 299.
    pub fn ok(&self) -> bool {
        (200..300).contains(&self.status_code())
    }

    /// Where the response came from, after redirects.
    pub fn url(&self) -> String {
        text(fetch(|to, cap| unsafe { host::url(to, cap) }).unwrap_or_default())
    }

    /// The first value of a header. Names are case-insensitive.
    pub fn header(&self, name: &str) -> Option<String> {
        self.header_values(name).into_iter().next()
    }

    /// All values of a header, in order; none when it is missing.
    pub fn header_values(&self, name: &str) -> Vec<String> {
        let values = fetch(|to, cap| unsafe { host::header(name.as_ptr(), name.len(), to, cap) });
        values.map_or(Vec::new(), |lines| text(lines).split('\n').map(str::to_owned).collect())
    }

    /// The names of all headers, in lower case and sorted.
    pub fn header_names(&self) -> Vec<String> {
        let names = fetch(|to, cap| unsafe { host::header_names(to, cap) }).unwrap_or_default();
        text(names).lines().map(str::to_owned).collect()
    }

    /// The body, after its content-coding was undone.
    pub fn body(&self) -> Vec<u8> {
        fetch(|to, cap| unsafe { host::body(0, to, cap) }).unwrap_or_default()
    }

    /// Fills a buffer with the body from an offset on, and gives how many bytes
    /// there are from there to the end.
    pub fn read_body(&self, offset: usize, to: &mut [u8]) -> usize {
        unsafe { host::body(offset as i64, to.as_mut_ptr(), to.len()) as usize }
    }

    /// The body as text; what is not UTF-8 becomes U+FFFD.
    pub fn text(&self) -> String {
        text(self.body())
    }

    /// Everything that an expression finds in the body, as a list.
    pub fn jsonpath(&self, expression: &str) -> Result<Json> {
        match fetch(|to, cap| unsafe { host::jsonpath(expression.as_ptr(), expression.len(), to, cap) }) {
            Ok(list) => Ok(Json::new(text(list))),
            Err(host::NOT_JSON) => Err("the body is not JSON".into()),
            Err(_) => Err(format!("the jsonpath {} is not valid", expression).into()),
        }
    }

    /// The first of what an expression finds in the body.
    pub fn find(&self, expression: &str) -> Result<Option<Json>> {
        Ok(self.jsonpath(expression)?.elements().into_iter().next())
    }

    /// How long the attempt took.
    pub fn elapsed(&self) -> Duration {
        Duration::from_millis(unsafe { host::elapsed_ms() } as u64)
    }

    /// The number of the attempt, from 1.
    pub fn attempt(&self) -> i32 {
        unsafe { host::attempt() }
    }

    /// The time of the evaluation, in milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        unsafe { host::now_ms() }
    }

    /// What random numbers begin with.
    pub fn seed(&self) -> u64 {
        unsafe { host::seed() }
    }

    /// A source of random numbers. The same evaluation gives the same ones again.
    pub fn random(&self) -> Random {
        Random(self.seed())
    }

    /// The config of the condition, {} when it gives none.
    pub fn config(&self) -> Json {
        Json::new(text(fetch(|to, cap| unsafe { host::config(to, cap) }).unwrap_or_default()))
    }

    /// What the check last stored, {} at first.
    pub fn state(&self) -> Json {
        Json::new(text(fetch(|to, cap| unsafe { host::state(to, cap) }).unwrap_or_default()))
    }

    /// Stores JSON for the next attempt, at most 64 KiB. A check that fails
    /// stores nothing.
    pub fn set_state(&self, json: &str) -> Result<()> {
        if json.is_empty() || unsafe { host::set_state(json.as_ptr(), json.len()) } != 0 {
            return Err("the new state is not JSON".into());
        }
        Ok(())
    }

    /// Makes the state what it was at first.
    pub fn delete_state(&self) {
        unsafe { host::set_state("".as_ptr(), 0) };
    }

    /// One line for the report that says why; the last one counts.
    pub fn reason(&self, text: &str) {
        unsafe { host::reason(text.as_ptr(), text.len()) }
    }

    /// Asks the host to make the next attempt so much later.
    pub fn retry_after(&self, wait: Duration) {
        unsafe { host::retry_after_ms(wait.as_millis().min(i64::MAX as u128) as i64) }
    }

    /// Adds a line to the log of the evaluation.
    pub fn log(&self, level: Level, text: &str) {
        unsafe { host::log(level as i32, text.as_ptr(), text.len()) }
    }
}

/// Numbers that a seed gives (SplitMix64).
pub struct Random(u64);

impl Random {
    /// A number of 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to below 1.
    pub fn number(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// The size of the buffer that a getter is first called with.
const GUESS: usize = 256;

/// Everything that a getter gives, or the code that it returns instead.
fn fetch(getter: impl Fn(*mut u8, usize) -> i32) -> core::result::Result<Vec<u8>, i32> {
    let mut content = vec![0; GUESS];
    let size = getter(content.as_mut_ptr(), GUESS);
    if size < 0 {
        return Err(size);
    }
    content.resize(size as usize, 0);
    if content.len() > GUESS {
        getter(content.as_mut_ptr(), content.len());
    }
    Ok(content)
}

/// Bytes as text; what is not UTF-8 becomes U+FFFD.
fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
}

/// Runs a check, and gives what the function that the host calls returns.
/// `export!` calls it.
pub fn evaluate(check: fn(&Call) -> Result<bool>) -> i32 {
    #[cfg(feature = "std")]
    std::panic::set_hook(std::boxed::Box::new(|panic| Call(()).log(Level::Error, &panic.to_string())));
    let call = Call(());
    match check(&call) {
        Ok(matched) => matched as i32,
        Err(Error(why)) => {
            call.reason(&why);
            2
        }
    }
}

/// Exports checks under the names that callbacks give as `function`:
/// `export! { "evaluate" => check, "stalled" => stalled }`.
#[macro_export]
macro_rules! export {
    ($($name:literal => $check:expr),+ $(,)?) => {
        $(const _: () = {
            #[export_name = $name]
            extern "C" fn evaluate() -> i32 {
                $crate::evaluate($check)
            }
        };)+
    };
}
