package httsleep

import (
	"context"

	"github.com/httsleep/httsleep/matcher"
)

// Condition says what a response must be. It is data: it marshals to the JSON
// that a poll file has, and is read from it.
type Condition = matcher.Condition

// Conditions is a list of conditions, which holds when any of them does. As
// JSON it is a list or a single condition.
type Conditions = matcher.Conditions

// Response is what conditions look at.
type Response = matcher.Response

// Status holds for these status codes: numbers, or texts such as "2xx" and
// "200-299".
func Status(codes ...any) Condition { return matcher.Status(codes...) }

// Text holds when the decoded body equals s exactly.
func Text(s string) Condition { return matcher.Text(s) }

// JSONBody holds when the whole body, as JSON, equals v: key order is free,
// numbers count by value.
func JSONBody(v any) Condition { return matcher.JSON(v) }

// JSONPath holds when the expression's one result equals value, or the list of
// its several results does. The expression is a string or has a String method,
// as a jp.Expr of ojg has.
func JSONPath(expression, value any) Condition { return matcher.JSONPath(expression, value) }

// All holds when every one of the conditions does.
func All(conditions ...Condition) Condition { return matcher.All(conditions...) }

// Any holds when at least one of the conditions does.
func Any(conditions ...Condition) Condition { return matcher.Any(conditions...) }

// Not holds when the condition does not.
func Not(condition Condition) Condition { return matcher.Not(condition) }

// Stable holds when the condition has held at n attempts in a row.
func Stable(n int, condition Condition) Condition { return matcher.Stable(n, condition) }

// Func holds when f returns true. Its error ends the poll, with kind callback.
func Func(f func(context.Context, *Response) (bool, error)) Condition { return matcher.Func(f) }

// ParseCondition reads a condition from JSON.
func ParseCondition(data []byte) (Condition, error) { return matcher.ParseCondition(data) }
