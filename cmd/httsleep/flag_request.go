package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/httsleep/httsleep/config"
)

// addRequestFlags adds curl's flags.
func addRequestFlags(c *cobra.Command, f *config.RequestFlags) {
	addGroup(c, "Request (curl's flags)", func(set *pflag.FlagSet) {
		set.StringVarP(&f.Method, "request", "X", "", "the `METHOD`; default GET, or POST with a body")
		set.StringArrayVarP(&f.Headers, "header", "H", nil, "a header `'NAME: VALUE'` or @FILE")
		addDataFlags(set, &f.Data)
		set.StringArrayVarP(&f.Form, "form", "F", nil, "a multipart field `NAME=VALUE`, NAME=@FILE or NAME=<FILE")
		set.BoolVarP(&f.Get, "get", "G", false, "put the data into the query")
		set.BoolVarP(&f.Head, "head", "I", false, "a HEAD request")
		set.StringArrayVarP(&f.Cookies, "cookie", "b", nil, "cookies `'A=B; C=D'`, or a FILE of them")
		set.VarP(funcFlag{"TEXT", func(text string) error { f.UserAgent = &text; return nil }}, "user-agent", "A", "the User-Agent header")
		set.StringVarP(&f.Referer, "referer", "e", "", "the Referer header, a `URL`")
		set.BoolVar(&f.Compressed, "compressed", false, "ask for a compressed body (the default)")
		set.Var(textFlag{&f.MaxBody, "SIZE"}, "max-filesize", "the largest body, decoded; default 10MiB")
		set.BoolVar(&f.NoFollow, "no-follow", false, "do not follow redirects")
		set.StringVar(&f.MaxRedirs, "max-redirs", "", "follow at most `N` redirects; default 10")
		set.StringVar(&f.Retry, "retry", "", "repeat a request that fails `N` times inside one attempt")
		set.Var(spanFlag{&f.RetryDelay}, "retry-delay", "the delay between those; default growing from 1s")
		addSwitch(set, "location", "L", "accepted: redirects are followed", func() { f.NoFollow = false })
		addSwitch(set, "silent", "s", "accepted, without effect", func() {})
		addSwitch(set, "show-error", "S", "accepted, without effect", func() {})
	})
	addGroup(c, "Who asks (curl's flags)", func(set *pflag.FlagSet) { addAuthFlags(set, &f.AuthFlags) })
	addGroup(c, "Connection (curl's flags)", func(set *pflag.FlagSet) {
		addConnectionFlags(set, &f.ConnectionFlags)
		addProxyFlags(set, &f.ConnectionFlags)
		addTLSFlags(set, &f.ConnectionFlags)
	})
}

// addDataFlags adds the flags that give a body, which are kept in their order.
func addDataFlags(set *pflag.FlagSet, to *[]config.Data) {
	for _, data := range []struct {
		flag             config.DataFlag
		shorthand, usage string
	}{
		{config.DataPlain, "d", "a form body; @FILE or @- is read without line ends"},
		{config.DataRaw, "", "as --data, @ means nothing"},
		{config.DataBinary, "", "as --data, a file is read as it is"},
		{config.DataEncode, "", "as --data, URL-encoded: TEXT, NAME=TEXT, @FILE, NAME@FILE"},
		{config.DataJSON, "", "a JSON body, with its headers"},
	} {
		set.VarP(funcFlag{"DATA", func(text string) error {
			*to = append(*to, config.Data{Flag: data.flag, Text: text})
			return nil
		}}, string(data.flag), data.shorthand, data.usage)
	}
}

func addAuthFlags(set *pflag.FlagSet, f *config.AuthFlags) {
	set.StringVarP(&f.User, "user", "u", "", "`USER:PASSWORD` for basic authentication")
	set.BoolVar(&f.Digest, "digest", false, "digest authentication, with --user")
	set.StringVar(&f.SigV4, "aws-sigv4", "", "sign for AWS, as `aws:amz:REGION:SERVICE`, with --user KEY:SECRET")
	set.StringVar(&f.Bearer, "oauth2-bearer", "", "a `TOKEN` for the Authorization header")
	set.BoolVarP(&f.Netrc, "netrc", "n", false, "user and password from ~/.netrc")
	set.StringVar(&f.NetrcFile, "netrc-file", "", "user and password from a `FILE` like it")
}

func addConnectionFlags(set *pflag.FlagSet, f *config.ConnectionFlags) {
	set.Var(spanFlag{&f.Connect}, "connect-timeout", "until the connection stands; default 10s")
	addSwitch(set, "http1.1", "", "HTTP/1.1 alone", func() { f.HTTP = "1.1" })
	addSwitch(set, "http2", "", "HTTP/2 where the server has it (the default)", func() { f.HTTP = "" })
	set.BoolVar(&f.PriorHTTP2, "http2-prior-knowledge", false, "HTTP/2 at once, without TLS too")
	set.StringVar(&f.Interface, "interface", "", "connect from an `ADDRESS` or an interface")
	set.StringArrayVar(&f.Resolve, "resolve", nil, "the address of a name, `HOST:PORT:ADDRESS`")
	set.StringVar(&f.Socket, "unix-socket", "", "connect to a unix socket, a `PATH`")
	set.BoolVarP(&f.IPv4, "ipv4", "4", false, "use IPv4 addresses only")
	set.BoolVarP(&f.IPv6, "ipv6", "6", false, "use IPv6 addresses only")
}

func addProxyFlags(set *pflag.FlagSet, f *config.ConnectionFlags) {
	set.StringVarP(&f.Proxy, "proxy", "x", "", "a proxy `URL`: http, https, socks4(a) or socks5(h)")
	set.StringVarP(&f.ProxyUser, "proxy-user", "U", "", "`USER:PASSWORD` for the proxy")
	set.StringArrayVar(&f.ProxyHeaders, "proxy-header", nil, "a header `'NAME: VALUE'` for an HTTP proxy alone")
	set.StringVar(&f.NoProxy, "noproxy", "", "`HOSTS` that are reached without it, as in NO_PROXY")
}

func addTLSFlags(set *pflag.FlagSet, f *config.ConnectionFlags) {
	set.BoolVarP(&f.Insecure, "insecure", "k", false, "do not verify the server's certificate")
	set.StringVar(&f.CACert, "cacert", "", "a `FILE` of certificates to trust")
	set.StringVarP(&f.Cert, "cert", "E", "", "the client's certificate `FILE[:PASSWORD]`")
	set.StringVar(&f.Key, "key", "", "the client's key `FILE`")
	set.StringVar(&f.Pass, "pass", "", "the `PASSWORD` of the key")
	set.StringVar(&f.Ciphers, "ciphers", "", "`CIPHERS` for TLS 1.2, by the names of OpenSSL or IANA")
	addSwitch(set, "tlsv1.2", "", "TLS 1.2 or later (the default)", func() { f.TLSMin = "1.2" })
	addSwitch(set, "tlsv1.3", "", "TLS 1.3 or later", func() { f.TLSMin = "1.3" })
	set.StringVar(&f.TLSMax, "tls-max", "", "at most this `VERSION`: 1.2 or 1.3")
}
