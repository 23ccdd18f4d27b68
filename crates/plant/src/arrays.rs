//! Views on MuJoCo's own arrays, as the Python package hands them out.

/// A fixed view on an array that somebody else owns. Reads and writes are volatile-free plain copies of single elements; out of range
/// reads give the default value and out of range writes do nothing (sizes are checked once, when the plant is made).
#[derive(Debug)]
pub struct Array<T> {
    start: *mut T,
    length: usize,
}

// SAFETY: a plain pointer with a length; exclusive use is the contract of `Array::new`.
unsafe impl<T: Send> Send for Array<T> {}
// SAFETY: through a shared reference elements are only read; writing needs an exclusive one.
unsafe impl<T: Sync> Sync for Array<T> {}

impl<T: Copy + Default> Array<T> {
    /// A view on `length` elements from `start`.
    ///
    /// # Safety
    /// The elements outlive the view, and nobody else writes them while a method of the plant that owns the view runs.
    #[must_use]
    pub unsafe fn new(start: *mut T, length: usize) -> Self {
        Self { start, length }
    }

    /// Number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Element `i`.
    #[must_use]
    pub fn get(&self, i: usize) -> T {
        if i < self.length {
            // SAFETY: in range of a live array by the contract of `new`.
            unsafe { self.start.add(i).read() }
        } else {
            T::default()
        }
    }

    /// Sets element `i`.
    pub fn set(&mut self, i: usize, value: T) {
        if i < self.length {
            // SAFETY: in range of a live array that is exclusively ours by the contract of `new`.
            unsafe { self.start.add(i).write(value) }
        }
    }

    /// `N` elements from row `row` of a matrix with `N` columns.
    #[must_use]
    pub fn row<const N: usize>(&self, row: usize) -> [T; N] {
        std::array::from_fn(|column| self.get(row * N + column))
    }

    /// Sets row `row` of a matrix with `N` columns.
    pub fn set_row<const N: usize>(&mut self, row: usize, values: [T; N]) {
        for (column, value) in values.into_iter().enumerate() {
            self.set(row * N + column, value);
        }
    }
}

/// All arrays that the plant reads and writes, named as in `mjmodel.h` and `mjdata.h`.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Arrays {
    // mjData
    pub qpos: Array<f64>,
    pub qvel: Array<f64>,
    pub ctrl: Array<f64>,
    pub qfrc_actuator: Array<f64>,
    pub xfrc_applied: Array<f64>,
    pub mocap_pos: Array<f64>,
    pub xpos: Array<f64>,
    pub xmat: Array<f64>,
    pub xipos: Array<f64>,
    pub geom_xpos: Array<f64>,
    pub geom_xmat: Array<f64>,
    // mjModel
    pub geom_size: Array<f64>,
    pub geom_rbound: Array<f64>,
    pub geom_type: Array<i32>,
    pub geom_bodyid: Array<i32>,
    pub actuator_gainprm: Array<f64>,
    pub actuator_biasprm: Array<f64>,
    pub dof_frictionloss: Array<f64>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

    use super::*;

    #[test]
    fn nothing_outside_of_the_array_is_read_or_written() {
        let mut memory = [1.0, 2.0, 3.0, 4.0];
        // SAFETY: three of four live elements, and only this view writes them.
        let mut view = unsafe { Array::new(memory.as_mut_ptr(), 3) };
        view.set(3, 9.0);
        view.set(usize::MAX, 9.0);
        view.set_row(1, [7.0, 8.0]);
        assert_eq!(view.get(3), 0.0);
        assert_eq!(view.row::<2>(1), [7.0, 0.0]);
        assert_eq!((view.len(), view.is_empty()), (3, false));
        assert_eq!(memory, [1.0, 2.0, 7.0, 4.0]);
    }
}
