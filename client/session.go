package client

// WithJar gives a client that keeps its cookies in j, or none with nil, and
// shares everything else with c: the connections above all. Closing either
// closes the idle connections of both.
func (c *Client) WithJar(j *Jar) *Client {
	n := &Client{
		options: c.options, transport: c.transport, own: c.own, route: c.route, check: c.check, log: c.log,
	}
	n.options.Jar = j
	if j != nil {
		n.jar = j
	}
	return n
}
