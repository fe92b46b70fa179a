//! The pages as people meet them: the real router in this process, what it answers read as HTML.

mod assets;
mod board;
mod browser;
mod languages;
mod moves;
mod office;
mod privacy;
mod reasons;
mod sign_in;
mod stream;
