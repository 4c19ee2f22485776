use std::path::Path;
use std::sync::Arc;

use rten::ThreadPool;

use super::ResidualNet;
use super::build::build;
use crate::models::Net;
use crate::nets::onnx::{Constant, Graph, Node};

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

/// A node: what it is, what it reads, what comes out, its attributes.
type Drawn<'a> = (&'a str, &'a [&'a str], &'a str, &'a [(&'a str, &'a [i64])]);

/// A net of a convolution of 32 channels with a bend, `more` after it, the mean and a product.
fn drawn(kernel: &[usize], pads: [f32; 3], more: &[Drawn<'_>], last: &str) -> Graph {
    let mut graph = Graph::default();
    let constant = |dims: &[usize]| Constant {
        dims: dims.to_vec(),
        values: vec![0.5; dims.iter().product()],
    };
    let zeros = [0.0; 5].into_iter().chain(pads).collect();
    let padding = Constant {
        dims: vec![8],
        values: zeros,
    };
    graph.constants = [
        ("first", constant(kernel)),
        ("first-bias", constant(&kernel[..1])),
        ("next", constant(&[32, 32, 3, 3])),
        ("bias", constant(&[32])),
        ("colours", constant(&[3])),
        ("product", constant(&[32, 32])),
        ("zeros", padding),
    ]
    .map(|(name, constant)| (name.to_owned(), constant))
    .into();
    let conv: &[(&str, &[i64])] = &[("strides", &[1, 1]), ("pads", &[1, 1, 1, 1])];
    let first: [Drawn<'_>; 2] = [
        ("Conv", &["face", "first", "first-bias"], "c", conv),
        ("Relu", &["c"], "r", &[]),
    ];
    let mean: &[&str] = &[last];
    let end: [Drawn<'_>; 2] = [
        ("ReduceMean", mean, "m", &[("axes", &[2, 3])]),
        ("MatMul", &["m", "product"], "out", &[]),
    ];
    let texts = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    graph.nodes = first
        .iter()
        .chain(more)
        .chain(&end)
        .map(|(kind, inputs, output, ints)| Node {
            kind: (*kind).to_owned(),
            inputs: texts(inputs),
            outputs: vec![(*output).to_owned()],
            ints: ints
                .iter()
                .map(|(name, all)| ((*name).to_owned(), all.to_vec()))
                .collect(),
        })
        .collect();
    graph
}

/// A file that this engine would compute wrongly, or break over, is refused when it is read.
#[test]
fn odd_graphs_are_refused() {
    let conv: &[(&str, &[i64])] = &[("strides", &[1, 1]), ("pads", &[1, 1, 1, 1])];
    let pool: &[(&str, &[i64])] = &[("kernel_shape", &[2, 2]), ("strides", &[2, 2])];
    let plain: &[usize] = &[32, 3, 3, 3];
    let none: [f32; 3] = [0.0; 3];
    let residual: &[Drawn<'_>] = &[
        ("Conv", &["r", "next", "bias"], "d", conv),
        ("Relu", &["d"], "e", &[]),
        ("Conv", &["e", "next", "bias"], "f", conv),
        ("Add", &["f", "r"], "g", &[]),
        ("Relu", &["g"], "h", &[]),
    ];
    let read_and_added: &[Drawn<'_>] = &[
        ("Conv", &["r", "next", "bias"], "d", conv),
        ("Add", &["d", "r"], "g", &[]),
        ("Relu", &["g"], "h", &[]),
    ];
    let pooled: &[Drawn<'_>] = &[
        ("AveragePool", &["r"], "p", pool),
        ("Pad", &["p", "zeros"], "q", &[]),
    ];
    let read_and_padded: &[Drawn<'_>] = &[
        ("AveragePool", &["r"], "p", pool),
        ("AveragePool", &["p"], "o", pool),
        ("Pad", &["p", "zeros"], "q", &[]),
    ];
    let twice: &[Drawn<'_>] = &[
        ("Add", &["face", "colours"], "s", &[]),
        ("Add", &["s", "colours"], "t", &[]),
    ];
    let built = |kernel: &[usize], pads, more, last| {
        build(&drawn(kernel, pads, more, last), 8, "face", "out").map(|_| ())
    };
    assert_eq!(built(plain, none, &[], "r"), Ok(()));
    assert_eq!(built(plain, none, residual, "h"), Ok(()));
    assert_eq!(built(plain, none, pooled, "q"), Ok(()));
    for (kernel, pads, more, last) in [
        (plain, none, read_and_added, "h"),
        (&[32, 3, 0, 0], none, &[], "r"),
        (&[0, 3, 3, 3], none, &[], "r"),
        (&[32, 0, 3, 3], none, &[], "r"),
        (plain, [1.0e18, 0.0, 0.0], pooled, "q"),
        (plain, [-32.0, 0.0, 0.0], pooled, "q"),
        (plain, [f32::NAN, 0.0, 0.0], pooled, "q"),
        (plain, [0.5, 0.0, 0.0], pooled, "q"),
        (plain, [32.0, 0.0, 0.0], read_and_padded, "o"),
        (plain, none, twice, "r"),
    ] as [(&[usize], [f32; 3], &[Drawn<'_>], &str); 10]
    {
        assert!(
            built(kernel, pads, more, last).is_err(),
            "{kernel:?} {pads:?} {last}"
        );
    }
}
