package main

import "github.com/httsleep/httsleep/plugins/sdk"

// A callback names a program by the export of a module.

//go:wasmexport status_is_200
func exportStatusIs200() int32 { return sdk.Evaluate("status_is_200") }

//go:wasmexport status_ok
func exportStatusOk() int32 { return sdk.Evaluate("status_ok") }

//go:wasmexport attempt_at_least
func exportAttemptAtLeast() int32 { return sdk.Evaluate("attempt_at_least") }

//go:wasmexport url
func exportUrl() int32 { return sdk.Evaluate("url") }

//go:wasmexport elapsed
func exportElapsed() int32 { return sdk.Evaluate("elapsed") }

//go:wasmexport header
func exportHeader() int32 { return sdk.Evaluate("header") }

//go:wasmexport header_names
func exportHeaderNames() int32 { return sdk.Evaluate("header_names") }

//go:wasmexport body_contains
func exportBodyContains() int32 { return sdk.Evaluate("body_contains") }

//go:wasmexport text_is
func exportTextIs() int32 { return sdk.Evaluate("text_is") }

//go:wasmexport json_field
func exportJsonField() int32 { return sdk.Evaluate("json_field") }

//go:wasmexport json_path
func exportJsonPath() int32 { return sdk.Evaluate("json_path") }

//go:wasmexport count_with_state
func exportCountWithState() int32 { return sdk.Evaluate("count_with_state") }

//go:wasmexport echo_state
func exportEchoState() int32 { return sdk.Evaluate("echo_state") }

//go:wasmexport delete_state
func exportDeleteState() int32 { return sdk.Evaluate("delete_state") }

//go:wasmexport set_state
func exportSetState() int32 { return sdk.Evaluate("set_state") }

//go:wasmexport big_state
func exportBigState() int32 { return sdk.Evaluate("big_state") }

//go:wasmexport fail
func exportFail() int32 { return sdk.Evaluate("fail") }

//go:wasmexport fail_after_state
func exportFailAfterState() int32 { return sdk.Evaluate("fail_after_state") }

//go:wasmexport now
func exportNow() int32 { return sdk.Evaluate("now") }

//go:wasmexport random
func exportRandom() int32 { return sdk.Evaluate("random") }

//go:wasmexport retry_after
func exportRetryAfter() int32 { return sdk.Evaluate("retry_after") }

//go:wasmexport reason
func exportReason() int32 { return sdk.Evaluate("reason") }

//go:wasmexport long_reason
func exportLongReason() int32 { return sdk.Evaluate("long_reason") }

//go:wasmexport log
func exportLog() int32 { return sdk.Evaluate("log") }

//go:wasmexport log_levels
func exportLogLevels() int32 { return sdk.Evaluate("log_levels") }

//go:wasmexport spin
func exportSpin() int32 { return sdk.Evaluate("spin") }
