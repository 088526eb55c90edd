// Package config reads poll files and makes [httsleep.Spec] values of them.
//
// [Parse] and [Load] take YAML and JSON: one Spec, or several under polls with
// defaults, needs and a wait rule. Every mistake in a file is found in one pass
// and says where it is: file, line, column, the key, and what to write in its
// place.
//
// What only this machine knows is resolved here and nowhere else: references
// to the environment and to secrets, and the files of certificates, callbacks
// and multipart bodies. What comes out is plain data, which
// [httsleep.Compile] takes without opening a file.
//
// [Schema] is the JSON Schema of what is read, made from the same types.
package config
