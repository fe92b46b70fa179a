mod contract;
mod emulate;
mod lines;
mod registry;
mod retell_sdk;
mod simulator;
