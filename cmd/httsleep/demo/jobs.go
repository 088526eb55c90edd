package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// defaultDuration is how long a job takes unless the caller says otherwise.
const defaultDuration = 5 * time.Second

// job is one job. Its status follows from the time that has passed.
type job struct {
	id       int
	created  time.Time
	duration time.Duration
	fails    bool
	flaps    int // answers with 503 that are still to be given
	asked    int // how often it was shown
}

// jobJSON is a job as the API shows it.
type jobJSON struct {
	ID                  int       `json:"id"`
	Status              string    `json:"status"`
	Progress            int       `json:"progress"`
	Owner               string    `json:"owner"`
	LastScheduledChange time.Time `json:"last_scheduled_change"`
	Error               string    `json:"error,omitempty"`
}

// at is what the job looks like at a moment: it is queued for the first fifth
// of its duration.
func (j *job) at(now time.Time) jobJSON {
	shown := jobJSON{ID: j.id, Owner: "Chris", Status: "QUEUED", LastScheduledChange: j.created.UTC()}
	queued := j.duration / 5
	elapsed := now.Sub(j.created)
	switch {
	case elapsed >= j.duration && j.fails:
		shown.Status, shown.Progress, shown.Error = "ERROR", 80, "the disk of worker 3 is full"
		shown.LastScheduledChange = j.created.Add(j.duration).UTC()
	case elapsed >= j.duration:
		shown.Status, shown.Progress = "SUCCESS", 100
		shown.LastScheduledChange = j.created.Add(j.duration).UTC()
	case elapsed >= queued:
		shown.Status = "RUNNING"
		shown.Progress = int(100 * (elapsed - queued) / (j.duration - queued))
		shown.LastScheduledChange = j.created.Add(queued).UTC()
	}
	return shown
}

// flap says whether this answer is one of the job's failures: every second one,
// until all are given.
func (j *job) flap() bool {
	j.asked++
	if j.flaps == 0 || j.asked%2 == 0 {
		return false
	}
	j.flaps--
	return true
}

func (a *API) createJob(w http.ResponseWriter, r *http.Request) {
	j, err := readJob(r)
	if err != nil {
		fail(w, http.StatusBadRequest, "%v", err)
		return
	}
	j.created = time.Now()
	a.add(j)
	w.Header().Set("Location", fmt.Sprintf("/jobs/%d", j.id))
	reply(w, http.StatusCreated, j.at(j.created))
}

// add keeps a job under the next number and forgets the oldest beyond the bound.
func (a *API) add(j *job) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.jobs == nil {
		a.jobs = make(map[int]*job)
	}
	a.newest++
	j.id = a.newest
	a.jobs[j.id] = j
	if len(a.jobs) > maxJobs {
		a.oldest++
		delete(a.jobs, a.oldest)
	}
}

func (a *API) showJob(w http.ResponseWriter, r *http.Request) {
	shown, flapped, ok := a.look(r)
	switch {
	case !ok:
		fail(w, http.StatusNotFound, "there is no job %q", r.PathValue("id"))
	case flapped:
		fail(w, http.StatusServiceUnavailable, "the jobs API is being moved, ask again")
	default:
		reply(w, http.StatusOK, shown)
	}
}

func (a *API) showOutput(w http.ResponseWriter, r *http.Request) {
	shown, _, ok := a.look(r)
	switch {
	case !ok:
		fail(w, http.StatusNotFound, "there is no job %q", r.PathValue("id"))
	case shown.Status != "SUCCESS":
		fail(w, http.StatusConflict, "job %d is %s and has no output", shown.ID, shown.Status)
	default:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		// An error here is the client having gone away.
		_, _ = fmt.Fprintf(w, "job %d of %s: 42 rows written\n", shown.ID, shown.Owner)
	}
}

// look finds the job that a request names.
func (a *API) look(r *http.Request) (shown jobJSON, flapped, ok bool) {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil {
		return jobJSON{}, false, false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	j, ok := a.jobs[id]
	if !ok {
		return jobJSON{}, false, false
	}
	return j.at(time.Now()), j.flap(), true
}

// readJob reads what a job shall be from the query, or from a JSON body.
func readJob(r *http.Request) (*job, error) {
	fields := r.URL.Query()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, fmt.Errorf("reading the body: %w", err)
	}
	if len(body) > 0 {
		if fields, err = jsonFields(r.Header.Get("Content-Type"), body); err != nil {
			return nil, err
		}
	}
	return newJob(fields)
}

// jsonFields reads the members of a JSON object as text.
func jsonFields(contentType string, body []byte) (url.Values, error) {
	if kind, _, _ := mime.ParseMediaType(contentType); kind != "application/json" {
		return nil, errors.New("a body must be JSON, with Content-Type: application/json")
	}
	var members map[string]any
	if err := json.Unmarshal(body, &members); err != nil {
		return nil, fmt.Errorf("reading the body: %w", err)
	}
	fields := make(url.Values, len(members))
	for name, value := range members {
		fields.Set(name, fmt.Sprint(value))
	}
	return fields, nil
}

// newJob makes the job that fields describe.
func newJob(fields url.Values) (*job, error) {
	j := &job{duration: defaultDuration}
	for name := range fields {
		var err error
		text := fields.Get(name)
		switch name {
		case "duration":
			j.duration, err = span(text, maxDuration)
		case "fails":
			j.fails, err = strconv.ParseBool(text)
		case "flaps":
			j.flaps, err = count(text, maxFlaps)
		default:
			err = errors.New("unknown; there are duration, fails and flaps")
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return j, nil
}

// span reads a duration: a number of seconds or one with units.
func span(text string, most time.Duration) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if seconds, numErr := strconv.ParseFloat(text, 64); numErr == nil {
		d, err = time.Duration(seconds*float64(time.Second)), nil
	}
	if err != nil || d < 0 || d > most {
		return 0, fmt.Errorf("%q is no duration up to %v, as 5s", text, most)
	}
	return d, nil
}

// count reads a number from 0 up to a bound.
func count(text string, most int) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > most {
		return 0, fmt.Errorf("%q is no number from 0 to %d", text, most)
	}
	return n, nil
}
