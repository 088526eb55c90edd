package config

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/matcher"
	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// operand makes a JSON value of a node.
func (d *decoder) operand(n *node, at spot) httsleep.JSON {
	return share(d, n, "json", func() httsleep.JSON { return d.appendData(nil, n, at) })
}

// conditions makes a list of conditions of a node: one, or a list of them.
func (d *decoder) conditions(n *node, at spot) httsleep.Conditions {
	return share(d, n, "conditions", func() httsleep.Conditions {
		if n.kind != jsonpath.Array {
			return httsleep.Conditions{d.condition(n, at.index(0))}
		}
		list := make(httsleep.Conditions, len(n.elements))
		for i, element := range n.elements {
			list[i] = d.condition(element, at.index(i))
		}
		return list
	})
}

// share makes something of a node once, however many polls hold it.
func share[T any](d *decoder, n *node, kind string, made func() T) T {
	key := sharedKey{n, kind}
	value, known := d.shared[key].(T)
	if !known {
		value = made()
		d.shared[key] = value
	}
	return value
}

// condition makes a condition of a node. What is wrong with it is found when it
// is compiled.
func (d *decoder) condition(n *node, at spot) httsleep.Condition {
	condition, err := matcher.ParseCondition(d.appendOperands(nil, n, at))
	if err != nil {
		d.fail(n.at, at.path, "%v", err)
	}
	return condition
}

// appendOperands writes a condition or a piece of one as JSON. References stand
// only in what something is compared with, as [matcher.Condition.Expand] has
// it.
func (d *decoder) appendOperands(dst []byte, n *node, at spot) []byte {
	switch n.kind {
	case jsonpath.Array:
		return d.appendList(dst, n, at, d.appendOperands)
	case jsonpath.Object:
		return d.appendObject(dst, n, at, d.appendOperand)
	}
	return d.appendData(dst, n, at)
}

// appendOperand writes what stands under a key of a condition.
func (d *decoder) appendOperand(dst []byte, m member, at spot) []byte {
	switch m.key {
	case "callback":
		return d.appendCallback(dst, m.value, at)
	case "error", "expression", "dialect", "matches", "type":
		at.scope = scopeNone
	case "json", "value", "eq", "ne", "in", "not_in", "contains":
		return d.appendData(dst, m.value, at)
	case "header":
		if m.value.kind == jsonpath.Object {
			return d.appendObject(dst, m.value, at, func(dst []byte, m member, in spot) []byte {
				return d.appendOperands(dst, m.value, in)
			})
		}
	}
	return d.appendOperands(dst, m.value, at)
}

// callbackFiles are the keys of a callback that name a file, and the keys that
// hold its content.
var callbackFiles = map[string]string{"js_file": "js", "wasm": "wasm_base64"}

// callbackLocal are the keys of a callback that name something of this machine.
var callbackLocal = []string{"js_file", "wasm", "exec"}

// appendCallback writes a callback, its file read. Code takes no references.
func (d *decoder) appendCallback(dst []byte, n *node, at spot) []byte {
	at.scope = scopeNone
	if n.kind != jsonpath.Object {
		return d.appendData(dst, n, at)
	}
	named := n.get("name") != nil
	unread := !d.reads() && n.get("wasm") != nil
	dst = append(dst, '{')
	for _, m := range n.members {
		if unread && (m.key == "function" || m.key == "instance" || m.key == "limits") {
			continue // of a module, for which something else stands
		}
		if dst[len(dst)-1] != '{' {
			dst = append(dst, ',')
		}
		in := at.key(m.key)
		if slices.Contains(callbackLocal, m.key) && d.options.Remote {
			d.fail(m.at, in.path, "%q names something of the machine that polls, which only its own files may: remove it", m.key)
		}
		if m.key == "exec" && !d.options.Remote {
			dst = d.appendCommand(append(appendQuoted(dst, m.key), ':'), m.value, in)
			continue
		}
		inline, isFile := callbackFiles[m.key]
		if unread && isFile {
			inline = "js"
		}
		if !isFile || d.options.Remote || m.value.kind != jsonpath.String {
			dst = d.appendData(append(appendQuoted(dst, m.key), ':'), m.value, in)
			continue
		}
		content := d.callbackContent(inline, m.value, in.path)
		dst = appendQuoted(append(appendQuoted(dst, inline), ':'), content)
		if !named {
			dst = append(dst, fmt.Sprintf(`,"name":%s`, appendQuoted(nil, filepath.Base(m.value.text)))...)
		}
	}
	return append(dst, '}')
}

// reads says whether files that callbacks name are looked at.
func (d *decoder) reads() bool { return !d.options.Validate || d.options.Callbacks }

// appendCommand writes the command of a plugin process. What names a file is
// found from the folder of the poll file: a program with a slash, and the script
// or the folder behind a program, which as a rule is an interpreter.
func (d *decoder) appendCommand(dst []byte, n *node, at spot) []byte {
	command := *n
	command.elements = slices.Clone(n.elements)
	for _, i := range d.filesOf(n.elements) {
		moved := *n.elements[i]
		moved.text = d.beside(moved.text)
		command.elements[i] = &moved
	}
	return d.appendData(dst, &command, at)
}

// filesOf are the words of a command that name files beside the poll file.
func (d *decoder) filesOf(words []*node) (found []int) {
	if len(words) == 0 || words[0].kind != jsonpath.String {
		return nil
	}
	if isRelative(words[0]) && isPath(words[0].text) {
		found = append(found, 0)
	}
	if len(words) > 1 && isRelative(words[1]) && d.reads() && exists(d.beside(words[1].text)) {
		found = append(found, 1)
	}
	return found
}

// isRelative says whether a word can name a file from some folder.
func isRelative(word *node) bool {
	return word.kind == jsonpath.String && word.text != "" && !filepath.IsAbs(word.text)
}

// isPath says whether a command is the path of a file, and no name for PATH.
func isPath(command string) bool {
	return strings.ContainsRune(command, '/') || strings.ContainsRune(command, filepath.Separator)
}

// beside is a file name as seen from the folder of the poll file, as a path.
func (d *decoder) beside(name string) string {
	path := d.absolute(name)
	if d.options.Folder == "." {
		path = name
	}
	if !isPath(path) {
		path = "." + string(filepath.Separator) + path
	}
	return path
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// callbackContent is the content of a file as the string of an inline key. Where
// nothing is opened, code that says no stands for it.
func (d *decoder) callbackContent(inline string, name *node, path string) string {
	if !d.reads() {
		return "false"
	}
	content := d.readFile(name.text, maxSource, name.at, path)
	if inline == "js" {
		return string(content)
	}
	return base64.StdEncoding.EncodeToString(content)
}
