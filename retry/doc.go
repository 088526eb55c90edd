// Package retry polls, retries and guards any function.
package retry
