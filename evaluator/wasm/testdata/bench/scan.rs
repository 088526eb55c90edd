// Counts the letter e.
#[no_mangle]
pub extern "C" fn scan(p: *const u8, n: usize) -> i32 {
    let text = unsafe { core::slice::from_raw_parts(p, n) };
    let mut count = 0;
    for &b in text {
        if b == b'e' {
            count += 1
        }
    }
    count
}

static mut MEMORY: [u8; 1 << 17] = [0; 1 << 17];

// Where the host may write.
#[no_mangle]
pub extern "C" fn buffer() -> *mut u8 {
    unsafe { core::ptr::addr_of_mut!(MEMORY) as *mut u8 }
}
