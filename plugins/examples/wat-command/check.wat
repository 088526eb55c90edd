;; A WASI command: it reads the call on its standard input, and answers on its
;; standard output. It matches when the status code is 200.
;;
;; The response stands in front of all else, so that "status_code" is the first
;; key of the object.
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))

  (memory (export "memory") 1)
  ;; One buffer for what is read: 64 bytes at 1024.
  (data (i32.const 0) "\00\04\00\00\40\00\00\00")
  ;; One buffer for each answer.
  (data (i32.const 16) "\00\01\00\00\05\00\00\00")
  (data (i32.const 24) "\80\01\00\00\27\00\00\00")
  (data (i32.const 256) "true\n")
  (data (i32.const 384) "{\"match\":false,\"reason\":\"not yet 200\"}\n")
  (data (i32.const 512) "{\"status_code\":200,")

  (func (export "_start")
    (local $i i32)
    (if (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8))
      (then (call $exit (i32.const 1))))
    (block $differ
      (loop $next
        (br_if $differ
          (i32.ne (i32.load8_u offset=512 (local.get $i)) (i32.load8_u offset=1024 (local.get $i))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $next (i32.lt_u (local.get $i) (i32.const 19))))
      (drop (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 8)))
      (return))
    (drop (call $write (i32.const 1) (i32.const 24) (i32.const 1) (i32.const 8)))))
