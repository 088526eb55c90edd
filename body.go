package httsleep

import (
	"strings"

	"github.com/httsleep/httsleep/client"
	"github.com/httsleep/httsleep/engine"
	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// body compiles the body of a request, of which there is at most one kind.
func (c *compiler) body(b *blueprint, path string, r *Request) bodyTemplate {
	var made []bodyTemplate
	if r.Body != nil {
		made = append(made, c.rawBody(b, path+".body", *r.Body))
	}
	if r.JSON != nil {
		made = append(made, c.jsonBody(b, path+".json", r.JSON))
	}
	if r.Form != nil {
		made = append(made, c.formBody(b, path+".form", r.Form))
	}
	if r.Multipart != nil {
		made = append(made, c.multipartBody(b, path+".multipart", r.Multipart))
	}
	switch len(made) {
	case 0:
		return func(map[string]engine.Capture) (client.Body, error) { return client.Body{}, nil }
	case 1:
	default:
		c.mistake(path, "more than one of body, json, form and multipart")
	}
	return made[0]
}

func (c *compiler) rawBody(b *blueprint, path, text string) bodyTemplate {
	t := c.text(b, path, text)
	return func(captures map[string]engine.Capture) (client.Body, error) {
		text, err := t.expand(captures, verbatim)
		return client.Bytes([]byte(text), ""), err
	}
}

// formBody makes a body of fields, in which captures stand as values.
func (c *compiler) formBody(b *blueprint, path string, form Query) bodyTemplate {
	fields := c.fields(b, path, form)
	return func(captures map[string]engine.Capture) (client.Body, error) {
		filled := make([]client.Field, len(fields))
		for i, field := range fields {
			value, err := field.value.expand(captures, verbatim)
			if err != nil {
				return client.Body{}, err
			}
			filled[i] = client.Field{Name: field.name, Value: value}
		}
		return client.Form(filled...), nil
	}
}

// jsonBody makes a body of a JSON value, in whose strings captures may stand.
func (c *compiler) jsonBody(b *blueprint, path string, value JSON) bodyTemplate {
	document, err := jsonpath.Parse(value)
	if err != nil {
		c.note(path, err)
		return nil
	}
	c.jsonTexts(b, path, document.Root())
	return func(captures map[string]engine.Capture) (client.Body, error) {
		data, err := appendExpanded(nil, document.Root(), captures)
		return client.Bytes(data, "application/json"), err
	}
}

// jsonTexts checks the strings of a value as templates.
func (c *compiler) jsonTexts(b *blueprint, path string, v jsonpath.Value) {
	switch v.Kind() {
	case jsonpath.String:
		c.text(b, path, v.Text())
	case jsonpath.Array:
		for element := range v.Elements() {
			c.jsonTexts(b, path, element)
		}
	case jsonpath.Object:
		for key, member := range v.Members() {
			if t, err := parseTemplate(member.Text()); err == nil && member.Kind() == jsonpath.String {
				c.fieldSecret(key, t)
			}
			c.jsonTexts(b, path+"."+key, member)
		}
	}
}

// appendExpanded writes a value as JSON with the references in its strings
// replaced.
func appendExpanded(dst []byte, v jsonpath.Value, captures map[string]engine.Capture) ([]byte, error) {
	var err error
	switch v.Kind() {
	case jsonpath.String:
		if !strings.Contains(v.Text(), "${") {
			return v.AppendJSON(dst), nil
		}
		t, err := parseTemplate(v.Text())
		if err != nil {
			return nil, err
		}
		text, err := t.expand(captures, verbatim)
		return appendString(dst, text), err
	case jsonpath.Array:
		dst = append(dst, '[')
		for element := range v.Elements() {
			if dst, err = appendExpanded(dst, element, captures); err != nil {
				return nil, err
			}
			dst = append(dst, ',')
		}
		return closed(dst, '[', ']'), nil
	case jsonpath.Object:
		dst = append(dst, '{')
		for key, member := range v.Members() {
			dst = append(appendString(dst, key), ':')
			if dst, err = appendExpanded(dst, member, captures); err != nil {
				return nil, err
			}
			dst = append(dst, ',')
		}
		return closed(dst, '{', '}'), nil
	}
	return v.AppendJSON(dst), nil
}

// multipartBody makes a multipart/form-data body.
func (c *compiler) multipartBody(b *blueprint, path string, parts []Part) bodyTemplate {
	values := make([]template, len(parts))
	for i, part := range parts {
		if part.File != "" {
			c.mistake(path, "the file %q of part %q has not been read", part.File, part.Name)
		}
		values[i] = c.text(b, path, part.Value)
	}
	return func(captures map[string]engine.Capture) (client.Body, error) {
		filled := make([]client.Part, len(parts))
		for i, part := range parts {
			value, err := values[i].expand(captures, verbatim)
			if err != nil {
				return client.Body{}, err
			}
			filled[i] = client.Part{Name: part.Name, Filename: part.Filename, ContentType: part.ContentType, Data: []byte(value)}
		}
		return client.Multipart(client.Parts{Parts: filled}), nil
	}
}
