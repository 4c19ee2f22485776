//! A whole clinic in software: the virtual card behind the real pcscd, the central service over
//! real mutual TLS, and the pictures of a camera. What it makes up is named as made up.
pub mod camera;
pub mod card;
pub mod central;
pub mod clinic;
pub mod control;
pub mod persons;
pub mod photo;
pub mod pki;
pub mod usb_camera;
