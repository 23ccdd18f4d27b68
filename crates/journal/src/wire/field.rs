//! Writing and reading plain fields, without a panic path.

/// Writes fields one after the other into a buffer; what does not fit makes [`Put::finish`] say `None`.
#[derive(Debug)]
pub struct Put<'a> {
    buffer: &'a mut [u8],
    at: usize,
    is_full: bool,
}

impl<'a> Put<'a> {
    /// Starts at the beginning of the buffer.
    pub fn new(buffer: &'a mut [u8]) -> Self {
        Put {
            buffer,
            at: 0,
            is_full: false,
        }
    }
    /// Plain bytes.
    pub fn bytes(&mut self, bytes: &[u8]) {
        match self
            .buffer
            .get_mut(self.at..)
            .and_then(|rest| rest.get_mut(..bytes.len()))
        {
            Some(place) => {
                place.copy_from_slice(bytes);
                self.at += bytes.len();
            }
            None => self.is_full = true,
        }
    }
    /// One byte.
    pub fn u8(&mut self, value: u8) {
        self.bytes(&[value]);
    }
    /// Two bytes.
    pub fn u16(&mut self, value: u16) {
        self.bytes(&value.to_le_bytes());
    }
    /// Four bytes.
    pub fn u32(&mut self, value: u32) {
        self.bytes(&value.to_le_bytes());
    }
    /// Eight bytes.
    pub fn u64(&mut self, value: u64) {
        self.bytes(&value.to_le_bytes());
    }
    /// Eight bytes, signed.
    pub fn i64(&mut self, value: i64) {
        self.bytes(&value.to_le_bytes());
    }
    /// Eight bytes, the exact bits.
    pub fn f64(&mut self, value: f64) {
        self.bytes(&value.to_le_bytes());
    }
    /// The first `count` values.
    pub fn f64s(&mut self, values: &[f64], count: usize) {
        for value in values.iter().take(count) {
            self.f64(*value);
        }
    }
    /// Bytes written, or `None` when something did not fit.
    #[must_use]
    pub fn finish(self) -> Option<usize> {
        (!self.is_full).then_some(self.at)
    }
}

/// Reads fields one after the other; `None` when the bytes end too early.
#[derive(Clone, Copy, Debug)]
pub struct Take<'a> {
    rest: &'a [u8],
}

impl<'a> Take<'a> {
    /// Starts at the beginning.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Take { rest: bytes }
    }
    /// The next `count` bytes.
    pub fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }
    /// The next N bytes.
    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes(N)?.try_into().ok()
    }
    /// One byte.
    pub fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }
    /// Two bytes.
    pub fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }
    /// Four bytes.
    pub fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }
    /// Eight bytes.
    pub fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }
    /// Eight bytes, signed.
    pub fn i64(&mut self) -> Option<i64> {
        self.array().map(i64::from_le_bytes)
    }
    /// Eight bytes, the exact bits.
    pub fn f64(&mut self) -> Option<f64> {
        self.array().map(f64::from_le_bytes)
    }
    /// `count` values into an array of N, zeros behind; `None` when `count` is more than N.
    pub fn f64s<const N: usize>(&mut self, count: usize) -> Option<[f64; N]> {
        let mut values = [0.0; N];
        for value in values.get_mut(..count)? {
            *value = self.f64()?;
        }
        Some(values)
    }
    /// Whether everything has been read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }
}
