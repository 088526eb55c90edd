package main

import (
	"encoding"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/config"
)

// groupAnnotation marks a flag with the title under which help lists it.
const groupAnnotation = "group"

// addGroup adds flags to a command under a title of its help.
func addGroup(c *cobra.Command, title string, define func(*pflag.FlagSet)) {
	set := pflag.NewFlagSet(title, pflag.ContinueOnError)
	set.SortFlags = false
	define(set)
	set.VisitAll(func(f *pflag.Flag) {
		f.Annotations = map[string][]string{groupAnnotation: {title}}
	})
	c.Flags().SortFlags = false
	c.Flags().AddFlagSet(set)
}

// aliases maps other names of flags to theirs.
var aliases = map[string]string{
	"text-is": "text", "alarm-text-is": "alarm-text", "max-retries": "attempts", "max-time": "attempt-timeout",
}

// withAliases lets a command's flags be given by their other names.
func withAliases(c *cobra.Command) {
	c.Flags().SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if alias, ok := aliases[name]; ok {
			name = alias
		}
		return pflag.NormalizedName(name)
	})
}

// textFlag is a flag whose value reads its own text.
type textFlag struct {
	to  encoding.TextUnmarshaler
	arg string
}

func (f textFlag) String() string        { return "" }
func (f textFlag) Type() string          { return f.arg }
func (f textFlag) Set(text string) error { return f.to.UnmarshalText([]byte(text)) }

// spanFlag is a flag for a time span above 0.
type spanFlag struct{ to *httsleep.Duration }

func (f spanFlag) String() string { return "" }
func (f spanFlag) Type() string   { return "SPAN" }

func (f spanFlag) Set(text string) error {
	if err := f.to.UnmarshalText([]byte(text)); err != nil {
		return err
	}
	if *f.to == 0 {
		return errors.New("want more than 0, as 500ms")
	}
	return nil
}

// funcFlag is a flag that is told each of its values, in the order of the
// command line.
type funcFlag struct {
	arg string
	set func(text string) error
}

func (f funcFlag) String() string        { return "" }
func (f funcFlag) Set(text string) error { return f.set(text) }

// Type is the name of the value in help texts; bool has none there.
func (f funcFlag) Type() string {
	if f.arg == "" {
		return "bool"
	}
	return f.arg
}

// addSwitch adds a flag without a value.
func addSwitch(set *pflag.FlagSet, name, shorthand, usage string, on func()) {
	flag := set.VarPF(funcFlag{"", func(string) error { on(); return nil }}, name, shorthand, usage)
	flag.NoOptDefVal = "true"
}

// conditionFlags are the flags that say what to wait for.
type conditionFlags struct {
	up     bool
	terms  []config.Term
	until  []string
	alarms []config.Term // in the order given; alarm itself is one of JSON
}

func (f *conditionFlags) add(c *cobra.Command) {
	addGroup(c, "Wait until (all of these hold)", func(set *pflag.FlagSet) {
		set.BoolVar(&f.up, "up", false, "the service is up: any 2xx, or the conditions; failures are \"not yet\"; gives up after 1m")
		for _, flag := range config.ConditionFlags() {
			addTerm(set, flag.Name, flag.Arg, flag.Usage, &f.terms)
		}
		set.Var(funcFlag{"JSON|@FILE", func(text string) error { f.until = append(f.until, text); return nil }},
			"until", "a condition as JSON, in place of the flags above; any of several will do")
	})
	addGroup(c, "Stop early when (any of these holds)", func(set *pflag.FlagSet) {
		addTerm(set, "alarm", "JSON|@FILE", "a condition as JSON", &f.alarms)
		for _, flag := range config.ConditionFlags() {
			if flag.Alarm {
				addTerm(set, "alarm-"+flag.Name, flag.Arg, "as --"+flag.Name, &f.alarms)
			}
		}
	})
}

// addTerm adds a condition flag that is kept as a term.
func addTerm(set *pflag.FlagSet, name, arg, usage string, to *[]config.Term) {
	flag := set.VarPF(funcFlag{arg, func(text string) error {
		*to = append(*to, config.Term{Flag: name, Text: text})
		return nil
	}}, name, "", usage)
	if arg == "" {
		flag.NoOptDefVal = "true"
	}
}

// conditions makes the two lists.
func (f *conditionFlags) conditions(std stdio) (until, alarms httsleep.Conditions, err error) {
	if len(f.until) > 0 && len(f.terms) > 0 {
		return nil, nil, fmt.Errorf("--until and --%s do not go together: put the condition into the JSON, or use flags alone", f.terms[0].Flag)
	}
	for _, text := range f.until {
		list, err := config.FlagJSON(text, std.in)
		if err != nil {
			return nil, nil, fmt.Errorf("--until: %w", err)
		}
		until = append(until, list...)
	}
	condition, err := config.FlagCondition(f.terms, std.in)
	if err != nil {
		return nil, nil, err
	}
	if !condition.IsZero() {
		until = append(until, condition)
	}
	alarms, err = f.alarmList(std)
	return until, alarms, err
}

// alarmList makes one alarm of each alarm flag.
func (f *conditionFlags) alarmList(std stdio) (alarms httsleep.Conditions, err error) {
	for _, term := range f.alarms {
		if term.Flag == "alarm" {
			list, err := config.FlagJSON(term.Text, std.in)
			if err != nil {
				return nil, fmt.Errorf("--alarm: %w", err)
			}
			alarms = append(alarms, list...)
			continue
		}
		alarm, err := config.FlagCondition([]config.Term{term}, std.in)
		if err != nil {
			return nil, err
		}
		alarms = append(alarms, alarm)
	}
	return alarms, nil
}

// timingFlags say how often and how long to ask.
type timingFlags struct {
	interval       httsleep.Duration
	timeout        httsleep.Duration
	attempts       httsleep.Attempts
	attemptTimeout httsleep.Duration
	backoff        *httsleep.Backoff
	ignore         []string
}

func (f *timingFlags) add(c *cobra.Command) {
	addGroup(c, "Timing", func(set *pflag.FlagSet) {
		set.VarP(spanFlag{&f.interval}, "interval", "i", "the delay between attempts; default 2s")
		set.VarP(spanFlag{&f.timeout}, "timeout", "t", "give up after this time; default none")
		set.Var(textFlag{&f.attempts, "N|forever"}, "attempts", "give up after this many; default 50 without a timeout")
		set.VarP(spanFlag{&f.attemptTimeout}, "attempt-timeout", "m", "the bound of one attempt; default 30s")
		set.Var(funcFlag{"SETTINGS", func(text string) (err error) { f.backoff, err = config.FlagBackoff(text); return err }},
			"backoff", "growing delays: a factor, or initial=1s,factor=2,max=1m,jitter=full")
		set.StringSliceVar(&f.ignore, "ignore-errors", nil, "`KINDS` of errors that are \"not yet\": transient, all, connection, timeout, tls, json, …")
	})
}

// apply puts the flags that are given into a Spec. An interval takes the place
// of growing delays.
func (f *timingFlags) apply(spec *httsleep.Spec) {
	if f.interval != 0 {
		spec.Interval, spec.Backoff = f.interval, nil
	}
	if f.timeout != 0 {
		spec.Timeout = f.timeout
	}
	if f.attempts != 0 {
		spec.Attempts = f.attempts
	}
	if f.attemptTimeout != 0 {
		spec.Request.Timeout.Total = f.attemptTimeout
	}
	if f.backoff != nil {
		spec.Backoff = f.backoff
	}
	spec.Ignore = append(spec.Ignore, f.ignore...)
}

// settings maps the flags that the environment can set to its variables.
// Conditions are never among them.
var settings = []struct{ flag, variable string }{
	{"interval", "HTTSLEEP_INTERVAL"},
	{"timeout", "HTTSLEEP_TIMEOUT"},
	{"attempts", "HTTSLEEP_ATTEMPTS"},
	{"attempt-timeout", "HTTSLEEP_ATTEMPT_TIMEOUT"},
	{"output", "HTTSLEEP_OUTPUT"},
	{"color", "HTTSLEEP_COLOR"},
	{"proxy", "HTTSLEEP_PROXY"},
}

// yields says whether a format of the environment gives way to flags that write
// to standard output.
func yields(format string, flags *pflag.FlagSet) bool {
	row := findFormat(format)
	body := flags.Lookup("output-body")
	return row != nil && row.data && (flags.Changed("print") || body != nil && body.Value.String() == "-")
}

// applySettings gives flags that are not on the command line the value of their
// variable.
func applySettings(c *cobra.Command, env func(string) string) error {
	for _, s := range settings {
		flag, value := c.Flags().Lookup(s.flag), env(s.variable)
		if flag == nil || flag.Changed || value == "" || s.flag == "output" && yields(value, c.Flags()) {
			continue
		}
		if err := c.Flags().Set(s.flag, value); err != nil {
			return usageError{fmt.Errorf("%s=%s: %w", s.variable, value, err)}
		}
	}
	return nil
}
