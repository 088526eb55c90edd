package httsleep

import (
	"net/http"
	"reflect"
	"sync"

	"github.com/httsleep/httsleep/client"
	"github.com/httsleep/httsleep/engine"
)

// Shared is what the polls of one process share: connections, and the breakers
// and rates of hosts. The zero value is ready; it is safe for concurrent use.
// Whoever makes one closes it, after the polls.
type Shared struct {
	// Slots, if not nil, bound the open connections of all the polls.
	Slots *client.Slots

	hosts   engine.Hosts
	mu      sync.Mutex
	clients []sharedClient
}

// sharedClient is a client and what it was made with; requests that ask for the
// same share it.
type sharedClient struct {
	options client.Options
	from    *http.Client
	client  *client.Client
}

// client finds or makes the client with these options, which sends through a
// caller's own if that is not nil.
func (s *Shared) client(options client.Options, from *http.Client) (*client.Client, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, shared := range s.clients {
		if shared.from == from && reflect.DeepEqual(shared.options, options) {
			return shared.client, nil
		}
	}
	made, err := s.make(options, from)
	if err == nil {
		s.clients = append(s.clients, sharedClient{options, from, made})
	}
	return made, err
}

func (s *Shared) make(options client.Options, from *http.Client) (*client.Client, error) {
	if from != nil {
		return client.From(from, options)
	}
	options.Dial.Slots = s.Slots
	return client.New(options)
}

// Close closes idle connections. Polls under way are not disturbed.
func (s *Shared) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, shared := range s.clients {
		shared.client.Close()
	}
	return nil
}
