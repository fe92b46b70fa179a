//! Appointments: what a customer has with a branch, once or no longer.

use crate::words::words;

words!(Status { Booked = "booked", Done = "done", Cancelled = "cancelled" });
