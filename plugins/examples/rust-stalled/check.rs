//! An alarm for a job without progress: matches when the progress of the JSON
//! body has been the same for config.attempts attempts, 5 by default.

use httsleep::{Call, Result};

fn check(call: &Call) -> Result<bool> {
    let attempts = call.config().get("attempts").map_or(Ok(5), |given| given.int())?;
    let progress = call.find("$.progress")?.ok_or("the body has no progress")?.number()?;

    let state = call.state();
    let before = state.get("progress").map(|before| before.number()).transpose()?;
    if before != Some(progress) {
        call.set_state(&format!("{{\"progress\": {}, \"since\": {}}}", progress, call.attempt()))?;
        call.reason(&format!("progress is {}", progress));
        return Ok(false);
    }
    let since = state.get("since").ok_or("the state lacks an attempt")?.int()?;
    let still = i64::from(call.attempt()) - since;
    call.reason(&format!("progress is {} for {} attempts", progress, still));
    Ok(still >= attempts)
}

httsleep::export! { "evaluate" => check }
