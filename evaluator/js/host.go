package js

import (
	"slices"
	"strconv"

	"github.com/dop251/goja"
)

// member is one property of an object of the host, made when it is first read.
type member struct {
	name string
	make func(*evaluation) goja.Value
}

// slot is a property that can be set.
type slot struct {
	name string
	get  func() goja.Value
	set  func(goja.Value)
}

// hostObject is an object that the host hands to scripts, as the response. It
// cannot be changed, but for its slot.
type hostObject struct {
	e       *evaluation
	members []member
	made    []goja.Value
	slot    *slot // nil: none
}

// host makes an object of the host.
func (e *evaluation) host(members []member, s *slot) goja.Value {
	return e.vm.NewDynamicObject(&hostObject{e, members, make([]goja.Value, len(members)), s})
}

// Get gives a property, or nil.
func (h *hostObject) Get(name string) goja.Value {
	if h.slot != nil && h.slot.name == name {
		return h.slot.get()
	}
	for i, m := range h.members {
		if m.name != name {
			continue
		}
		if h.made[i] == nil {
			h.made[i] = m.make(h.e)
		}
		return h.made[i]
	}
	return nil
}

// Has says whether there is a property of this name.
func (h *hostObject) Has(name string) bool { return slices.Contains(h.Keys(), name) }

// Keys lists the properties.
func (h *hostObject) Keys() []string {
	var names []string
	for _, m := range h.members {
		names = append(names, m.name)
	}
	if h.slot != nil {
		names = append(names, h.slot.name)
	}
	return names
}

// Set sets the slot; it throws for anything else.
func (h *hostObject) Set(name string, value goja.Value) bool {
	if h.slot == nil || h.slot.name != name {
		h.e.refuse("set "+strconv.Quote(name)+" of", h)
	}
	h.slot.set(value)
	return true
}

// Delete empties the slot; it throws for anything else.
func (h *hostObject) Delete(name string) bool {
	if h.slot == nil || h.slot.name != name {
		h.e.refuse("delete "+strconv.Quote(name)+" of", h)
	}
	h.slot.set(goja.Undefined())
	return true
}

func (h *hostObject) what() string {
	if h.slot != nil {
		return "what the host hands over: only ctx." + h.slot.name + " can be set"
	}
	return "what the host hands over: it is read-only"
}
