//! Matches when a job is done: when the status of the JSON body is one of
//! config.want, which is done by default.

use httsleep::{Call, Result};

fn check(call: &Call) -> Result<bool> {
    let status = call.find("$.status")?.ok_or("the body has no status")?.string()?;
    call.reason(&format!("the job is {}", status));
    Ok(match call.config().get("want") {
        Some(want) => want.elements().iter().any(|one| one.is_string(&status)),
        None => status == "done",
    })
}

httsleep::export! { "evaluate" => check }
