//! The programs of package evaluatortest, in Rust.
use httsleep::{quote, Call, Level, Result};
use std::time::Duration;

fn text(call: &Call, member: &str) -> Result<String> {
    call.config().get(member).ok_or("the config lacks a member")?.string()
}

fn number(call: &Call, member: &str) -> Result<f64> {
    call.config().get(member).ok_or("the config lacks a member")?.number()
}

fn because(call: &Call, reason: &str) -> Result<bool> {
    call.reason(reason);
    Ok(true)
}

fn header(call: &Call) -> Result<bool> {
    let values = call.header_values(&text(call, "name")?);
    call.reason(&values.join("|"));
    Ok(!values.is_empty())
}

fn body_contains(call: &Call) -> Result<bool> {
    let needle = text(call, "needle")?;
    Ok(call.body().windows(needle.len()).any(|part| part == needle.as_bytes()))
}

fn json_field(call: &Call) -> Result<bool> {
    let found = call.find(&format!("$[{}]", quote(&text(call, "field")?)))?;
    let want = text(call, "want")?;
    Ok(found.map_or(false, |value| value.is_string(&want)))
}

fn json_path(call: &Call) -> Result<bool> {
    let found = call.jsonpath(&text(call, "expression")?)?;
    call.reason(found.as_str());
    Ok(!found.elements().is_empty())
}

fn count_with_state(call: &Call) -> Result<bool> {
    let n = match call.state().get("n") {
        Some(n) => n.int()? + 1,
        None => 1,
    };
    call.set_state(&format!("{{\"n\": {}}}", n))?;
    call.reason(&format!("n={}", n));
    Ok(n >= number(call, "until")? as i64)
}

fn delete_state(call: &Call) -> Result<bool> {
    call.delete_state();
    Ok(true)
}

fn set_state(call: &Call) -> Result<bool> {
    call.set_state(call.config().get("state").ok_or("the config lacks a state")?.as_str())?;
    Ok(true)
}

fn big_state(call: &Call) -> Result<bool> {
    call.set_state(&format!("{{\"pad\":\"{}\"}}", "x".repeat(number(call, "bytes")? as usize)))?;
    Ok(true)
}

fn fail_after_state(call: &Call) -> Result<bool> {
    call.set_state("{\"lost\": true}")?;
    call.reason("lost");
    call.retry_after(Duration::from_secs(5));
    panic!("after all that");
}

fn random(call: &Call) -> Result<bool> {
    let mut random = call.random();
    because(call, &format!("{},{}", random.number(), random.number()))
}

fn retry_after(call: &Call) -> Result<bool> {
    call.retry_after(Duration::from_secs_f64(number(call, "seconds")?));
    Ok(false)
}

fn log(call: &Call) -> Result<bool> {
    let line = text(call, "text")?;
    for _ in 0..number(call, "lines")? as u32 {
        call.log(Level::Info, &line);
    }
    Ok(true)
}

fn log_levels(call: &Call) -> Result<bool> {
    call.log(Level::Debug, "d");
    call.log(Level::Info, "i");
    call.log(Level::Warn, "w");
    call.log(Level::Error, "e");
    Ok(true)
}

fn spin(call: &Call) -> Result<bool> {
    while call.attempt() > 0 {}
    Ok(true)
}

httsleep::export! {
    "status_is_200" => |call| Ok(call.status_code() == 200),
    "status_ok" => |call| Ok(call.ok()),
    "attempt_at_least" => |call| Ok(call.attempt() as f64 >= number(call, "at")?),
    "url" => |call| because(call, &call.url()),
    "elapsed" => |call| because(call, &call.elapsed().as_millis().to_string()),
    "header" => header,
    "header_names" => |call| because(call, &call.header_names().join(",")),
    "body_contains" => body_contains,
    "text_is" => |call| Ok(call.text() == text(call, "text")?),
    "json_field" => json_field,
    "json_path" => json_path,
    "count_with_state" => count_with_state,
    "echo_state" => |call| because(call, call.state().as_str()),
    "delete_state" => delete_state,
    "set_state" => set_state,
    "big_state" => big_state,
    "fail" => |call| Err(text(call, "message")?.into()),
    "fail_after_state" => fail_after_state,
    "now" => |call| because(call, &call.now_ms().to_string()),
    "random" => random,
    "retry_after" => retry_after,
    "reason" => |call| because(call, &text(call, "text")?),
    "long_reason" => |call| because(call, &text(call, "text")?.repeat(number(call, "count")? as usize)),
    "log" => log,
    "log_levels" => log_levels,
    "spin" => spin,
}
