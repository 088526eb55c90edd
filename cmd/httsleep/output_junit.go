package main

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"time"
)

// junitOutput writes a report in the XML of JUnit when all is over: a suite for
// each file, a test case for each poll.
type junitOutput struct{ dest io.Writer }

func newJUnitOutput(_ *outputSet, dest io.Writer, _ palette) (output, error) {
	return junitOutput{dest}, nil
}

// The elements of the report, in the order of the strictest of its schemas.
type (
	junitReport struct {
		XMLName xml.Name     `xml:"testsuites"`
		Suites  []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		ID         int         `xml:"id,attr"`
		Package    string      `xml:"package,attr"`
		Name       string      `xml:"name,attr"`
		Tests      int         `xml:"tests,attr"`
		Failures   int         `xml:"failures,attr"`
		Errors     int         `xml:"errors,attr"`
		Skipped    int         `xml:"skipped,attr"`
		Time       string      `xml:"time,attr"`
		Timestamp  string      `xml:"timestamp,attr"`
		Hostname   string      `xml:"hostname,attr"`
		Properties struct{}    `xml:"properties"`
		Cases      []junitCase `xml:"testcase"`
		Out        string      `xml:"system-out"`
		Err        string      `xml:"system-err"`
	}
	junitCase struct {
		Class   string       `xml:"classname,attr"`
		Name    string       `xml:"name,attr"`
		Time    string       `xml:"time,attr"`
		Skipped *junitDetail `xml:"skipped"`
		Error   *junitDetail `xml:"error"`
		Failure *junitDetail `xml:"failure"`
	}
	junitDetail struct {
		Type    string `xml:"type,attr,omitempty"`
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

func (o junitOutput) tell(e event) error {
	if e.kind != decided {
		return nil
	}
	var report junitReport
	for i, g := range e.session.groups {
		report.Suites = append(report.Suites, e.session.junitSuite(i, g))
	}
	document, err := xml.MarshalIndent(report, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return emit(o.dest, sinkJUnit, e.session.hide, xml.Header+string(document)+"\n")
}

// junitSuite is the suite of a group.
func (s *session) junitSuite(id int, g *group) junitSuite {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	suite := junitSuite{
		ID: id, Package: "httsleep", Name: oneLine(cmp.Or(g.name, "httsleep")), Tests: len(g.polls),
		Time: seconds(s.ended.Sub(s.started)), Timestamp: s.started.UTC().Format("2006-01-02T15:04:05"), Hostname: oneLine(host),
	}
	for _, p := range g.polls {
		c := junitCase{Class: suite.Name, Name: p.say(p.name), Time: seconds(p.result.Elapsed)}
		detail := &junitDetail{Type: string(p.result.Outcome), Message: p.headline(), Text: p.story()}
		switch s.standing(p) {
		case skipped:
			suite.Skipped, c.Skipped = suite.Skipped+1, &junitDetail{Message: p.headline()}
		case broken:
			suite.Errors, c.Error = suite.Errors+1, detail
		case failed:
			suite.Failures, c.Failure = suite.Failures+1, detail
		}
		suite.Cases = append(suite.Cases, c)
	}
	return suite
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
