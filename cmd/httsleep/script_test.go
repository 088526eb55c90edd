package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/httsleep/httsleep/cmd/httsleep/demo"
)

func TestMain(m *testing.M) {
	// The command starts itself, which here is this test binary.
	if len(os.Args) > 1 && strings.HasPrefix(os.Args[1], "__") {
		main()
	}
	testscript.Main(m, map[string]func(){"httsleep": main})
}

// sandboxed says that strangers' code can be run: the race detector does things
// that the walls around workers refuse.
const sandboxed = runtime.GOOS == "linux" && !raced

// TestScripts runs the scenarios. Beside testscript's own commands there are
//
//	demo                   serve the jobs API; its address is in $DEMO_URL
//	serve FILE [ADDRESS]   serve the responses of a file, the last one for ever;
//	                       the address is in $URL
//	reserve NAME           put a free address into a variable
//	requests N             N requests have reached the server so far
//	request TEXT           one of them holds this text
//	code N COMMAND…        run a command that exits with N
//	plugin NAME [FILE]     build an example, or a plugin of testdata
//	await N                wait until N requests have reached the server
//	appears FILE           wait until a file is there
//	processes N            wait until N processes run programs of the scenario
//	end NAME               kill those that run this one
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Condition: func(name string) (bool, error) {
			if name == "sandbox" {
				return sandboxed, nil
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
		Setup: func(env *testscript.Env) error {
			env.Values["server"] = new(scripted)
			env.Setenv("HOME", env.WorkDir)
			// The race detector lets each process sleep a second at its end.
			env.Setenv("GORACE", "atexit_sleep_ms=0")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"demo": serveJobs, "serve": serveFile, "reserve": reserve,
			"requests": countRequests, "request": findRequest, "code": expectCode,
			"plugin": buildPlugin, "await": awaitRequests, "appears": awaitFile,
			"processes": awaitProcesses, "end": endProcesses,
		},
	})
}

// scripted is a server whose answers stand in a file of the scenario, separated
// by lines of %%. An answer is what curl -i prints, or the word drop.
type scripted struct {
	mu      sync.Mutex
	answers []string
	seen    []string
}

func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := s.next(r)
	if strings.TrimSpace(answer) == "drop" {
		panic(http.ErrAbortHandler)
	}
	response, body, err := parseHead([]byte(answer))
	if err != nil {
		panic(err)
	}
	for name, values := range response.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(response.StatusCode)
	w.Write(body)
}

// next notes a request and gives its answer.
func (s *scripted) next(r *http.Request) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	var head strings.Builder
	r.Header.Write(&head)
	s.seen = append(s.seen, fmt.Sprintf("%s %s\n%s\n%s", r.Method, r.URL, strings.ReplaceAll(head.String(), "\r", ""), body))
	answer := s.answers[0]
	if len(s.answers) > 1 {
		s.answers = s.answers[1:]
	}
	return answer
}

func serveFile(ts *testscript.TestScript, _ bool, args []string) {
	s := ts.Value("server").(*scripted)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers, s.seen = nil, nil
	for answer := range strings.SplitSeq(ts.ReadFile(args[0]), "%%\n") {
		s.answers = append(s.answers, strings.TrimSuffix(answer, "\n"))
	}
	address := "127.0.0.1:0"
	if len(args) > 1 {
		address = args[1]
	}
	ts.Setenv("URL", listen(ts, address, s))
}

func serveJobs(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Setenv("DEMO_URL", listen(ts, "127.0.0.1:0", new(demo.API)))
}

// listen serves a handler until the scenario ends.
func listen(ts *testscript.TestScript, address string, handler http.Handler) string {
	listener, err := net.Listen("tcp", address)
	ts.Check(err)
	server := httptest.NewUnstartedServer(handler)
	server.Listener.Close()
	server.Listener = listener
	server.Config.ErrorLog = nil
	server.Start()
	ts.Defer(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL
}

func reserve(ts *testscript.TestScript, _ bool, args []string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Check(listener.Close())
	ts.Setenv(args[0], listener.Addr().String())
}

func countRequests(ts *testscript.TestScript, _ bool, args []string) {
	s := ts.Value("server").(*scripted)
	s.mu.Lock()
	defer s.mu.Unlock()
	if got := strconv.Itoa(len(s.seen)); got != args[0] {
		ts.Fatalf("%s requests, want %s", got, args[0])
	}
}

func findRequest(ts *testscript.TestScript, neg bool, args []string) {
	s := ts.Value("server").(*scripted)
	s.mu.Lock()
	defer s.mu.Unlock()
	all := strings.Join(s.seen, "\n\n")
	if strings.Contains(all, args[0]) == neg {
		ts.Fatalf("%q: found is %v in:\n%s", args[0], neg, all)
	}
}

func expectCode(ts *testscript.TestScript, _ bool, args []string) {
	code := 0
	err := ts.Exec(args[1], args[2:]...)
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}
