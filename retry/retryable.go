package retry

import "errors"

// Is returns a function that reports whether an error is one of targets, as
// [errors.Is] has it.
func Is(targets ...error) func(error) bool {
	return func(err error) bool {
		for _, target := range targets {
			if errors.Is(err, target) {
				return true
			}
		}
		return false
	}
}

// As reports whether err is or wraps an error of type E, as [errors.As] has
// it. Use it as a function value: As[*net.OpError].
func As[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// AnyOf returns a function that reports whether any of the given ones does.
func AnyOf(tests ...func(error) bool) func(error) bool {
	return func(err error) bool {
		for _, test := range tests {
			if test(err) {
				return true
			}
		}
		return false
	}
}
