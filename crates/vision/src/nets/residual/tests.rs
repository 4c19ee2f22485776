use std::path::Path;
use std::sync::Arc;

use rten::ThreadPool;

use super::ResidualNet;
use crate::models::Net;

const SIDE: usize = 150;

fn file() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/models/facerec.onnx");
    std::fs::read(path).unwrap()
}

fn net() -> ResidualNet {
    ResidualNet::load("facerec.onnx", &file(), SIDE, "face", "embedding").unwrap()
}

/// Three planes of something that is the same from no side.
fn planes(seed: u32) -> Vec<f32> {
    let mut state = seed;
    (0..3 * SIDE * SIDE)
        .map(|at| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let wave = (at % SIDE) as f32 / 20.0 + (at / SIDE) as f32 / 31.0;
            100.0 + 70.0 * wave.sin() + (state >> 26) as f32
        })
        .collect()
}

fn farthest(one: &[f32], other: &[f32]) -> f32 {
    assert_eq!(one.len(), other.len());
    one.iter()
        .zip(other)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max)
}

#[test]
fn it_says_what_the_general_engine_says_of_both_sides() {
    let own = net();
    let pool = Arc::new(ThreadPool::with_num_threads(1));
    let general = Net::load("facerec.onnx", file(), SIDE, "face", ["embedding"], &pool).unwrap();
    for seed in [1, 2] {
        let chip = planes(seed);
        let mirrored: Vec<f32> = chip
            .chunks_exact(SIDE)
            .flat_map(|row| row.iter().rev().copied())
            .collect();
        let [plain, turned] = own.run(&chip, [false, true]).unwrap();
        for (ours, planes) in [(&plain, &chip), (&turned, &mirrored)] {
            let [theirs] = general.run_flat(planes).unwrap();
            let far = farthest(ours, &theirs);
            assert!(far < 2e-6, "{far}");
        }
        assert!(farthest(&plain, &turned) > 1e-3);
        // Alone as together, and whatever was there before.
        let [alone] = own.run(&chip, [true]).unwrap();
        assert!(farthest(&alone, &turned) < 1e-6);
    }
}

/// Invariant 5: nothing of a picture stays.
#[test]
fn invariant_5_wiping_leaves_zeros_and_a_net_that_works() {
    let own = net();
    let before = own.run(&planes(1), [false, true]).unwrap();
    let kept = || own.workspace.lock().unwrap().concat();
    assert!(kept().iter().any(|value| *value != 0.0));
    own.wipe();
    assert!(kept().iter().all(|value| *value == 0.0));
    let after = own.run(&planes(1), [false, true]).unwrap();
    assert_eq!(before, after);
}

#[test]
fn other_nets_and_other_pictures_are_refused() {
    let load = |side, input, output| {
        ResidualNet::load("facerec.onnx", &file(), side, input, output).map(|_| ())
    };
    assert!(load(SIDE, "face", "embedding").is_ok());
    for (side, input, output) in [
        (112, "face", "embedding"),
        (6, "face", "embedding"),
        (SIDE, "picture", "embedding"),
        (SIDE, "face", "nothing"),
        (SIDE, "face", "pooled"),
    ] {
        assert!(
            load(side, input, output).is_err(),
            "{side} {input} {output}"
        );
    }
    let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/models/facemesh.onnx");
    let bytes = std::fs::read(small).unwrap();
    assert!(ResidualNet::load("facemesh.onnx", &bytes, 192, "input_1", "Identity_2").is_err());
    assert!(net().run(&planes(1)[1..], [false]).is_err());
}
