package client_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/httsleep/httsleep/client"
)

// countingServer notes the most connections that were open at once.
func countingServer(t *testing.T) (url string, most *atomic.Int64) {
	t.Helper()
	most = new(atomic.Int64)
	var open atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			most.Store(max(most.Load(), open.Add(1)))
		case http.StateClosed:
			open.Add(-1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	return server.URL, most
}

func TestSlotsBoundTheConnectionsOfAllClients(t *testing.T) {
	url, most := countingServer(t)
	slots := client.NewSlots(3)
	var wg sync.WaitGroup
	for range 10 {
		c, err := client.New(client.Options{Dial: client.Dial{Slots: slots}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		for range 5 {
			wg.Go(func() {
				if _, err := c.Do(t.Context(), &client.Request{URL: url}); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	// Without a bound there would be 50. The server may learn of a closed
	// connection after the next is open, hence more than 3.
	if got := most.Load(); got > 12 {
		t.Errorf("%d connections were open at once, want about 3", got)
	}
}

func TestNoSlotIsAConnectTimeout(t *testing.T) {
	arrived, busy := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(arrived)
		<-busy
	}))
	defer server.Close()
	c, err := client.New(client.Options{Dial: client.Dial{Slots: client.NewSlots(1)}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var holder sync.WaitGroup
	holder.Go(func() { c.Do(t.Context(), &client.Request{URL: server.URL}) })
	<-arrived
	_, err = c.Do(t.Context(), &client.Request{URL: server.URL, Timeout: client.Timeout{Connect: 100 * time.Millisecond}})
	if client.Kind(err) != "connect_timeout" {
		t.Errorf("got %v", err)
	}
	close(busy)
	holder.Wait()
}
