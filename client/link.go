package client

import (
	"strings"
)

// Link is one link of a Link header (RFC 8288). Parameter names are in lower
// case; where one repeats, the first counts.
type Link struct {
	Target string
	Params map[string]string
}

// Links reads the Link headers, as they stand: targets may be relative to URL.
// What is malformed is left out.
func (r *Response) Links() []Link {
	var links []Link
	for _, header := range r.Header["Link"] {
		for header != "" {
			start := strings.IndexByte(header, '<')
			if start < 0 {
				break
			}
			end := strings.IndexByte(header[start:], '>')
			if end < 0 {
				break
			}
			link := Link{Target: strings.TrimSpace(header[start+1 : start+end]), Params: map[string]string{}}
			header = linkParams(link.Params, header[start+end+1:])
			links = append(links, link)
		}
	}
	return links
}

// linkParams reads ";name=value" up to the comma that ends the link.
func linkParams(params map[string]string, s string) (rest string) {
	for {
		s = strings.TrimLeft(s, " \t")
		if !strings.HasPrefix(s, ";") {
			if i := strings.IndexByte(s, ','); i >= 0 {
				return s[i+1:]
			}
			return ""
		}
		name, after := token(strings.TrimLeft(s[1:], " \t"))
		s = strings.TrimLeft(after, " \t")
		value := ""
		if strings.HasPrefix(s, "=") {
			value, s = tokenOrQuoted(strings.TrimLeft(s[1:], " \t"))
		}
		name = strings.ToLower(name)
		if _, repeated := params[name]; name != "" && !repeated {
			params[name] = value
		}
	}
}
