mod contract;
mod emulate;
mod lines;
mod registry;
mod simulator;
