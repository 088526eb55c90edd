package httsleep

// Spec is one poll as data: what flags, poll files, the REST body and Go code
// all fill. Its zero values are the defaults; [Compile] checks it and makes a
// [Poller].
//
// Every key carries a local mark: whether it names something of the machine
// that reads it (a file, an environment variable, a socket, an address). Such
// keys are refused in a Spec that comes from elsewhere.
//
// Strings of the request, of before, after and the hooks, and the operands of
// conditions may hold references: ${capture.NAME} is replaced while polling,
// $${ is a literal ${. Package config replaces ${env.NAME} and ${secret.NAME}
// when it reads a file; one that is left is an error of Compile.
type Spec struct {
	Name    string   `json:"name,omitempty" local:"no" doc:"what reports call the poll"`
	Needs   []string `json:"needs,omitempty" one:"yes" local:"no" doc:"names of the polls of the same file that must succeed first"`
	Request Request  `json:"request" local:"no" doc:"the request that each attempt makes, or just its URL"`

	Until  Conditions `json:"until,omitempty" local:"no" doc:"success when any of these conditions holds"`
	Alarms Conditions `json:"alarms,omitempty" local:"no" doc:"stop early when any of these conditions holds; tested before until"`

	Interval   Duration    `json:"interval,omitempty" positive:"yes" local:"no" doc:"the delay between attempts; default 2s"`
	Backoff    *Backoff    `json:"backoff,omitempty" local:"no" doc:"growing delays, in place of interval"`
	Attempts   Attempts    `json:"attempts,omitempty" alias:"max_retries" local:"no" doc:"how many requests to make, or forever; default 50 when no timeout is given"`
	Timeout    Duration    `json:"timeout,omitempty" positive:"yes" none:"yes" local:"no" doc:"how long the whole poll may take; default none"`
	Pace       Pace        `json:"pace,omitempty" local:"no" doc:"delay: count from the end of an attempt; grid: keep to a fixed grid"`
	RetryAfter *RetryAfter `json:"retry_after,omitempty" local:"no" doc:"what to do with the Retry-After header"`
	Breaker    *Breaker    `json:"breaker,omitempty" local:"no" doc:"stop asking a host that keeps failing, per host"`
	Rate       Rate        `json:"rate,omitzero" local:"no" doc:"the most attempts on one host, as 10/s"`
	Up         bool        `json:"up,omitempty" local:"no" doc:"wait until a service is up: transient errors are not fatal, any 2xx will do, 500ms between attempts, 60s in all"`
	Ignore     []string    `json:"ignore_errors,omitempty" one:"yes" local:"no" doc:"kinds of errors that do not end the poll: kinds, families, transient or all"`

	Session   Session    `json:"session,omitzero" local:"no" doc:"what the requests of the poll share"`
	Before    []Exchange `json:"before,omitempty" one:"yes" local:"no" doc:"requests made once before the poll, in order"`
	After     []Exchange `json:"after,omitempty" one:"yes" local:"no" doc:"requests made once after success, in order"`
	RenewOn   []int      `json:"renew_on,omitempty" one:"yes" local:"no" doc:"status codes at which the before requests are made again, once for each answer"`
	OnSuccess []Hook     `json:"on_success,omitempty" one:"yes" local:"no" doc:"what to tell when the poll succeeds"`
	OnAlarm   []Hook     `json:"on_alarm,omitempty" one:"yes" local:"no" doc:"what to tell when an alarm ends the poll"`
	OnEnd     []Hook     `json:"on_end,omitempty" one:"yes" local:"no" doc:"what to tell however the poll ends"`
}

// Request is one HTTP request as data.
type Request struct {
	URL     string  `json:"url" short:"yes" local:"no" doc:"where to send it; http:// when no scheme is given"`
	Method  string  `json:"method,omitempty" local:"no" doc:"default GET, or POST when there is a body"`
	Headers Headers `json:"headers,omitempty" local:"no" doc:"header fields; null removes a default one"`
	Query   Query   `json:"query,omitempty" local:"no" doc:"fields added to the query of the URL; a list repeats one"`

	Body      *string   `json:"body,omitempty" local:"no" doc:"the body as it is"`
	JSON      JSON      `json:"json,omitempty" local:"no" doc:"a body that is this value as JSON"`
	Form      Query     `json:"form,omitempty" local:"no" doc:"a body of URL-encoded fields"`
	Multipart []Part    `json:"multipart,omitempty" local:"no" doc:"a multipart/form-data body"`
	Auth      Auth      `json:"auth,omitzero" local:"no" doc:"who asks"`
	Timeout   Timeouts  `json:"timeout,omitzero" local:"no" doc:"the bounds of one attempt, or just its total"`
	Retry     *Retry    `json:"retry,omitempty" local:"no" doc:"retries inside one attempt; absent: none"`
	Redirects Redirects `json:"redirects,omitzero" local:"no" doc:"which redirects are followed"`

	TLS         TLS      `json:"tls,omitzero" local:"no" doc:"how the server is verified and the client proves itself"`
	HTTPVersion string   `json:"http_version,omitempty" local:"no" doc:"1.1, 2 or h2c (HTTP/2 without TLS); default what the server chooses"`
	Pool        Pool     `json:"pool,omitzero" local:"no" doc:"how connections are kept"`
	Proxy       string   `json:"proxy,omitempty" local:"yes" doc:"http://, https://, socks4://, socks4a://, socks5:// or socks5h:// with an address; the environment's when absent, none with an empty string"`
	ProxyHeader Headers  `json:"proxy_headers,omitempty" local:"yes" doc:"header fields for an HTTP proxy alone"`
	NoProxy     string   `json:"no_proxy,omitempty" local:"yes" doc:"hosts that are reached without the proxy, as in NO_PROXY"`
	UnixSocket  string   `json:"unix_socket,omitempty" local:"yes" doc:"the path of a unix socket to connect to"`
	Resolve     []string `json:"resolve,omitempty" one:"yes" local:"yes" doc:"addresses to use for names, as host:port:address"`
	Source      string   `json:"source_address,omitempty" local:"yes" doc:"the local address to connect from"`
	IPVersion   int      `json:"ip_version,omitempty" local:"no" doc:"4 or 6: use addresses of that version only"`
	Compressed  *bool    `json:"compressed,omitempty" local:"no" doc:"ask for a compressed body; default true"`
	NoCache     bool     `json:"no_cache,omitempty" local:"no" doc:"ask caches for a fresh answer"`
	Correlation string   `json:"correlation_id,omitempty" local:"no" doc:"sent as Correlation-Id with every attempt"`
	Conditional bool     `json:"conditional,omitempty" local:"no" doc:"ask with If-None-Match and If-Modified-Since; a 304 judges the last body"`
	MaxBody     Size     `json:"max_body,omitempty" positive:"yes" local:"no" doc:"the largest body, decoded; default 10MiB"`
}

// Headers are header fields; an empty list of values removes a default one.
type Headers map[string]Values

// Pool says how connections are kept.
type Pool struct {
	Idle        int      `json:"idle,omitempty" local:"no" doc:"idle connections kept in all; default 256"`
	IdlePerHost int      `json:"idle_per_host,omitempty" local:"no" doc:"idle connections kept for each host; default 64"`
	OpenPerHost int      `json:"open_per_host,omitempty" local:"no" doc:"the most connections to one host; default no bound"`
	Wait        Duration `json:"wait,omitempty" positive:"yes" local:"no" doc:"how long to wait for one of those; default the attempt's total"`
}

// Auth is one way of saying who asks; at most one field may be set.
type Auth struct {
	Basic  []string `json:"basic,omitempty" local:"no" doc:"user and password"`
	Bearer string   `json:"bearer,omitempty" local:"no" doc:"a token for the Authorization header"`
	Digest []string `json:"digest,omitempty" local:"no" doc:"user and password for digest authentication"`
	SigV4  *SigV4   `json:"aws_sigv4,omitempty" local:"no" doc:"an AWS signature, version 4"`
	Netrc  string   `json:"netrc,omitempty" local:"yes" doc:"the netrc file that holds user and password"`
	Logins string   `json:"netrc_text,omitempty" local:"no" doc:"the text of a netrc file"`
}

// SigV4 names what an AWS signature covers and the keys that make it.
type SigV4 struct {
	Service string `json:"service" local:"no" doc:"the AWS service, as execute-api"`
	Region  string `json:"region" local:"no" doc:"the AWS region"`
	Access  string `json:"access_key,omitempty" local:"no" doc:"the access key id"`
	Secret  string `json:"secret_key,omitempty" local:"no" doc:"the secret access key"`
	Token   string `json:"session_token,omitempty" local:"no" doc:"the session token of temporary credentials"`
}

// Timeouts bound one attempt.
type Timeouts struct {
	Total   Duration `json:"total,omitempty" short:"yes" positive:"yes" none:"yes" local:"no" doc:"the whole attempt; default 30s"`
	Connect Duration `json:"connect,omitempty" positive:"yes" none:"yes" local:"no" doc:"until the connection stands; default 10s"`
	Read    Duration `json:"read,omitempty" positive:"yes" none:"yes" local:"no" doc:"between two pieces of the response; default none"`
}

// Redirects say which redirects are followed.
type Redirects struct {
	Follow  *bool    `json:"follow,omitempty" short:"yes" local:"no" doc:"default true"`
	Max     *int     `json:"max,omitempty" local:"no" doc:"the most redirects in one attempt; default 10"`
	Forward []string `json:"forward_secrets_to,omitempty" one:"yes" local:"no" doc:"hosts that may receive credentials across a redirect"`
	Remove  []string `json:"remove_headers,omitempty" one:"yes" local:"no" doc:"headers dropped on a redirect to another origin, besides those that carry secrets"`
}

// TLS says how the server is verified and how the client proves itself. PEM
// text stands in Pem fields; the others name files, which package config reads
// into them.
type TLS struct {
	Insecure    bool     `json:"insecure,omitempty" local:"no" doc:"do not verify the server"`
	CA          string   `json:"ca,omitempty" local:"yes" doc:"a file or folder of certificates to trust in place of the system's"`
	CAPEM       string   `json:"ca_pem,omitempty" local:"no" doc:"certificates to trust, as PEM text"`
	Cert        string   `json:"cert,omitempty" local:"yes" doc:"the file of the client's certificate"`
	CertPEM     string   `json:"cert_pem,omitempty" local:"no" doc:"the client's certificate, as PEM text"`
	Key         string   `json:"key,omitempty" local:"yes" doc:"the file of the client's key; default: in cert"`
	KeyPEM      string   `json:"key_pem,omitempty" local:"no" doc:"the client's key, as PEM text"`
	KeyPassword string   `json:"key_password,omitempty" local:"no" doc:"the password of the key"`
	ServerName  string   `json:"server_name,omitempty" local:"no" doc:"the name to ask for and to verify"`
	VerifyName  *bool    `json:"verify_name,omitempty" local:"no" doc:"false: verify the chain, not the name"`
	Fingerprint string   `json:"fingerprint,omitempty" local:"no" doc:"the digest of the server's certificate, hex"`
	Ciphers     []string `json:"ciphers,omitempty" one:"yes" local:"no" doc:"cipher suites for TLS 1.2 and earlier, by their IANA names"`
	MinVersion  string   `json:"min_version,omitempty" local:"no" doc:"1.0, 1.1, 1.2 or 1.3; default 1.2"`
	MaxVersion  string   `json:"max_version,omitempty" local:"no" doc:"1.0, 1.1, 1.2 or 1.3"`
}

// Part is one part of a multipart body.
type Part struct {
	Name        string `json:"name" local:"no" doc:"the field's name"`
	Value       string `json:"value,omitempty" local:"no" doc:"its content"`
	File        string `json:"file,omitempty" local:"yes" doc:"a file that holds its content"`
	Filename    string `json:"filename,omitempty" local:"no" doc:"the file name to send"`
	ContentType string `json:"content_type,omitempty" local:"no" doc:"the part's media type; guessed from the file name when absent"`
}

// Retry says how often an attempt may repeat its request; the counters are
// those of the hip client.
type Retry struct {
	Total             *int     `json:"total,omitempty" short:"yes" local:"no" doc:"the most retries of all kinds together; default 10"`
	Connect           *int     `json:"connect,omitempty" local:"no" doc:"after errors before the request was sent"`
	Read              *int     `json:"read,omitempty" local:"no" doc:"after errors while the response was read"`
	Redirect          *int     `json:"redirect,omitempty" local:"no" doc:"redirects"`
	Status            *int     `json:"status,omitempty" local:"no" doc:"after a status of status_forcelist"`
	StatusForcelist   []string `json:"status_forcelist,omitempty" one:"yes" local:"no" doc:"status codes that are retried: 503, 5xx, 500-599"`
	Never             []string `json:"never,omitempty" one:"yes" local:"no" doc:"status codes that are not retried, whatever else says so"`
	Methods           []string `json:"methods,omitempty" one:"yes" local:"no" doc:"methods that may be retried once sent; default the idempotent ones"`
	Backoff           *Backoff `json:"backoff,omitempty" local:"no" doc:"the delays between retries"`
	RespectRetryAfter *bool    `json:"respect_retry_after,omitempty" local:"no" doc:"default true"`
	RaiseOnStatus     *bool    `json:"raise_on_status,omitempty" local:"no" doc:"fail when status retries are used up, in place of judging the last response; default false"`
	RaiseOnRedirect   *bool    `json:"raise_on_redirect,omitempty" local:"no" doc:"fail when redirects are used up; default true"`
	MaxWait           Duration `json:"max_wait,omitempty" positive:"yes" local:"no" doc:"the longest wait between retries, Retry-After included; default 2m"`
}

// Backoff gives delays that grow.
type Backoff struct {
	Initial  Duration   `json:"initial,omitempty" positive:"yes" local:"no" doc:"the first delay; default the interval"`
	Factor   float64    `json:"factor,omitempty" local:"no" doc:"what each delay is multiplied by; default 2"`
	Max      Duration   `json:"max,omitempty" positive:"yes" local:"no" doc:"the longest delay; default 2m"`
	Min      Duration   `json:"min,omitempty" positive:"yes" local:"no" doc:"the shortest delay, after jitter"`
	Jitter   Jitter     `json:"jitter,omitempty" local:"no" doc:"none, full or equal"`
	Schedule []Duration `json:"schedule,omitempty" one:"yes" local:"no" doc:"the delays themselves; the last one repeats"`
}

// RetryAfter says what to do with the Retry-After header of a response that did
// not match.
type RetryAfter struct {
	Respect *bool    `json:"respect,omitempty" short:"yes" local:"no" doc:"default true"`
	Max     Duration `json:"max,omitempty" positive:"yes" local:"no" doc:"the longest wait that a server can ask for; default 5m"`
}

// Breaker stops asking a host that keeps failing.
type Breaker struct {
	Threshold int      `json:"threshold" local:"no" doc:"failures that open the breaker"`
	Reset     Duration `json:"reset" positive:"yes" local:"no" doc:"how long it stays open, and how old a failure may be to count"`
}

// Session is what the requests of a poll share.
type Session struct {
	Cookies    *bool    `json:"cookies,omitempty" local:"no" doc:"keep cookies from request to request; default true"`
	Headers    Headers  `json:"headers,omitempty" local:"no" doc:"header fields of every request"`
	AllowHosts []string `json:"allow_hosts,omitempty" one:"yes" local:"no" doc:"hosts that a captured URL may point to, besides the one it came from"`
}

// Exchange is one request of before or after. A status of 400 or more is an
// error unless it has an until of its own.
type Exchange struct {
	Name     string             `json:"name,omitempty" local:"no" doc:"what reports call it"`
	Request  Request            `json:"request" short:"yes" local:"no" doc:"the request, or just its URL; a relative URL is resolved against the previous one"`
	Until    Conditions         `json:"until,omitempty" local:"no" doc:"repeat the request until any of these holds"`
	Interval Duration           `json:"interval,omitempty" positive:"yes" local:"no" doc:"the delay between repetitions; default the poll's"`
	Attempts Attempts           `json:"attempts,omitempty" local:"no" doc:"how often it may be repeated; default 50"`
	Capture  map[string]Capture `json:"capture,omitempty" local:"no" doc:"values to keep for later requests, by name"`
}

// Capture says where a value is found in a response; one field is set.
type Capture struct {
	JSONPath string `json:"jsonpath,omitempty" short:"yes" local:"no" doc:"an expression with one result"`
	Header   string `json:"header,omitempty" local:"no" doc:"a header field; its value is a secret"`
	Secret   bool   `json:"secret,omitempty" local:"no" doc:"hide the value in every output"`
}

// Hook tells someone of the poll's end.
type Hook struct {
	Webhook Webhook `json:"webhook" local:"no" doc:"a request that carries the result as JSON, or just its URL"`
}

// Webhook is the request of a hook.
type Webhook struct {
	URL     string   `json:"url" short:"yes" local:"no" doc:"where to send it"`
	Headers Headers  `json:"headers,omitempty" local:"no" doc:"header fields"`
	Timeout Duration `json:"timeout,omitempty" positive:"yes" local:"no" doc:"the bound of all its tries together; default 30s"`
}
