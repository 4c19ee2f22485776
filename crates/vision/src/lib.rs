//! The vision worker: takes pictures from a camera, compares a face with a card's photo, and says what to do better.
//!
//! Everything that parses pixels or can hang in a driver lives here, in a process of its own without network and without keys.
//! Entry points: [`server`] (the worker's side of the socket), [`client`] (the daemon's side), [`engine`] (the thread that owns
//! camera and models), [`session`] (the pure rules of one comparison).

pub mod align;
pub mod calibrate;
pub mod client;
pub mod codes;
pub mod cues;
pub mod decision;
pub mod decode;
pub mod detect;
pub mod embed;
pub mod engine;
pub mod evaluate;
pub mod examine;
pub mod frame;
pub mod guidance;
mod infrared;
pub mod jobs;
pub mod mesh;
pub mod models;
pub mod nets;
pub mod ocr;
pub mod order;
pub mod pad;
pub mod profile;
pub mod protocol;
pub mod quality;
pub mod recognise;
pub mod server;
pub mod session;
pub mod source;
pub mod track;
pub mod wiping;

/// Name of the whole recipe: detector, landmarks, chip padding, flip averaging (over two frames while a face is followed). Distances, and so the threshold, mean something only
/// together with it; whoever changes a step gives it another number and measures the threshold again.
pub const RECIPE: &str = "blazeface-mesh18-p020-flip/2";
