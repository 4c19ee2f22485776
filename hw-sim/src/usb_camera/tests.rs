//! The camera against a host that speaks as the kernel does.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use super::wire::tests::request;
use super::*;

fn pair(shape: Shape) -> (UsbCamera, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let camera = UsbCamera::plug(
        TcpStream::connect(listener.local_addr().unwrap()).unwrap(),
        shape,
    )
    .unwrap();
    let (host, _) = listener.accept().unwrap();
    host.set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    (camera, host)
}

fn jpeg(grey: u8) -> Vec<u8> {
    let mut out = Vec::new();
    image::RgbImage::from_pixel(64, 48, image::Rgb([grey; 3]))
        .write_with_encoder(image::codecs::jpeg::JpegEncoder::new_with_quality(
            &mut out, 90,
        ))
        .unwrap();
    out
}

fn small(forms: Vec<Form>) -> Shape {
    Shape {
        forms,
        width: 64,
        height: 48,
        rate: 200,
        ..Shape::default()
    }
}

/// Status and data of one answer.
fn answer(host: &mut TcpStream) -> (u32, i32, Vec<u8>) {
    let mut head = [0; 48];
    host.read_exact(&mut head).unwrap();
    let word = |at: usize| u32::from_be_bytes(head[at..at + 4].try_into().unwrap());
    let mut data = vec![0; if word(0) == 3 { word(24) as usize } else { 0 }];
    host.read_exact(&mut data).unwrap();
    (word(4), word(20) as i32, data)
}

/// Agrees on a format and starts.
fn commit(host: &mut TcpStream, format: u8) {
    let mut message = request(1, 1, false, 0, 26, [0x21, 1, 0, 2, 1, 0, 26, 0]);
    let mut block = [0; 26];
    block[2] = format;
    message.extend(block);
    host.write_all(&message).unwrap();
    // The answer to data sent outwards carries none, though it names the length.
    let mut head = [0; 48];
    host.read_exact(&mut head).unwrap();
    assert_eq!(head[20..24], [0; 4]);
}

/// One whole picture, put together from payloads.
fn picture(host: &mut TcpStream) -> (Vec<u8>, u8) {
    let mut whole = Vec::new();
    loop {
        host.write_all(&request(1, 50, true, 1, 1000, [0; 8]))
            .unwrap();
        let (_, status, data) = answer(host);
        assert!(status == 0 && data[0] == 2 && data.len() <= 1000);
        whole.extend(&data[2..]);
        if data[1] & 2 != 0 {
            return (whole, data[1]);
        }
    }
}

#[test]
fn the_host_sees_a_camera_and_its_pictures_in_order() {
    let (camera, mut host) = pair(small(vec![Form::Mjpeg, Form::Grey]));
    host.write_all(&request(1, 5, true, 0, 18, [0x80, 6, 0, 1, 0, 0, 18, 0]))
        .unwrap();
    let (seq, status, device) = answer(&mut host);
    assert_eq!((seq, status, device.len()), (5, 0, 18));
    host.write_all(&request(1, 6, true, 0, 9, [0x80, 6, 0, 2, 0, 0, 9, 0]))
        .unwrap();
    assert_eq!(answer(&mut host).2.len(), 9);
    host.write_all(&request(1, 7, true, 0, 9, [0x80, 6, 0, 15, 0, 0, 9, 0]))
        .unwrap();
    assert_eq!(answer(&mut host).1, wire::STALL);

    camera.show(&[jpeg(10)], &[jpeg(100), jpeg(200)]).unwrap();
    for format in [1, 2] {
        commit(&mut host, format);
        for expected in [10, 100, 200, 100] {
            let (bytes, _) = picture(&mut host);
            if format == 1 {
                assert_eq!(bytes, jpeg(expected));
            } else {
                assert!(
                    bytes.len() == 64 * 48 && bytes.iter().all(|grey| grey.abs_diff(expected) <= 1)
                );
            }
        }
    }
    // The last picture is counted just after it was sent.
    let (_keep, nobody) = std::sync::mpsc::channel::<()>();
    for _ in 0..400 {
        if camera.counts().frames == 8 {
            break;
        }
        let _ = nobody.recv_timeout(std::time::Duration::from_millis(5));
    }
    let counts = camera.counts();
    assert_eq!((counts.starts, counts.frames), (2, 8));
}

#[test]
fn faults_and_taken_back_transfers() {
    let (camera, mut host) = pair(small(vec![Form::Mjpeg]));
    camera.show(&[], &[jpeg(100)]).unwrap();
    commit(&mut host, 1);
    camera.set_fault(Fault::Damaged);
    assert_eq!(picture(&mut host).1 & 0x40, 0x40);
    camera.set_fault(Fault::Cut);
    assert_eq!(picture(&mut host).0.len(), jpeg(100).len() / 3);
    camera.set_fault(Fault::Stalled);
    host.write_all(&request(1, 70, true, 1, 1000, [0; 8]))
        .unwrap();
    host.set_read_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    assert!(
        host.read_exact(&mut [0; 48]).is_err(),
        "a stalled camera answered"
    );
    let mut unlink = request(2, 71, false, 0, 0, [0; 8]);
    unlink[20..24].copy_from_slice(&70u32.to_be_bytes());
    host.set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    host.write_all(&unlink).unwrap();
    assert_eq!((answer(&mut host).1, camera.plugged()), (-104, true));
}

#[test]
fn both_sides_may_pull_the_plug() {
    let (camera, host) = pair(small(vec![Form::Mjpeg]));
    drop(host);
    let until = std::time::Instant::now() + Duration::from_secs(5);
    while camera.plugged() {
        assert!(std::time::Instant::now() < until);
        std::thread::yield_now();
    }
    let (camera, mut host) = pair(small(vec![Form::Mjpeg]));
    drop(camera);
    assert_eq!(host.read(&mut [0; 1]).unwrap(), 0);
}
