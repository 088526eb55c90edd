package js

import (
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

// hostObject is an object that the host hands to scripts, as the response.
type hostObject struct {
	members []member
	made    []goja.Value
	slot    *slot // nil: none
}

// host makes an object of the host.
func (e *evaluation) host(members []member, s *slot) goja.Value {
	return e.expose(&hostObject{members, make([]goja.Value, len(members)), s}, e.vm.NewObject())
}

func (h *hostObject) own(e *evaluation, name string) goja.Value {
	if h.slot != nil && h.slot.name == name {
		return h.slot.get()
	}
	for i, m := range h.members {
		if m.name != name {
			continue
		}
		if h.made[i] == nil {
			h.made[i] = m.make(e)
		}
		return h.made[i]
	}
	return nil
}

func (h *hostObject) names() []string {
	var names []string
	for _, m := range h.members {
		names = append(names, m.name)
	}
	if h.slot != nil {
		names = append(names, h.slot.name)
	}
	return names
}

func (h *hostObject) set(name string, value goja.Value) bool {
	if h.slot == nil || h.slot.name != name {
		return false
	}
	h.slot.set(value)
	return true
}

func (h *hostObject) what() string {
	if h.slot != nil {
		return "what the host hands over: only ctx." + h.slot.name + " can be set"
	}
	return "what the host hands over: it is read-only"
}
