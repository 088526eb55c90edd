// Package pluginv1 is the contract between httsleep and plugin processes: the
// generated messages and services, and what both sides agree on before the
// first message. It is the one package that hosts and guests share.
package pluginv1

import "github.com/hashicorp/go-plugin"

const (
	// Version is the version of the protocol that is negotiated at the start.
	Version = 1
	// PluginName is what the service is called among go-plugin's plugins.
	PluginName = "evaluator"
	// CookieKey and CookieValue tell a plugin that a host started it.
	CookieKey   = "HTTSLEEP_PLUGIN"
	CookieValue = "5a1d7d4c-evaluator"
	// MaxRequest is the size of the largest message that a host sends, in
	// bytes: a body of 1 MiB, headers, config and state.
	MaxRequest = 4 << 20
	// MaxResponse is the size of the largest message that a host reads, in
	// bytes.
	MaxResponse = 1 << 20
)

// Handshake is what go-plugin has to find on both sides.
var Handshake = plugin.HandshakeConfig{MagicCookieKey: CookieKey, MagicCookieValue: CookieValue}
