// Package torture attacks the runtimes of callbacks with hostile code, and says
// how each attack ended: by which limit, after how long, on how much memory.
//
// [Attacks] is the battery: scripts and modules that loop, grow, recurse, flood,
// lie to the host, or are bombs for whoever parses or compiles them. [Responses]
// is the other direction: hostile responses for a callback that somebody wrote.
// [Run] makes the attacks. It knows no runtime: it is given loaders, so that the
// same battery proves a runtime in process and a pool of sandboxed workers.
//
// Every attack is deterministic, and is made when it is wanted: a bomb of
// hundreds of kilobytes is code here.
package torture
