//go:build !race

package config_test

const allowance = 1
