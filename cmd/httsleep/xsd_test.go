package main

import (
	"encoding/xml"
	"fmt"
	"regexp"
	"strings"
)

// schemaElement is an element of an XML schema: the part of the language that
// the schema of JUnit needs, with all types written in place or named.
type schemaElement struct {
	XMLName  xml.Name
	Name     string          `xml:"name,attr"`
	Type     string          `xml:"type,attr"`
	Base     string          `xml:"base,attr"`
	Use      string          `xml:"use,attr"`
	Min      string          `xml:"minOccurs,attr"`
	Max      string          `xml:"maxOccurs,attr"`
	Value    string          `xml:"value,attr"`
	Children []schemaElement `xml:",any"`
}

// xmlElement is an element of a document.
type xmlElement struct {
	XMLName  xml.Name
	Attrs    []xml.Attr   `xml:",any,attr"`
	Text     string       `xml:",chardata"`
	Children []xmlElement `xml:",any"`
}

// simpleTypes are the built-in types that are met, as patterns.
var simpleTypes = map[string]string{
	"xs:string": `(?s).*`, "xs:token": `\S(.*\S)?`, "xs:int": `[-+]?[0-9]+`, "xs:decimal": `[-+]?[0-9]+(\.[0-9]+)?`,
}

// child finds a part of a kind, and of a name unless that is empty.
func (s schemaElement) child(kind, name string) *schemaElement {
	for i, c := range s.Children {
		if c.XMLName.Local == kind && (name == "" || c.Name == name) {
			return &s.Children[i]
		}
	}
	return nil
}

// mistakes lists what a document has against the schema.
func (s schemaElement) mistakes(root xmlElement) []string {
	declaration := s.child("element", root.XMLName.Local)
	if declaration == nil {
		return []string{"no root element " + root.XMLName.Local}
	}
	return s.check(*declaration, root)
}

func (s schemaElement) check(declaration schemaElement, e xmlElement) (wrong []string) {
	t := declaration.child("complexType", "")
	if named := s.child("complexType", declaration.Type); t == nil && declaration.Type != "" {
		t = named
	}
	if t == nil {
		return s.checkText(declaration.Type, e.XMLName.Local, e.Text)
	}
	if content := t.child("simpleContent", ""); content != nil {
		t = content.child("extension", "")
		wrong = s.checkText(t.Base, e.XMLName.Local, e.Text)
	}
	var names strings.Builder
	for _, child := range e.Children {
		names.WriteString(child.XMLName.Local + ",")
	}
	if model := t.model(); !regexp.MustCompile("^" + model + "$").MatchString(names.String()) {
		wrong = append(wrong, fmt.Sprintf("%s holds %s, not %s", e.XMLName.Local, &names, model))
	}
	for _, child := range e.Children {
		if declared := t.find(child.XMLName.Local); declared != nil {
			wrong = append(wrong, s.check(*declared, child)...)
		}
	}
	return append(wrong, s.checkAttributes(*t, e)...)
}

func (s schemaElement) checkAttributes(t schemaElement, e xmlElement) (wrong []string) {
	given := make(map[string]bool)
	for _, a := range e.Attrs {
		given[a.Name.Local] = true
		declared := t.child("attribute", a.Name.Local)
		if declared == nil {
			wrong = append(wrong, fmt.Sprintf("%s has an attribute %s", e.XMLName.Local, a.Name.Local))
			continue
		}
		wrong = append(wrong, s.checkText(declared.Type, e.XMLName.Local+"/@"+a.Name.Local, a.Value)...)
	}
	for _, c := range t.Children {
		if c.XMLName.Local == "attribute" && c.Use == "required" && !given[c.Name] {
			wrong = append(wrong, fmt.Sprintf("%s has no attribute %s", e.XMLName.Local, c.Name))
		}
	}
	return wrong
}

// checkText checks a text against a simple type.
func (s schemaElement) checkText(name, where, text string) []string {
	pattern, builtIn := simpleTypes[name]
	if declared := s.child("simpleType", name); declared != nil {
		pattern = declared.child("restriction", "").child("pattern", "").Value
	} else if !builtIn {
		return []string{"an unknown type " + name}
	}
	if !regexp.MustCompile("^(?:" + pattern + ")$").MatchString(text) {
		return []string{fmt.Sprintf("%s: %q is no %s", where, text, name)}
	}
	return nil
}

// model is the content of a type as a pattern over the names of its elements.
func (s schemaElement) model() string {
	var parts []string
	for _, c := range s.Children {
		switch c.XMLName.Local {
		case "element":
			parts = append(parts, "(?:"+c.Name+",)"+c.times())
		case "sequence", "choice":
			parts = append(parts, c.model()+c.times())
		}
	}
	if s.XMLName.Local == "choice" {
		return "(?:" + strings.Join(parts, "|") + ")"
	}
	return "(?:" + strings.Join(parts, "") + ")"
}

// times is how often a part may stand.
func (s schemaElement) times() string {
	low, high := s.Min, s.Max
	if low == "" {
		low = "1"
	}
	switch high {
	case "":
		high = "1"
	case "unbounded":
		high = ""
	}
	return "{" + low + "," + high + "}"
}

// find finds the declaration of an element inside of a type.
func (s schemaElement) find(name string) *schemaElement {
	for i, c := range s.Children {
		switch {
		case c.XMLName.Local == "element" && c.Name == name:
			return &s.Children[i]
		case c.XMLName.Local == "sequence" || c.XMLName.Local == "choice":
			if found := c.find(name); found != nil {
				return found
			}
		}
	}
	return nil
}
