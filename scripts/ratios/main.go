// Command ratios reads the output of go test -bench and a table of pairs, and
// prints the median of each benchmark and the ratio of each pair beside the
// most that it should be. It exits with 1 when a ratio is above.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: ratios TABLE <bench.txt")
		os.Exit(2)
	}
	table, err := os.ReadFile(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if !report(os.Stdout, medians(os.Stdin), string(table)) {
		os.Exit(1)
	}
}

// measurement is a line of a benchmark's output: its name, without the number
// of processors, and one of its figures.
var measurement = regexp.MustCompile(`([0-9.e+]+) (ns/op|ratio|times)(\s|$)`)

// processors is their number at the end of a name, which one alone does not have.
var processors = regexp.MustCompile(`-[0-9]+$`)

// medians reads benchmark lines; a benchmark that reports a ratio of its own
// stands with that.
func medians(r io.Reader) map[string]float64 {
	runs := make(map[string][]float64)
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		name, rest, found := strings.Cut(lines.Text(), " ")
		if !found || !strings.HasPrefix(name, "Benchmark") {
			continue
		}
		name = processors.ReplaceAllString(name, "")
		for _, figure := range measurement.FindAllStringSubmatch(rest, -1) {
			value, err := strconv.ParseFloat(figure[1], 64)
			own := strings.Contains(rest, " ratio") || strings.Contains(rest, " times")
			if err != nil || figure[2] == "ns/op" && own {
				continue
			}
			runs[strings.TrimSpace(name)] = append(runs[strings.TrimSpace(name)], value)
		}
	}
	medians := make(map[string]float64, len(runs))
	for name, values := range runs {
		slices.Sort(values)
		medians[name] = values[len(values)/2]
	}
	return medians
}

// report prints the pairs of the table: "at most, ours, theirs" to a line, with
// "-" for theirs where the benchmark reports the ratio itself, or is held against
// a time.
func report(w io.Writer, medians map[string]float64, table string) bool {
	good := true
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(columns, "ratio\tat most\t\tours\ttheirs\t")
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		if len(fields) != 3 || strings.HasPrefix(line, "#") {
			continue
		}
		most, err := strconv.ParseFloat(fields[0], 64)
		if err != nil { // a time, where ours stands alone
			span, _ := time.ParseDuration(fields[0])
			most = float64(span)
		}
		ours, measured := medians[fields[1]]
		theirs, known := medians[fields[2]]
		ratio := ours
		if fields[2] != "-" {
			ratio = ours / theirs
			measured = measured && known
		}
		verdict := "ok"
		if !measured {
			verdict, good = "not measured", false
		} else if ratio > most {
			verdict, good = "ABOVE", false
		}
		fmt.Fprintf(columns, "%.2f\t%.2f\t%s\t%s %s\t%s %s\t\n", ratio, most, verdict,
			strings.TrimPrefix(fields[1], "Benchmark"), nanoseconds(ours), strings.TrimPrefix(fields[2], "Benchmark"), nanoseconds(theirs))
	}
	columns.Flush()
	return good
}

func nanoseconds(ns float64) string {
	switch {
	case ns == 0:
		return ""
	case ns < 1e4:
		return fmt.Sprintf("%.0fns", ns)
	case ns < 1e7:
		return fmt.Sprintf("%.1fµs", ns/1e3)
	}
	return fmt.Sprintf("%.1fms", ns/1e6)
}
