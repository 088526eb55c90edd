package config

// AsJSON is the text of a file as JSON, as the schema sees it.
func AsJSON(text []byte) ([]byte, error) {
	s, wrong := newSource("poll.yaml", text)
	if wrong != nil {
		return nil, wrong
	}
	root, _, wrong := read(s, Options{})
	if wrong != nil {
		return nil, wrong
	}
	return schemaView(root), nil
}

// schemaView writes a node as JSON; what is no JSON value is a text.
func schemaView(n *node) []byte {
	switch {
	case n.unclear != "":
		return appendQuoted(nil, n.raw)
	case len(n.members) > 0:
		dst := []byte{'{'}
		for i, m := range n.members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(append(appendQuoted(dst, m.key), ':'), schemaView(m.value)...)
		}
		return append(dst, '}')
	case len(n.elements) > 0:
		dst := []byte{'['}
		for i, e := range n.elements {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(dst, schemaView(e)...)
		}
		return append(dst, ']')
	}
	return new(decoder).appendData(nil, n, spot{})
}
