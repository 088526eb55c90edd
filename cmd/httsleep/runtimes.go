package main

import (
	"github.com/httsleep/httsleep/evaluator/js"
	"github.com/httsleep/httsleep/matcher"
)

// loaders are the runtimes for callbacks, each of which costs nothing until a
// callback is for it. They last as long as the command. It is the one place that
// knows them.
func loaders() []matcher.Loader { return []matcher.Loader{js.New()} }
