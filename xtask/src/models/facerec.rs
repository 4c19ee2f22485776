//! Builds the face descriptor net (dlib's 29-layer ResNet, 128 numbers) from face-api's weights.
//! The structure is that of face-api's `FaceRecognitionNet.ts` and `residualLayer.ts`; each scale layer is folded into its convolution.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::onnx::{Attribute, Graph};
use super::weights::{Group, Weights};

/// Subtracted from red, green, blue; then divided by 255 (face-api `normalize`).
const MEAN: [f32; 3] = [122.782, 117.001, 104.298];
/// Blocks of each stage in order; a stage name ending in "down" halves the picture.
const BLOCKS: [&str; 14] = [
    "conv32_1",
    "conv32_2",
    "conv32_3",
    "conv64_down",
    "conv64_1",
    "conv64_2",
    "conv64_3",
    "conv128_down",
    "conv128_1",
    "conv128_2",
    "conv256_down",
    "conv256_1",
    "conv256_2",
    "conv256_down_out",
];

struct Builder {
    weights: Weights,
    graph: Graph,
}

/// Side and channels of the square tensor that flows through the net.
#[derive(Clone, Copy)]
struct Square {
    side: i64,
    channels: i64,
}

/// Converts the net whose manifest is `manifest`.
pub(crate) fn convert(manifest: &Path, origin: &str) -> Result<Vec<u8>> {
    let text =
        std::fs::read(manifest).with_context(|| format!("reading {}", manifest.display()))?;
    let groups: Vec<Group> = serde_json::from_slice(&text).context("not a weights manifest")?;
    let weights = Weights::read(manifest.parent().context("no folder")?, &groups)?;
    let mut builder = Builder {
        weights,
        graph: Graph::default(),
    };

    builder.graph.input("face", &[1, 3, 150, 150]);
    let minus_mean = builder
        .graph
        .floats("minus_mean", &[1, 3, 1, 1], &MEAN.map(|mean| -mean));
    let mut at = builder
        .graph
        .node("Add", &["face", &minus_mean], "centred", &[]);
    let mut shape = Square {
        side: 150,
        channels: 3,
    };

    (at, shape) = builder.convolution("conv32_down", &at, shape, 2, 1.0 / 255.0, true)?;
    at = builder.graph.node(
        "MaxPool",
        &[&at],
        "pooled",
        &[
            ("kernel_shape", Attribute::Ints(&[3, 3])),
            ("strides", Attribute::Ints(&[2, 2])),
        ],
    );
    shape.side = (shape.side - 3) / 2 + 1;
    for block in BLOCKS {
        (at, shape) = if block.contains("down") {
            builder.down(block, &at, shape)?
        } else {
            builder.level(block, &at, shape)?
        };
    }

    let mean = builder.graph.node(
        "ReduceMean",
        &[&at],
        "mean",
        &[
            ("axes", Attribute::Ints(&[2, 3])),
            ("keepdims", Attribute::Int(0)),
        ],
    );
    let fc = builder.weights.get("fc")?.clone();
    ensure!(fc.shape == [256, 128], "last layer is {:?}", fc.shape);
    let fc = builder.graph.weights("fc", &[256, 128], &fc.values);
    builder
        .graph
        .node("MatMul", &[&mean, &fc], "embedding", &[]);
    builder.graph.output("embedding", &[1, 128]);
    Ok(builder.graph.finish("facerec", origin))
}

impl Builder {
    /// Convolution, scale and bias in one; stride 1 keeps the size, stride 2 uses no padding.
    fn convolution(
        &mut self,
        name: &str,
        from: &str,
        shape: Square,
        stride: i64,
        factor: f32,
        relu: bool,
    ) -> Result<(String, Square)> {
        let (sizes, mut values) = self
            .weights
            .get(&format!("{name}/conv/filters"))?
            .filters()?;
        ensure!(
            sizes[1] == shape.channels,
            "{name} expects {} channels, not {}",
            sizes[1],
            shape.channels
        );
        let scale = self
            .weights
            .get(&format!("{name}/scale/weights"))?
            .values
            .clone();
        let shift = self
            .weights
            .get(&format!("{name}/scale/biases"))?
            .values
            .clone();
        let bias = self
            .weights
            .get(&format!("{name}/conv/bias"))?
            .values
            .clone();
        let per_filter = values.len() / scale.len();
        for (filter, scale) in values.chunks_exact_mut(per_filter).zip(&scale) {
            filter.iter_mut().for_each(|value| *value *= scale * factor);
        }
        let bias: Vec<f32> = bias
            .iter()
            .zip(&scale)
            .zip(&shift)
            .map(|((bias, scale), shift)| bias * scale + shift)
            .collect();

        let (kernel, pad) = (sizes[2], if stride == 1 { sizes[2] / 2 } else { 0 });
        let filters = self
            .graph
            .weights(&format!("{name}/filters"), &sizes, &values);
        let bias = self
            .graph
            .floats(&format!("{name}/bias"), &[sizes[0]], &bias);
        let mut at = self.graph.node(
            "Conv",
            &[from, &filters, &bias],
            &format!("{name}/conv"),
            &[
                ("kernel_shape", Attribute::Ints(&[kernel, kernel])),
                ("strides", Attribute::Ints(&[stride, stride])),
                ("pads", Attribute::Ints(&[pad; 4])),
            ],
        );
        if relu {
            at = self
                .graph
                .node("Relu", &[&at], &format!("{name}/relu"), &[]);
        }
        Ok((
            at,
            Square {
                side: (shape.side + 2 * pad - kernel) / stride + 1,
                channels: sizes[0],
            },
        ))
    }

    fn level(&mut self, block: &str, from: &str, shape: Square) -> Result<(String, Square)> {
        let (at, inner) = self.convolution(&format!("{block}/conv1"), from, shape, 1, 1.0, true)?;
        let (at, out) = self.convolution(&format!("{block}/conv2"), &at, inner, 1, 1.0, false)?;
        Ok((self.join(block, &at, from), out))
    }

    /// The halving block: the shortcut is averaged, and the smaller side of both is filled up with zeros.
    fn down(&mut self, block: &str, from: &str, shape: Square) -> Result<(String, Square)> {
        let (at, inner) = self.convolution(&format!("{block}/conv1"), from, shape, 2, 1.0, true)?;
        let (mut at, mut out) =
            self.convolution(&format!("{block}/conv2"), &at, inner, 1, 1.0, false)?;
        let mut short = self.graph.node(
            "AveragePool",
            &[from],
            &format!("{block}/average"),
            &[
                ("kernel_shape", Attribute::Ints(&[2, 2])),
                ("strides", Attribute::Ints(&[2, 2])),
            ],
        );
        let side = shape.side / 2;
        if side != out.side {
            at = self.pad(&format!("{block}/rows"), &at, [0, side - out.side]);
            out.side = side;
        }
        if shape.channels != out.channels {
            short = self.pad(
                &format!("{block}/channels"),
                &short,
                [out.channels - shape.channels, 0],
            );
        }
        Ok((self.join(block, &at, &short), out))
    }

    fn pad(&mut self, name: &str, from: &str, [channels, side]: [i64; 2]) -> String {
        let pads = self.graph.integers(
            &format!("{name}/pads"),
            &[0, 0, 0, 0, 0, channels, side, side],
        );
        self.graph.node("Pad", &[from, &pads], name, &[])
    }

    fn join(&mut self, block: &str, one: &str, other: &str) -> String {
        let sum = self
            .graph
            .node("Add", &[one, other], &format!("{block}/add"), &[]);
        self.graph
            .node("Relu", &[&sum], &format!("{block}/relu"), &[])
    }
}
