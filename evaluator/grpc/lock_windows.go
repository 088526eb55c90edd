package grpc

import "os"

func tryLock(*os.File) error { return nil }

func ownFile(*os.File) bool { return false }
