package client

import "net/http/cookiejar"

type Jar struct{ *cookiejar.Jar }
