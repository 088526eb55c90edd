//go:build race

package config_test

// The race detector allocates several times as much.
const allowance = 4
