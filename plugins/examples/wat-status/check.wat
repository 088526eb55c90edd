;; Matches when the status of the JSON body is OK. The reason is what it is.
;;
;; The host evaluates the jsonpath and gives a list, so that this compares with
;; ["OK"] and nothing has to be parsed here.
(module
  (import "httsleep" "jsonpath" (func $jsonpath (param i32 i32 i32 i32) (result i32)))
  (import "httsleep" "reason" (func $reason (param i32 i32)))

  (memory (export "memory") 1)
  (data (i32.const 0) "$.status")
  (data (i32.const 8) "[\"OK\"]")

  (func (export "evaluate") (result i32)
    (local $size i32)
    ;; jsonpath("$.status", buffer at 256 of 1024 bytes)
    (local.set $size
      (call $jsonpath (i32.const 0) (i32.const 8) (i32.const 256) (i32.const 1024)))
    ;; A body that is no JSON, and every other failure, is an error: 2.
    (if (i32.lt_s (local.get $size) (i32.const 0))
      (then (return (i32.const 2))))
    ;; The size is that of the whole list, also when it did not fit.
    (if (i32.gt_u (local.get $size) (i32.const 1024))
      (then (local.set $size (i32.const 1024))))
    (call $reason (i32.const 256) (local.get $size))
    ;; Six bytes, compared as four and two.
    (i32.and
      (i32.eq (local.get $size) (i32.const 6))
      (i32.and
        (i32.eq (i32.load (i32.const 256)) (i32.load (i32.const 8)))
        (i32.eq (i32.load16_u (i32.const 260)) (i32.load16_u (i32.const 12)))))))
