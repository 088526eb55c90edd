;; An alarm: matches when the progress of the JSON body is what it was at the
;; attempt before.
;;
;; The state is the list that the jsonpath gave, which is JSON as it stands.
(module
  (import "httsleep" "jsonpath" (func $jsonpath (param i32 i32 i32 i32) (result i32)))
  (import "httsleep" "state" (func $state (param i32 i32) (result i32)))
  (import "httsleep" "set_state" (func $set_state (param i32 i32) (result i32)))
  (import "httsleep" "reason" (func $reason (param i32 i32)))

  (memory (export "memory") 1)
  (data (i32.const 0) "$.progress")
  (data (i32.const 16) "no progress since the last attempt")

  ;; Whether n bytes at a and at b are the same.
  (func $same (param $a i32) (param $b i32) (param $n i32) (result i32)
    (block $differ
      (loop $next
        (if (i32.eqz (local.get $n)) (then (return (i32.const 1))))
        (br_if $differ
          (i32.ne (i32.load8_u (local.get $a)) (i32.load8_u (local.get $b))))
        (local.set $a (i32.add (local.get $a) (i32.const 1)))
        (local.set $b (i32.add (local.get $b) (i32.const 1)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $next)))
    (i32.const 0))

  (func (export "evaluate") (result i32)
    (local $now i32) (local $before i32)
    (local.set $now
      (call $jsonpath (i32.const 0) (i32.const 10) (i32.const 1024) (i32.const 1024)))
    (local.set $before (call $state (i32.const 4096) (i32.const 1024)))
    ;; No JSON, or more than fits here: an error.
    (if (i32.gt_u (local.get $now) (i32.const 1024))
      (then (return (i32.const 2))))
    (if (i32.eq (local.get $now) (local.get $before))
      (then
        (if (call $same (i32.const 1024) (i32.const 4096) (local.get $now))
          (then
            (call $reason (i32.const 16) (i32.const 34))
            (return (i32.const 1))))))
    (drop (call $set_state (i32.const 1024) (local.get $now)))
    (i32.const 0)))
